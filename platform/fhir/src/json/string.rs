//! Strings: finding their end fast, undoing their escapes, writing them.

use std::borrow::Cow;

/// Where the next byte that ends a plain run of string content stands: `"`, `\` or a control
/// character. Looks at eight bytes at once ("SIMD within a register": a byte of `x - 0x01…` borrows
/// only where it was zero).
pub(super) fn plain_run_end(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    while let Some(chunk) = bytes.get(at..at + 8) {
        let mut eight = [0u8; 8];
        eight.copy_from_slice(chunk);
        let word = u64::from_le_bytes(eight);
        let quote = word ^ (ONES * b'"' as u64);
        let slash = word ^ (ONES * b'\\' as u64);
        let low = word.wrapping_sub(ONES * 0x20) & !word;
        let hit = (quote.wrapping_sub(ONES) & !quote) | (slash.wrapping_sub(ONES) & !slash) | low;
        let hit = hit & HIGHS;
        if hit != 0 {
            return at + (hit.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while let Some(&b) = bytes.get(at) {
        if b == b'"' || b == b'\\' || b < 0x20 {
            return at;
        }
        at += 1;
    }
    at
}

/// Undoes the escapes of a string that the parser has accepted.
pub(super) fn unescape(inner: &str) -> Cow<'_, str> {
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let code = rest.as_bytes().get(at + 1).copied().unwrap_or(b'\\');
        rest = rest.get(at + 2..).unwrap_or("");
        match code {
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let (c, used) = unicode(rest);
                out.push(c);
                rest = rest.get(used..).unwrap_or("");
            }
            other => out.push(other as char),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of `XXXX` or `XXXX\uXXXX` (a surrogate pair), and the bytes it took.
fn unicode(rest: &str) -> (char, usize) {
    let unit = |from: usize| {
        rest.get(from..from + 4).and_then(|h| u32::from_str_radix(h, 16).ok()).unwrap_or(0xfffd)
    };
    let first = unit(0);
    if (0xd800..0xdc00).contains(&first) {
        let second = unit(6);
        let c = 0x10000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff);
        return (char::from_u32(c).unwrap_or('\u{fffd}'), 10);
    }
    (char::from_u32(first).unwrap_or('\u{fffd}'), 4)
}

/// Writes `text` as a JSON string, quotes included.
pub fn escape_into(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        let end = plain_run_end(bytes, at);
        out.extend_from_slice(&bytes[at..end]);
        let Some(&b) = bytes.get(end) else { break };
        match b {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => out.extend_from_slice(format!("\\u{other:04x}").as_bytes()),
        }
        at = end + 1;
    }
    out.push(b'"');
}
