//! Training a dictionary on samples from which everything rare has been taken.
//!
//! A dictionary outlives the bodies it was trained on, an erased patient's too. So it must not
//! know any patient: values that are not shared by many samples are blanked before training, and
//! what remains is structure, code systems, codes and displays.

use std::collections::HashMap;

use tarn_fhir::json::{Document, Kind, Value};

/// With fewer samples than this there is no dictionary.
pub(crate) const LEAST: usize = 64;
/// More samples than this teach nothing new.
pub(crate) const MOST: usize = 1_500;
const SIZE: usize = 48 * 1024;

/// Trains on bodies of one type; none where they are too few or too alike.
pub(crate) fn train(samples: &[&[u8]]) -> Option<Vec<u8>> {
    if samples.len() < LEAST {
        return None;
    }
    let step = samples.len().div_ceil(MOST);
    let chosen: Vec<Document<'_>> =
        samples.iter().step_by(step).filter_map(|s| Document::parse(s).ok()).collect();
    let mut seen: HashMap<&str, (u32, u32)> = HashMap::new();
    for (number, document) in chosen.iter().enumerate() {
        count(document.root(), number as u32, &mut seen);
    }
    let enough = (chosen.len() / 100).max(8) as u32;
    let mut text = Vec::new();
    let mut sizes = Vec::with_capacity(chosen.len());
    for document in &chosen {
        let before = text.len();
        blank(document.root(), &seen, enough, &mut text);
        sizes.push(text.len() - before);
    }
    zstd::dict::from_continuous(&text, &sizes, SIZE).ok()
}

/// Counts in how many samples each value occurs.
fn count<'d>(value: Value<'d>, sample: u32, seen: &mut HashMap<&'d str, (u32, u32)>) {
    match value.kind() {
        Kind::Object => value.members().for_each(|(_, v)| count(v, sample, seen)),
        Kind::Array => value.items().for_each(|v| count(v, sample, seen)),
        Kind::String | Kind::Number => {
            let entry = seen.entry(value.raw()).or_insert((0, u32::MAX));
            if entry.1 != sample {
                *entry = (entry.0 + 1, sample);
            }
        }
        _ => {}
    }
}

/// Writes a value with what is rare left empty.
fn blank(value: Value<'_>, seen: &HashMap<&str, (u32, u32)>, enough: u32, out: &mut Vec<u8>) {
    let mut comma = false;
    let mut part = |out: &mut Vec<u8>| {
        if std::mem::replace(&mut comma, true) {
            out.push(b',');
        }
    };
    match value.kind() {
        Kind::Object => {
            out.push(b'{');
            for (key, member) in value.members() {
                part(out);
                tarn_fhir::json::escape_into(&key, out);
                out.push(b':');
                blank(member, seen, enough, out);
            }
            out.push(b'}');
        }
        Kind::Array => {
            out.push(b'[');
            for item in value.items() {
                part(out);
                blank(item, seen, enough, out);
            }
            out.push(b']');
        }
        Kind::Bool | Kind::Null => out.extend_from_slice(value.raw().as_bytes()),
        Kind::String | Kind::Number => {
            let shared = seen.get(value.raw()).is_some_and(|(count, _)| *count >= enough);
            if shared {
                out.extend_from_slice(value.raw().as_bytes());
            } else if value.kind() == Kind::String {
                // A reference's type and a urn's scheme are structure.
                let raw = value.raw();
                let slash = raw.find(['/', ':']).filter(|&at| at < 40 && !raw.contains(' '));
                out.extend_from_slice(slash.map_or(&b"\""[..], |at| &raw.as_bytes()[..=at]));
                out.push(b'"');
            } else {
                out.push(b'0');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dictionary_knows_no_patient() {
        let samples: Vec<String> = (0..400u32)
            .map(|i| {
                format!(
                    r#"{{"resourceType":"Observation","id":"id{i}","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"8302-2"}}]}},"subject":{{"reference":"Patient/pat{i}"}},"note":[{{"text":"Zebulon{i} said so"}}],"valueQuantity":{{"value":{}.{i}}}}}"#,
                    i + 1000
                )
            })
            .collect();
        let bytes: Vec<&[u8]> = samples.iter().map(|s| s.as_bytes()).collect();
        let dictionary = train(&bytes).expect("a dictionary");
        let text = String::from_utf8_lossy(&dictionary);
        assert!(text.contains("http://loinc.org") && text.contains("Patient/"));
        assert!(!text.contains("Zebulon") && !text.contains("pat1") && !text.contains("id1"));
        assert!(train(&bytes[..10]).is_none());
    }
}
