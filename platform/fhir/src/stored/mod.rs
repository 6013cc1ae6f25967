//! The form in which a resource is kept, and how it becomes what a client reads.
//!
//! Kept is what the client sent, without white space between the tokens: every number, string and
//! unknown extension byte for byte. `resourceType`, `id` and `meta` come first, and `meta` is
//! without `versionId` and `lastUpdated`: the store knows them, and [`render`] puts them in.

mod rewrite;
#[cfg(test)]
mod tests;

use tarn_domain::Timestamp;

use crate::json::{Document, Kind, Value};

pub use rewrite::rewrite;

/// The members of `meta` that the store keeps itself.
const OWN_META: [&str; 4] = ["versionId", "lastUpdated", "_versionId", "_lastUpdated"];
/// The members of a resource that come first, in a form of our own.
const HEAD: [&str; 3] = ["resourceType", "id", "meta"];

/// A resource as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    /// The JSON.
    pub body: Vec<u8>,
    /// Where `versionId` and `lastUpdated` go: just behind `"meta":{`.
    pub splice: u32,
}

impl std::fmt::Debug for Stored {
    /// Prints the length only: the body is a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stored({} bytes)", self.body.len())
    }
}

/// A resource as it is kept. `id`, which must be a FHIR id, replaces the document's.
pub fn store(doc: &Document<'_>, id: &str) -> Stored {
    let mut body = Vec::with_capacity(doc.text().len() + 32);
    let splice = store_into(doc, id, &mut body);
    Stored { body, splice }
}

/// Appends a resource as it is kept; tells where the splice is, from the start of `out`.
pub fn store_into(doc: &Document<'_>, id: &str, out: &mut Vec<u8>) -> u32 {
    write(doc, id, &mut minify, out)
}

/// Appends what a client reads: the kept form with its version and time put in.
pub fn render(body: &[u8], splice: u32, version: u32, updated: Timestamp, out: &mut Vec<u8>) {
    use std::io::Write;
    let (head, tail) = body.split_at((splice as usize).min(body.len()));
    out.reserve(body.len() + 64);
    out.extend_from_slice(head);
    // Writing to a vector does not fail.
    let _ = write!(out, "\"versionId\":\"{version}\",\"lastUpdated\":\"{updated}\"");
    if tail.first() != Some(&b'}') {
        out.push(b',');
    }
    out.extend_from_slice(tail);
}

/// Appends a value's text, without white space between its tokens.
pub(crate) fn minify(value: Value<'_>, out: &mut Vec<u8>) {
    minify_text(value.raw().as_bytes(), out);
}

/// Writes the kept form. `copy` appends a member's value.
fn write(
    doc: &Document<'_>,
    id: &str,
    copy: &mut dyn FnMut(Value<'_>, &mut Vec<u8>),
    out: &mut Vec<u8>,
) -> u32 {
    let start = out.len();
    let root = doc.root();
    out.extend_from_slice(b"{\"resourceType\":");
    out.extend_from_slice(root.get("resourceType").map_or("\"\"", Value::raw).as_bytes());
    out.extend_from_slice(b",\"id\":\"");
    out.extend_from_slice(id.as_bytes());
    out.extend_from_slice(b"\",\"meta\":{");
    let splice = out.len() - start;
    if let Some(meta) = root.get("meta").filter(|meta| meta.kind() == Kind::Object) {
        let before = out.len();
        for (key, value) in meta.members().filter(|(key, _)| !OWN_META.contains(&&**key)) {
            if out.len() > before {
                out.push(b',');
            }
            member(&key, value, copy, out);
        }
    }
    out.push(b'}');
    for (key, value) in root.members().filter(|(key, _)| !HEAD.contains(&&**key)) {
        out.push(b',');
        member(&key, value, copy, out);
    }
    out.push(b'}');
    u32::try_from(splice).unwrap_or(u32::MAX)
}

fn member(
    key: &str,
    value: Value<'_>,
    copy: &mut dyn FnMut(Value<'_>, &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    crate::json::escape_into(key, out);
    out.push(b':');
    copy(value, out);
}

/// Appends JSON without the white space between its tokens.
pub(crate) fn minify_text(text: &[u8], out: &mut Vec<u8>) {
    let mut from = 0;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = string_end(text, at),
            b' ' | b'\n' | b'\r' | b'\t' => {
                out.extend_from_slice(&text[from..at]);
                at += 1;
                from = at;
            }
            _ => at += 1,
        }
    }
    out.extend_from_slice(&text[from.min(text.len())..]);
}

/// The place behind the string that opens at `at`. Looks at eight bytes at once: a byte of
/// `x - 0x01…` borrows only where it was zero.
pub(crate) fn string_end(text: &[u8], at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let mut at = at + 1;
    while let Some(eight) = text.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*eight);
        let quote = word ^ (ONES * u64::from(b'"'));
        let slash = word ^ (ONES * u64::from(b'\\'));
        let hit = (quote.wrapping_sub(ONES) & !quote) | (slash.wrapping_sub(ONES) & !slash);
        let hit = hit & HIGHS;
        if hit == 0 {
            at += 8;
            continue;
        }
        at += (hit.trailing_zeros() / 8) as usize;
        match text[at] {
            b'"' => return at + 1,
            _ => at += 2,
        }
    }
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}
