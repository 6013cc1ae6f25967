//! Populations that others made: every line imports, and reads back as it was.
//!
//! They lie outside the repository: where `TARN_POPULATIONS` says, or in
//! `../shared/data/synthea`. Without them these tests say so and pass.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use crate::imports::{import, total};

/// One line in this many is read back; 1 in the long lane.
fn every() -> usize {
    std::env::var("TARN_READ_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

fn population(name: &str) -> Option<PathBuf> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/synthea");
    let folder = std::env::var_os("TARN_POPULATIONS").map_or_else(|| shared.into(), PathBuf::from);
    let found = folder.join(name).canonicalize().ok();
    if found.is_none() {
        eprintln!("skipped: no population {name} in {}", folder.display());
    }
    found
}

fn open(path: &Path) -> Box<dyn BufRead> {
    let file = fs::File::open(path).expect("it can be read");
    if path.extension().is_some_and(|end| end == "gz") {
        Box::new(BufReader::new(MultiGzDecoder::new(file)))
    } else {
        Box::new(BufReader::new(file))
    }
}

fn resources(folder: &Path) -> impl Iterator<Item = Value> {
    let files = fs::read_dir(folder).expect("it is a folder").flatten().map(|entry| entry.path());
    files
        .filter(|path| path.to_string_lossy().contains(".ndjson"))
        .filter(|path| !path.ends_with("log.ndjson"))
        .flat_map(|path| open(&path).lines().map_while(Result::ok).collect::<Vec<_>>())
        .filter(|line| !line.trim().is_empty())
        .map(|line| serde_json::from_str(&line).expect("a JSON line"))
}

/// What a resource says, without what the store says of it.
fn content(mut resource: Value) -> Value {
    let meta = resource.as_object_mut().and_then(|object| object.remove("meta"));
    if let Some(Value::Object(mut meta)) = meta {
        meta.remove("versionId");
        meta.remove("lastUpdated");
        if !meta.is_empty() {
            resource["meta"] = Value::Object(meta);
        }
    }
    resource
}

fn server_for(folder: &Path) -> (Server, Tenant) {
    let root = folder.parent().expect("it lies in a folder").to_string_lossy().into_owned();
    let server = Server::start_with(&["--import-roots", &root]);
    let tenant = server.tenant();
    (server, tenant)
}

fn imports_whole(folder: &Path, input: &Path) -> (Server, Tenant, Value) {
    let (server, tenant) = server_for(folder);
    let job = import(&tenant, &json!({ "input": format!("file://{}", input.display()) }));
    assert_eq!(job["progress"]["resources_failed"], 0, "{job}");
    assert_eq!(job["status"], "COMPLETED", "{job}");
    (server, tenant, job)
}

fn counts_and_content_are_those_of(tenant: &Tenant, folder: &Path) {
    let mut counts = BTreeMap::<String, u64>::new();
    for (n, resource) in resources(folder).enumerate() {
        let type_ = resource["resourceType"].as_str().expect("a type").to_owned();
        let id = resource["id"].as_str().expect("an id").to_owned();
        *counts.entry(type_.clone()).or_default() += 1;
        if n % every() == 0 {
            let read = tenant.client.get(&format!("{}/{type_}/{id}", tenant.fhir)).expect(200);
            assert_eq!(content(read.json()), content(resource), "{type_}/{id}");
        }
    }
    for (type_, count) in counts {
        assert_eq!(total(tenant, &type_), count, "{type_}");
    }
}

#[test]
fn ndjson_of_120_patients_imports_and_reads_back() {
    let Some(folder) = population("blaze-120/ndjson") else { return };
    let (_server, tenant, _) = imports_whole(&folder, &folder);
    counts_and_content_are_those_of(&tenant, &folder);
}

#[test]
fn ndjson_of_10_patients_imports_and_reads_back() {
    let Some(folder) = population("bulk-10") else { return };
    // The export's own log is no FHIR: only the resources are handed over.
    let clean = tempfile::tempdir().expect("a folder");
    for file in fs::read_dir(&folder).expect("it is a folder").flatten() {
        if file.file_name() != "log.ndjson" {
            fs::copy(file.path(), clean.path().join(file.file_name())).expect("it can be copied");
        }
    }
    let clean = clean.path().canonicalize().expect("it is there");
    let (_server, tenant, _) = imports_whole(&clean, &clean);
    counts_and_content_are_those_of(&tenant, &clean);
}

#[test]
fn transaction_bundles_of_120_patients_import_with_their_references() {
    bundles("blaze-120", "bundles.ndjson.gz");
}

#[test]
fn transaction_bundles_of_100_patients_import_with_their_references() {
    bundles("smart-603", "public-100.bundles.ndjson.gz");
}

/// What carries the same id in several Bundles (a hospital of many patients) is one resource.
fn bundles(folder: &str, file: &str) {
    let Some(folder) = population(folder) else { return };
    let input = folder.join(file);
    let (_server, tenant, _) = imports_whole(&folder, &input);
    let mut ids = BTreeMap::<String, BTreeSet<String>>::new();
    for line in open(&input).lines().map_while(Result::ok) {
        let bundle: Value = serde_json::from_str(&line).expect("a JSON line");
        for entry in bundle["entry"].as_array().expect("entries") {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let resource = &entry["resource"];
            let of_type = ids.entry(text(&resource["resourceType"])).or_default();
            of_type.insert(text(&resource["id"]));
        }
    }
    for (type_, ids) in &ids {
        assert_eq!(total(&tenant, type_), ids.len(), "{type_}");
    }
    // References were rewritten: a patient's observations are found by the patient.
    let page =
        tenant.client.get(&format!("{}/Observation?_count=5", tenant.fhir)).expect(200).json();
    for entry in page["entry"].as_array().expect("entries") {
        let subject = entry["resource"]["subject"]["reference"].as_str().expect("a subject");
        assert!(subject.starts_with("Patient/"), "{subject}");
        tenant.client.get(&format!("{}/{subject}", tenant.fhir)).expect(200);
    }
}
