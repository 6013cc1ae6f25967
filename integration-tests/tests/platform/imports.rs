//! Imports through the job: from a folder, from an upload; bad lines; cancelling; being killed.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

pub(crate) fn patients(range: std::ops::Range<u32>) -> String {
    range.fold(String::new(), |mut text, n| {
        let _ = writeln!(
            text,
            r#"{{"resourceType":"Patient","id":"p{n}","active":true,"name":[{{"family":"F{n}"}}]}}"#
        );
        text
    })
}

pub(crate) fn total(tenant: &Tenant, type_: &str) -> Value {
    let path = format!("{}/{type_}?_summary=count", tenant.fhir);
    tenant.client.get(&path).expect(200).json()["total"].clone()
}

fn upload(tenant: &Tenant, name: &str, headers: &[(&str, &str)], body: &[u8]) -> Value {
    let path = format!("/api/v1/stores/{}/imports/upload?name={name}", tenant.store);
    let begun = tenant.client.send("POST", &path, headers, body).expect(202).json();
    assert!(begun["status"].is_string(), "{begun}");
    let id = begun["id"].as_str().expect("a job has an id");
    let path = format!("/api/v1/stores/{}/imports/{id}", tenant.store);
    tenant.client.wait_for_job(&path, PATIENCE)
}

pub(crate) fn import(tenant: &Tenant, asked: &Value) -> Value {
    let path = format!("/api/v1/stores/{}/imports", tenant.store);
    let begun = tenant.client.post(&path, asked).expect(202).json();
    let id = begun["id"].as_str().expect("a job has an id");
    tenant.client.wait_for_job(&format!("{path}/{id}"), PATIENCE)
}

