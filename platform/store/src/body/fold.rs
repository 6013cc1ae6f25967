//! Folding attachments: base64 in a body is kept as the bytes it stands for.
//!
//! Base64 hides from the compressor what it could shorten: a clinical note takes a third of the
//! space folded. Only what decodes and encodes back to the same letters is folded, so a body
//! unfolds to itself, byte for byte.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use crate::error::StoreError;
use crate::index::codec::{Reader, put};

const KEY: &[u8] = br#""data":""#;
/// Shorter ones are not worth their entry.
const LEAST: usize = 64;

/// Folds a body into `out`, which is cleared first; false where there is nothing to fold.
pub(crate) fn fold(body: &[u8], out: &mut Vec<u8>) -> bool {
    let mut folds: Vec<(usize, usize, Vec<u8>)> = Vec::new();
    for at in memmem::find_iter(body, KEY) {
        let start = at + KEY.len();
        let Some(len) = memchr::memchr(b'"', &body[start..]) else { break };
        if len < LEAST || len % 4 != 0 || folds.last().is_some_and(|(_, end, _)| start < *end) {
            continue;
        }
        // The engine takes canonical base64 only, which encodes back to itself.
        if let Ok(bytes) = STANDARD.decode(&body[start..start + len]) {
            folds.push((start, start + len, bytes));
        }
    }
    if folds.is_empty() {
        return false;
    }
    out.clear();
    put(out, folds.len() as u64);
    let mut last = 0;
    for (start, end, bytes) in &folds {
        put(out, (start - last) as u64);
        put(out, bytes.len() as u64);
        last = *end;
    }
    last = 0;
    for (start, end, bytes) in &folds {
        out.extend_from_slice(&body[last..*start]);
        out.extend_from_slice(bytes);
        last = *end;
    }
    out.extend_from_slice(&body[last..]);
    true
}

/// Undoes [`fold`].
pub(crate) fn unfold(folded: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut reader = Reader::new(folded, "a body");
    let r = &mut reader;
    let count = r.get_u32()? as usize;
    let mut folds = Vec::with_capacity(count.min(1_024));
    for _ in 0..count {
        folds.push((r.get_u32()? as usize, r.get_u32()? as usize));
    }
    let mut text = String::with_capacity(folded.len() + folded.len() / 2);
    let plain = |r: &mut Reader<'_>, len: usize, text: &mut String| {
        let bytes = std::str::from_utf8(r.take(len)?).map_err(|_| r.damaged())?;
        text.push_str(bytes);
        Ok::<_, StoreError>(())
    };
    for (before, len) in folds {
        plain(r, before, &mut text)?;
        STANDARD.encode_string(r.take(len)?, &mut text);
    }
    let rest = r.len();
    plain(r, rest, &mut text)?;
    Ok(text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(data: &[&str]) -> Vec<u8> {
        let items: Vec<String> =
            data.iter().map(|d| format!(r#"{{"data":"{d}","é":1}}"#)).collect();
        format!("[{}]", items.join(",")).into_bytes()
    }

    #[test]
    fn a_folded_body_unfolds_to_itself() {
        let note = STANDARD.encode("Patient denies chest pain. ".repeat(9));
        let binary = STANDARD.encode((0..=255u8).rev().collect::<Vec<_>>());
        for data in [vec![note.as_str()], vec![&note, "short", &binary, &note]] {
            let body = body(&data);
            let mut folded = Vec::new();
            assert!(fold(&body, &mut folded));
            assert!(folded.len() < body.len());
            assert_eq!(unfold(&folded).expect("the body"), body);
        }
    }

    #[test]
    fn what_is_not_canonical_base64_stays_as_it_is() {
        let spaced = format!("{} AAA", "AAAA".repeat(20));
        let trailing = format!("{}AB==", "AAAA".repeat(20));
        for data in ["x".repeat(63), spaced, trailing, "ÄÄÄÄ".repeat(20)] {
            assert!(!fold(&body(&[&data]), &mut Vec::new()), "{data}");
        }
    }
}
