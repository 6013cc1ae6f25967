//! The official examples and a Synthea population, where they are at hand.

use std::fs;
use std::path::PathBuf;

use super::super::keys;
use super::super::program::is_kept_by_the_store;
use super::*;

fn folder(name: &str) -> Option<PathBuf> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/");
    let path = PathBuf::from(shared).join(name);
    if !path.is_dir() {
        eprintln!("skipped: {name} is not at hand");
        return None;
    }
    Some(path)
}

#[test]
fn every_official_example_is_indexed() {
    let Some(folder) = folder("r4-examples/public") else { return };
    let (mut read, mut keys, mut bare) = (0, 0, Vec::new());
    let types = fs::read_dir(folder).expect("a folder of folders").flatten();
    for file in types.filter_map(|type_| fs::read_dir(type_.path()).ok()).flatten().flatten() {
        let text = fs::read_to_string(file.path()).expect("a text");
        let entries = index(&text);
        read += 1;
        keys += entries.keys().len();
        let doc = parse(&text);
        let name = doc.root().get("resourceType").and_then(Json::as_str).expect("a type");
        if entries.keys().is_empty() {
            bare.push(name.clone().into_owned());
        }
        agrees(&name, &doc, &entries);
    }
    bare.sort();
    bare.dedup();
    println!("{read} examples, {keys} keys, none in: {bare:?}");
    assert!(read > 400, "{read} examples");
    assert!(keys > read * 10, "{keys} keys of {read} examples");
}

/// What `values` and `is_present` answer is what the index has.
fn agrees(name: &str, doc: &Document<'_>, entries: &Entries) {
    let hasher = hasher();
    for parameter in definitions().parameters(type_(name)) {
        let field = parameter.field;
        if is_kept_by_the_store(parameter) {
            continue;
        }
        let has = |key| entries.keys().contains(&(key, 0));
        if parts(type_(name), field).is_none() {
            let is_present = is_present(type_(name), doc, field);
            assert_eq!(is_present, has(keys::present(field)), "{name} {}", parameter.code);
        }
        for value in values(type_(name), doc, field) {
            let found = match &value {
                Value::Token { system: Some(s), code: Some(c) } => {
                    has(keys::code_in_system(&hasher, field, s, c))
                        && has(keys::any_code_in_system(&hasher, field, s))
                }
                Value::Token { system: None, code: Some(c) } => {
                    has(keys::code_in_no_system(&hasher, field, c))
                }
                Value::Token { system: Some(s), code: None } => {
                    has(keys::any_code_in_system(&hasher, field, s))
                }
                Value::String(s) => has(keys::exact_string(&hasher, field, s)),
                Value::Uri(uri) => has(keys::uri(&hasher, field, uri)),
                Value::Reference { type_, id } => {
                    has(keys::reference(&hasher, field, &format!("{type_}/{id}")))
                }
                Value::Link(url) => has(keys::reference(&hasher, field, url)),
                Value::Date { lo, hi } => {
                    entries.dates().iter().any(|(_, _, a, b)| (a, b) == (lo, hi))
                }
                _ => true,
            };
            assert!(found, "{name} {}: {}", parameter.code, show(&value));
        }
    }
}

#[test]
fn a_population_has_the_entries_it_should() {
    let Some(folder) = folder("synthea/bulk-10") else { return };
    for (file, codes) in [
        ("Patient.000.ndjson", &["family", "birthdate", "gender", "deceased"][..]),
        ("Condition.000.ndjson", &["code", "patient", "clinical-status", "recorded-date"]),
        ("Encounter.000.ndjson", &["status", "class", "date", "patient", "type"]),
        ("Immunization.000.ndjson", &["vaccine-code", "date", "patient", "status"]),
        ("MedicationRequest.000.ndjson", &["status", "intent", "patient", "authoredon"]),
    ] {
        let text = fs::read_to_string(folder.join(file)).expect("a file");
        for line in text.lines().take(50) {
            let doc = parse(line);
            let name = doc.root().get("resourceType").and_then(Json::as_str).expect("a type");
            for code in codes {
                assert!(is_present(type_(&name), &doc, field(&name, code)), "{name} {code}");
            }
            assert_eq!(index(line).subjects().iter().flatten().count(), 1, "{name}");
        }
    }
}