#[test]
fn a_folder_imports_with_progress_and_a_manifest() {
    let server = Server::start();
    let tenant = server.tenant();
    let inbox = server.data_dir().join("inbox/night");
    fs::create_dir_all(&inbox).expect("a folder");
    fs::write(inbox.join("a.ndjson"), patients(0..40)).expect("a file");
    fs::write(inbox.join("b.ndjson"), patients(40..50)).expect("a file");
    let input = format!("file://{}", inbox.display());
    let job = import(&tenant, &json!({ "input": input }));
    assert_eq!(job["status"], "COMPLETED", "{job}");
    let progress = &job["progress"];
    assert_eq!(
        (&progress["files"], &progress["resources_read"], &progress["resources_imported"]),
        (&json!(2), &json!(50), &json!(50)),
        "{job}"
    );
    assert_eq!(progress["resources_failed"], 0);
    for name in ["bytes_read", "resources_per_second", "eta_seconds"] {
        assert!(progress.get(name).is_some(), "{name}: {job}");
    }
    assert_eq!(total(&tenant, "Patient"), 50);
    let output = job["output"].as_str().expect("an output").trim_start_matches("file://");
    let manifest = fs::read(format!("{}/manifest.json", output.trim_end_matches('/')));
    let manifest: Value = serde_json::from_slice(&manifest.expect("it is there")).expect("JSON");
    assert_eq!(manifest["numberOfResourcesImportedSuccessfully"], 50, "{manifest}");
    let listed = tenant.client.get(&format!("/api/v1/stores/{}/imports", tenant.store));
    assert_eq!(listed.expect(200).json()["imports"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_upload_imports_plain_and_gzipped() {
    let server = Server::start();
    let tenant = server.tenant();
    let job = upload(&tenant, "some.ndjson", &[], patients(0..20).as_bytes());
    assert_eq!(job["status"], "COMPLETED", "{job}");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(patients(20..60).as_bytes()).expect("memory");
    let packed = packed.finish().expect("memory");
    let job = upload(&tenant, "more.ndjson", &[("content-encoding", "gzip")], &packed);
    assert_eq!(job["progress"]["resources_imported"], 40, "{job}");
    assert_eq!(total(&tenant, "Patient"), 60);
    let path = format!("/api/v1/stores/{}/imports/upload", tenant.store);
    let other = tenant.client.send("POST", &path, &[("content-encoding", "br")], b"x");
    other.expect(415);
}

#[test]
fn an_import_again_updates_what_is_there() {
    let server = Server::start();
    let tenant = server.tenant();
    upload(&tenant, "a.ndjson", &[], patients(0..10).as_bytes());
    let changed = patients(5..15).replace("\"active\":true", "\"active\":false");
    let job = upload(&tenant, "b.ndjson", &[], changed.as_bytes());
    assert_eq!(job["progress"]["resources_imported"], 10, "{job}");
    assert_eq!(total(&tenant, "Patient"), 15);
    let read = tenant.client.get(&format!("{}/Patient/p7", tenant.fhir)).expect(200).json();
    assert_eq!((&read["active"], &read["meta"]["versionId"]), (&json!(false), &json!("2")));
    let found = tenant.client.get(&format!("{}/Patient?active=false&_summary=count", tenant.fhir));
    assert_eq!(found.expect(200).json()["total"], 10);
}

#[test]
fn bad_lines_are_reported_by_file_and_line_and_the_rest_goes_on() {
    let server = Server::start();
    let tenant = server.tenant();
    let lines = [
        r#"{"resourceType":"Patient","id":"good1"}"#,
        r#"{"resourceType":"Patient","id":"#,
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":"Nonsense","id":"x"}"#,
        r#"{"resourceType":"Patient","id":"bad id"}"#,
        r#"{"resourceType":"Patient","id":"typed","active":"Verysecretname"}"#,
        "",
        r#"{"resourceType":"Patient","id":"good2"}"#,
    ];
    let job = upload(&tenant, "mixed.ndjson", &[], lines.join("\n").as_bytes());
    assert_eq!(job["status"], "COMPLETED_WITH_ERRORS", "{job}");
    assert_eq!(job["progress"]["resources_imported"], 2, "{job}");
    assert_eq!(job["progress"]["resources_failed"], 5, "{job}");
    assert_eq!(total(&tenant, "Patient"), 2);
    let output =
        job["output"].as_str().expect("an output").trim_start_matches("file://").to_owned();
    let failure = fs::read_dir(format!("{}/FAILURE", output.trim_end_matches('/')));
    let logs: Vec<_> = failure.expect("it is there").flatten().map(|entry| entry.path()).collect();
    assert_eq!(logs.len(), 1, "one log a file");
    let log = fs::read_to_string(&logs[0]).expect("it is text");
    assert!(!log.contains("Verysecretname"), "no values in the log: {log}");
    let line_ids: Vec<u64> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a JSON line"))
        .map(|line| line["lineId"].as_u64().expect("a number"))
        .collect();
    assert_eq!(line_ids, [2, 3, 4, 5, 6], "{log}");
}

#[test]
fn what_lies_outside_the_roots_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("/api/v1/stores/{}/imports", tenant.store);
    let inbox = server.data_dir().join("inbox");
    fs::create_dir_all(&inbox).expect("a folder");
    std::os::unix::fs::symlink("/etc", inbox.join("link")).expect("a link");
    let inputs = [
        "file:///etc/passwd".to_owned(),
        format!("file://{}/../keyring", inbox.display()),
        format!("file://{}/link/passwd", inbox.display()),
        format!("file://{}/nothing-here", inbox.display()),
        "http://example.org/x.ndjson".to_owned(),
        "relative/path".to_owned(),
    ];
    for input in inputs {
        let answer = tenant.client.post(&path, &json!({ "input": input })).expect(400);
        assert!(!answer.text().contains("root:"), "{input}");
    }
    tenant.client.post(&path, &json!({ "input": "file:///x", "validation": "maybe" })).expect(400);
}

#[test]
fn a_waiting_import_can_be_cancelled() {
    let server = Server::start();
    let tenant = server.tenant();
    let inbox = server.data_dir().join("inbox");
    fs::create_dir_all(&inbox).expect("a folder");
    fs::write(inbox.join("big.ndjson"), patients(0..60_000)).expect("a file");
    let path = format!("/api/v1/stores/{}/imports", tenant.store);
    let input = format!("file://{}/big.ndjson", inbox.display());
    let jobs: Vec<String> = (0..2)
        .map(|_| tenant.client.post(&path, &json!({ "input": input })).expect(202).json())
        .map(|job| job["id"].as_str().expect("an id").to_owned())
        .collect();
    for id in &jobs {
        tenant.client.post(&format!("{path}/{id}/cancel"), &json!({})).expect(202);
    }
    for id in &jobs {
        let job = tenant.client.wait_for_job(&format!("{path}/{id}"), PATIENCE);
        assert_eq!(job["status"], "CANCELLED", "{job}");
    }
    let done = tenant.client.post(&format!("{path}/{}/cancel", jobs[0]), &json!({}));
    assert_eq!(done.status, 409, "{}", done.text());
}

#[test]
fn an_import_that_was_killed_goes_on_where_it_was() {
    interrupted(|server| server.kill());
}

#[test]
fn an_import_goes_on_after_the_server_was_told_to_stop() {
    interrupted(|server| assert_eq!(server.stop(), Some(0)));
}

fn interrupted(interrupt: impl Fn(&mut Server)) {
    let mut server = Server::start();
    let mut tenant = server.tenant();
    let inbox = server.data_dir().join("inbox");
    fs::create_dir_all(&inbox).expect("a folder");
    const COUNT: u32 = 40_000;
    fs::write(inbox.join("big.ndjson"), patients(0..COUNT)).expect("a file");
    let path = format!("/api/v1/stores/{}/imports", tenant.store);
    let asked = json!({ "input": format!("file://{}/big.ndjson", inbox.display()) });
    let job = tenant.client.post(&path, &asked).expect(202).json();
    let path = format!("{path}/{}", job["id"].as_str().expect("an id"));
    for n in 0..3 {
        std::thread::sleep(Duration::from_millis(150 + 250 * n));
        interrupt(&mut server);
        server.start_again();
        tenant.client = server.client(&tenant.key);
    }
    let job = tenant.client.wait_for_job(&path, PATIENCE);
    assert_eq!(job["status"], "COMPLETED", "{job}");
    assert_eq!(job["progress"]["resources_imported"], COUNT, "{job}");
    assert_eq!(total(&tenant, "Patient"), COUNT);
    // Nothing was loaded twice.
    let first = tenant.client.get(&format!("{}/Patient/p0", tenant.fhir)).expect(200).json();
    assert_eq!(first["meta"]["versionId"], "1");
}
