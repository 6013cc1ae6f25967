//! Training a dictionary on samples from which everything rare has been taken.
//!
//! A dictionary outlives the bodies it was trained on, an erased patient's too. So it must not
//! know any patient: a value that does not occur with several different patients is blanked before
//! training, and what remains is structure, code systems, codes and displays.

use std::collections::{HashMap, HashSet};

use tarn_fhir::json::{Document, Kind, Value};

use crate::key::Hash96;

/// With fewer samples than this there is no dictionary.
pub(crate) const LEAST: usize = 64;
/// More samples than this teach nothing new.
pub(crate) const MOST: usize = 1_500;
const SIZE: usize = 48 * 1024;
/// A value that so many patients share tells of none of them.
const SHARED: usize = 5;

/// Trains on bodies of one type, each with its patient; none where they are too few or too alike.
/// A body without a patient stands for itself.
pub(crate) fn train(samples: &[(&[u8], Option<Hash96>)]) -> Option<Vec<u8>> {
    if samples.len() < LEAST {
        return None;
    }
    let step = samples.len().div_ceil(MOST);
    let chosen: Vec<(Document<'_>, Option<Hash96>)> = samples
        .iter()
        .step_by(step)
        .filter_map(|(body, patient)| Some((Document::parse(body).ok()?, *patient)))
        .collect();
    let mut seen: HashMap<&str, HashSet<Hash96>> = HashMap::new();
    for (number, (document, patient)) in chosen.iter().enumerate() {
        let itself = Hash96 { a: number as u64, b: 0 };
        count(document.root(), patient.unwrap_or(itself), &mut seen);
    }
    let mut text = Vec::new();
    let mut sizes = Vec::with_capacity(chosen.len());
    for (document, _) in &chosen {
        let before = text.len();
        blank(document.root(), &seen, &mut text);
        sizes.push(text.len() - before);
    }
    zstd::dict::from_continuous(&text, &sizes, SIZE).ok()
}

/// Notes with which patients each value occurs, until they are enough.
fn count<'d>(value: Value<'d>, patient: Hash96, seen: &mut HashMap<&'d str, HashSet<Hash96>>) {
    match value.kind() {
        Kind::Object => value.members().for_each(|(_, v)| count(v, patient, seen)),
        Kind::Array => value.items().for_each(|v| count(v, patient, seen)),
        Kind::String | Kind::Number => {
            let patients = seen.entry(value.raw()).or_default();
            if patients.len() < SHARED {
                patients.insert(patient);
            }
        }
        _ => {}
    }
}

/// Writes a value with what is rare left empty.
fn blank(value: Value<'_>, seen: &HashMap<&str, HashSet<Hash96>>, out: &mut Vec<u8>) {
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
                blank(member, seen, out);
            }
            out.push(b'}');
        }
        Kind::Array => {
            out.push(b'[');
            for item in value.items() {
                part(out);
                blank(item, seen, out);
            }
            out.push(b']');
        }
        Kind::Bool | Kind::Null => out.extend_from_slice(value.raw().as_bytes()),
        Kind::String | Kind::Number => {
            let shared = seen.get(value.raw()).is_some_and(|p| p.len() >= SHARED);
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
        // Ten patients with forty observations each: a patient's id and name occur forty times.
        let samples: Vec<String> = (0..400u32)
            .map(|i| {
                let patient = i / 40;
                format!(
                    r#"{{"resourceType":"Observation","id":"id{i}","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"8302-2"}}]}},"subject":{{"reference":"Patient/pat{patient}","display":"Zebulon{patient}"}},"valueQuantity":{{"value":{}.{i}}}}}"#,
                    i + 1000
                )
            })
            .collect();
        let patient = |at: usize| Some(Hash96 { a: at as u64 / 40, b: 1 });
        let bytes: Vec<(&[u8], Option<Hash96>)> =
            samples.iter().enumerate().map(|(at, s)| (s.as_bytes(), patient(at))).collect();
        let dictionary = train(&bytes).expect("a dictionary");
        let text = String::from_utf8_lossy(&dictionary);
        assert!(text.contains("http://loinc.org") && text.contains("Patient/"));
        assert!(!text.contains("Zebulon") && !text.contains("pat1") && !text.contains("id1"));
        assert!(train(&bytes[..10]).is_none());
    }
}
