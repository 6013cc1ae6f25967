//! `_text` and `_content`: which words of a resource are searched (R4 §3.1.1.4.7).
//!
//! `_text` has the narrative; `_content` has it too, and every other string that people read:
//! displays, names, notes, codes, identifiers, texts that are attached. Left out is what other
//! parameters find and nobody types as a word: references, URLs, ids, dates, UUIDs, numbers.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tarn_fhir::definitions::{FieldId, definitions};
use tarn_fhir::json::{Kind, Value};

use super::words::without_tags;

/// Of one resource so many bytes of text are searched.
const MOST_BYTES: usize = 1 << 20;

/// The fields of both parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextFields {
    /// Of `_text`.
    pub(crate) narrative: FieldId,
    /// Of `_content`.
    pub(crate) content: FieldId,
}

/// The fields of both parameters.
pub(crate) fn text_fields() -> TextFields {
    static FIELDS: OnceLock<TextFields> = OnceLock::new();
    *FIELDS.get_or_init(|| {
        let field = |code: &str| {
            let all = definitions().common_parameters().iter();
            all.filter(|p| p.code == code).map(|p| p.field).next().unwrap_or(FieldId(u16::MAX))
        };
        TextFields { narrative: field("_text"), content: field("_content") }
    })
}

/// Tells each text of a resource, in order, and whether it is the narrative.
pub(crate) fn each_text_of(resource: Value<'_>, tell: &mut dyn FnMut(&str, bool)) {
    let mut reader = Reader { tell, left: MOST_BYTES, text: String::new() };
    reader.object(resource, false);
}

struct Reader<'t> {
    tell: &'t mut dyn FnMut(&str, bool),
    left: usize,
    text: String,
}

impl Reader<'_> {
    /// No document is nested deeper than its parser allows.
    fn object(&mut self, object: Value<'_>, in_text: bool) {
        let mut attached = None;
        for (key, value) in object.members() {
            match (&*key, value.kind()) {
                (_, Kind::Object) => self.object(value, key == "text"),
                (_, Kind::Array) => self.array(&key, value),
                ("div", Kind::String) if in_text => self.markup(value, true),
                ("data", Kind::String) => attached = Some(value),
                (key, Kind::String) if !is_skipped(key) => self.string(value),
                _ => {}
            }
        }
        if let Some(data) = attached {
            self.attachment(object, data);
        }
    }

    fn array(&mut self, key: &str, array: Value<'_>) {
        for item in array.items() {
            match item.kind() {
                Kind::Object => self.object(item, false),
                Kind::String if !is_skipped(key) => self.string(item),
                _ => {}
            }
        }
    }

    fn string(&mut self, value: Value<'_>) {
        let Some(text) = value.as_str() else { return };
        if !is_date(text.as_bytes()) && !is_machine_made(text.as_bytes()) {
            self.tell(&text, false);
        }
    }

    fn markup(&mut self, value: Value<'_>, in_narrative: bool) {
        let Some(markup) = value.as_str() else { return };
        let mut text = std::mem::take(&mut self.text);
        without_tags(&markup, &mut text);
        self.tell(&text, in_narrative);
        self.text = text;
    }

    /// Texts that are attached are searched; of anything else there are no words.
    fn attachment(&mut self, object: Value<'_>, data: Value<'_>) {
        let type_ = object.get("contentType").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = type_.strip_prefix("text/") else { return };
        let Some(packed) = data.as_str() else { return };
        // Four letters hold three bytes: what is not wanted is not decoded.
        let most = self.left.div_ceil(3) * 4;
        let packed = &packed.as_bytes()[..packed.len().min(most)];
        let Ok(bytes) = STANDARD.decode(packed) else { return };
        let text = String::from_utf8_lossy(&bytes);
        if kind.starts_with("html") {
            let mut plain = String::new();
            without_tags(&text, &mut plain);
            self.tell(&plain, false);
        } else {
            self.tell(&text, false);
        }
    }

    fn tell(&mut self, text: &str, in_narrative: bool) {
        let text = &text[..text.floor_char_boundary(self.left.min(text.len()))];
        self.left -= text.len();
        (self.tell)(text, in_narrative);
    }
}

/// Names whose values lead somewhere or tell machines something.
fn is_skipped(key: &str) -> bool {
    matches!(
        key,
        "resourceType"
            | "id"
            | "url"
            | "system"
            | "reference"
            | "fullUrl"
            | "versionId"
            | "profile"
            | "contentType"
            | "language"
            | "hash"
            | "instantiatesCanonical"
            | "instantiatesUri"
            | "source"
    )
}

/// `2024-05-01…`
fn is_date(text: &[u8]) -> bool {
    text.len() >= 7 && text[4] == b'-' && text[..4].iter().all(u8::is_ascii_digit)
}

/// UUIDs, and what is longer than any word without a blank in it: hashes, keys, data.
fn is_machine_made(text: &[u8]) -> bool {
    let is_uuid = |text: &[u8]| {
        text.len() == 36
            && text.iter().enumerate().all(|(at, b)| match at {
                8 | 13 | 18 | 23 => *b == b'-',
                _ => b.is_ascii_hexdigit(),
            })
    };
    is_uuid(text.strip_prefix(b"urn:uuid:").unwrap_or(text))
        || (text.len() > 128 && text.is_ascii() && !text.contains(&b' '))
}
