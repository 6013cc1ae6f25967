//! Every official example and synthetic resource survives XML, and official XML says what official
//! JSON says.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tarn_xml::{Layout, to_json, to_xml};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(DATA).join(folder);
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    if found.is_empty() {
        eprintln!("skipped: {DATA} has no such files");
    }
    found
}

/// Equal to the last digit: `serde_json` would take `1.50` for `1.5`.
fn tokens(json: &[u8]) -> Value {
    fn numbers_as_text(value: tarn_fhir::json::Value<'_>) -> Value {
        use tarn_fhir::json::Kind;
        match value.kind() {
            Kind::Object => {
                value.members().map(|(k, v)| (k.into_owned(), numbers_as_text(v))).collect()
            }
            Kind::Array => value.items().map(numbers_as_text).collect(),
            Kind::String => Value::String(value.as_str().expect("a string").into_owned()),
            _ => Value::String(format!("{:?} {}", value.kind(), value.raw())),
        }
    }
    numbers_as_text(tarn_fhir::json::Document::parse(json).expect("JSON").root())
}

/// The first place where two values differ.
fn difference(left: &Value, right: &Value, at: &str) -> Option<String> {
    match (left, right) {
        (Value::Object(l), Value::Object(r)) if l.keys().eq(r.keys()) => {
            l.iter().find_map(|(key, value)| difference(value, &r[key], &format!("{at}.{key}")))
        }
        (Value::Array(l), Value::Array(r)) if l.len() == r.len() => {
            let pairs = l.iter().zip(r).enumerate();
            pairs.into_iter().find_map(|(n, (l, r))| difference(l, r, &format!("{at}[{n}]")))
        }
        _ => (left != right).then(|| at.to_owned()),
    }
}

fn fault(json: &[u8], layout: Layout) -> Option<String> {
    let back = to_xml(json, layout).map_err(|error| error.to_string());
    let back = back.and_then(|xml| to_json(&xml).map_err(|error| error.to_string()));
    match back {
        Err(error) => Some(error),
        Ok(back) => difference(&tokens(json), &tokens(&back), ""),
    }
}

fn all_survive(resources: impl IntoIterator<Item = (String, Vec<u8>)>) {
    let mut faults = Vec::new();
    for (name, json) in resources {
        // White space between elements is read the same way wherever it stands.
        let is_short = json.len() < 4_096;
        for layout in [Layout::Compact, Layout::Pretty].into_iter().take(1 + usize::from(is_short))
        {
            faults.extend(fault(&json, layout).map(|fault| format!("{name}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{} come back changed:\n{}", faults.len(), faults.join("\n"));
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).expect("a file")
}

#[test]
fn official_examples_survive() {
    let examples = files("r4-examples/public", ".json");
    all_survive(examples.iter().map(|path| (path.display().to_string(), read(path))));
}

#[test]
fn synthetic_resources_survive() {
    for path in files("synthea/bulk-10", ".ndjson") {
        let text = read(&path);
        let lines =
            text.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"{\"resourceType"));
        let name = path.display().to_string();
        all_survive(lines.take(10).map(|line| (name.clone(), line.to_vec())));
    }
}

#[test]
fn official_xml_says_what_official_json_says() {
    let mut faults = Vec::new();
    for path in files("fhir-test-cases/fhirpath/input", ".xml") {
        let (json, xml) = (read(&path.with_extension("json")), read(&path));
        let fault = match to_json(&xml) {
            Ok(ours) => difference(&tokens(&json), &tokens(&ours), ""),
            Err(error) => Some(error.to_string()),
        };
        faults.extend(fault.map(|fault| format!("{}: {fault}", path.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
