//! Other writings of a text: encoded, and escaped.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::{On, optional};
use crate::eval::Outcome;
use crate::function::Function;
use crate::item::Value;
use crate::text::Text;

impl<'d> On<'_, '_, 'd> {
    pub(super) fn codings(&self) -> Outcome<'d> {
        let text = self.run.string(self.input, self.at)?;
        let format = self.run.string_argument(self.call, 0, self.focus, self.at)?;
        let (Some(text), Some(format)) = (text, format) else { return Ok(Vec::new()) };
        self.run.charge_text(text.len().saturating_mul(6))?;
        let written = match self.call.function {
            Function::Encode => encoded(&text, &format),
            Function::Decode => decoded(&text, &format),
            Function::Escape => escaped(&text, &format),
            _ => unescaped(&text, &format),
        };
        optional(written.map(|text| Value::String(Text::from(text))))
    }
}

fn encoded(text: &str, format: &str) -> Option<String> {
    Some(match format {
        "hex" => hex::encode(text),
        "base64" => STANDARD.encode(text),
        "urlbase64" => URL_SAFE.encode(text),
        _ => return None,
    })
}

fn decoded(text: &str, format: &str) -> Option<String> {
    let bytes = match format {
        "hex" => hex::decode(text).ok()?,
        "base64" => STANDARD.decode(text).ok()?,
        "urlbase64" => URL_SAFE.decode(text).ok()?,
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

const ENTITIES: [(char, &str); 5] =
    [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('\'', "&#39;")];

fn escaped(text: &str, format: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match format {
            "html" => match ENTITIES.iter().find(|(known, _)| *known == c) {
                Some((_, entity)) => out.push_str(entity),
                None => out.push(c),
            },
            "json" => match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => out.push(c),
            },
            _ => return None,
        }
    }
    Some(out)
}

fn unescaped(text: &str, format: &str) -> Option<String> {
    match format {
        "html" => {
            let text = ENTITIES[1..]
                .iter()
                .fold(text.to_owned(), |text, (c, entity)| text.replace(entity, &c.to_string()));
            Some(text.replace("&#x27;", "'").replace("&amp;", "&"))
        }
        "json" => {
            // JSON's own rules, between quotes that the text may not have unescaped.
            let quoted = format!("\"{text}\"");
            let document = tarn_fhir::json::Document::parse(quoted.as_bytes()).ok()?;
            document.root().as_str().map(std::borrow::Cow::into_owned)
        }
        _ => None,
    }
}
