//! Input that is wrong, hostile or enormous: a clear answer, and memory that stays bounded.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tarn_integration_tests::{Server, Tenant};

use crate::imports::{import, patients, total};

/// What the server may take at most, whatever it is fed.
const MOST_MEMORY_KB: u64 = 700 * 1024;

fn peak_memory_kb(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or("VmHWM: 0 kB");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).unwrap_or_default()
}

fn stays_bounded(server: &Server) {
    let peak = peak_memory_kb(server);
    assert!(peak < MOST_MEMORY_KB, "the server took {peak} kB");
}

#[test]
fn what_is_no_resource_is_refused_with_an_outcome() {
    let server = Server::start();
    let tenant = server.tenant();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies: Vec<Vec<u8>> = [
        "",
        "{",
        "nonsense",
        "null",
        "[]",
        "\"text\"",
        "{}",
        "{\"resourceType\":\"Patient\"",
        "{\"resourceType\":\"Nonsense\"}",
        "{\"resourceType\":\"Observation\"}",
        "{\"resourceType\":\"Patient\",\"active\":\"yes\"}",
        "{\"resourceType\":\"Patient\",\"active\":true,\"active\":false}",
        "{\"resourceType\":\"Patient\",\"unheardOf\":1}",
        "{\"resourceType\":\"Patient\",\"birthDate\":\"yesterday\"}",
        "{\"resourceType\":\"Patient\",\"name\":{\"family\":\"x\"}}",
        "{\"resourceType\":\"Patient\",\"multipleBirthInteger\":99999999999999999999}",
        "{\"resourceType\":\"Patient\"} trailing",
        &deep,
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([vec![0xff, 0xfe, 0x00], b"{\"resourceType\":\"Patient\",\"id\":\"\xff\"}".to_vec()])
    .collect();
    let headers = [("content-type", "application/fhir+json")];
    for body in &bodies {
        let path = format!("{}/Patient", tenant.fhir);
        let answer = tenant.client.send("POST", &path, &headers, body);
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert!([400, 422].contains(&answer.status), "{shown}: {}", answer.text());
        assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{shown}");
    }
    for id in ["bad_id", "a%20b", &"x".repeat(65), "%00", "a'b"] {
        let path = format!("{}/Patient/{id}", tenant.fhir);
        let patient = format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\"}}");
        let answer = tenant.client.send("PUT", &path, &headers, patient.as_bytes());
        assert!([400, 404, 405, 422].contains(&answer.status), "{id}: {}", answer.text());
    }
    assert_eq!(total(&tenant, "Patient"), 0);
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_it_is_read() {
    let server = Server::start_with(&["--fhir-resource", "1MiB"]);
    let tenant = server.tenant();
    let big = json!({ "resourceType": "Patient", "name": [{ "text": "x".repeat(2 << 20) }] });
    let answer = tenant.client.create(&format!("{}/Patient", tenant.fhir), &big).expect(413);
    assert_eq!(answer.json()["resourceType"], "OperationOutcome");
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..256 {
        bomb.write_all(&vec![b' '; 1 << 20]).expect("memory");
    }
    let bomb = bomb.finish().expect("memory");
    let headers = [("content-type", "application/fhir+json"), ("content-encoding", "gzip")];
    let answer = tenant.client.send("POST", &format!("{}/Patient", tenant.fhir), &headers, &bomb);
    assert_eq!(answer.status, 413, "{}", answer.text());
    stays_bounded(&server);
}

#[test]
fn broken_files_fail_line_by_line_and_the_rest_is_imported() {
    let server = Server::start();
    let tenant = server.tenant();
    let inbox = server.data_dir().join("inbox/broken");
    fs::create_dir_all(&inbox).expect("a folder");
    fs::write(inbox.join("good.ndjson"), patients(0..10)).expect("a file");
    let garbage: Vec<u8> =
        (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    fs::write(inbox.join("garbage.ndjson"), garbage).expect("a file");
    let whole = gzip(patients(100..5_000).as_bytes());
    fs::write(inbox.join("truncated.ndjson.gz"), &whole[..whole.len() / 2]).expect("a file");
    fs::write(inbox.join("empty.ndjson"), "").expect("a file");
    let mut headless = gzip(b"x\n");
    headless.truncate(4);
    fs::write(inbox.join("headless.ndjson.gz"), headless).expect("a file");
    let deep = format!(
        "{{\"resourceType\":\"Patient\",\"id\":\"d\",\"x\":{}{}}}\n",
        "[".repeat(90_000),
        "]".repeat(90_000)
    );
    fs::write(inbox.join("deep.ndjson"), deep).expect("a file");

    let job = import(&tenant, &json!({ "input": format!("file://{}", inbox.display()) }));
    assert_eq!(job["status"], "COMPLETED_WITH_ERRORS", "{job}");
    let imported = job["progress"]["resources_imported"].as_u64().expect("a number");
    assert!((10..4_910).contains(&imported), "{job}");
    assert_eq!(total(&tenant, "Patient"), imported);
    tenant.client.get(&format!("{}/Patient/p3", tenant.fhir)).expect(200);
    stays_bounded(&server);
}

/// A line longer than memory. `TARN_LONG_LINE_MIB` says how long; CI's long lane asks for 10 GiB.
#[test]
fn an_endless_line_is_reported_and_memory_stays_bounded() {
    let asked = std::env::var("TARN_LONG_LINE_MIB").ok().and_then(|text| text.parse().ok());
    let mib: usize = asked.unwrap_or(1_024);
    let server = Server::start();
    let tenant = server.tenant();
    let inbox = server.data_dir().join("inbox");
    fs::create_dir_all(&inbox).expect("a folder");
    endless(&inbox.join("endless.ndjson.gz"), mib);
    let job = import(&tenant, &json!({ "input": format!("file://{}", inbox.display()) }));
    assert_eq!(job["status"], "COMPLETED_WITH_ERRORS", "{job}");
    assert_eq!(job["progress"]["resources_imported"], 2, "{job}");
    assert_eq!(job["progress"]["resources_failed"], 1, "{job}");
    the_line_before_and_the_line_after_are_there(&tenant);
    stays_bounded(&server);
}

fn endless(path: &Path, mib: usize) {
    let file = fs::File::create(path).expect("a file");
    let mut packed = GzEncoder::new(file, Compression::fast());
    packed.write_all(patients(0..1).as_bytes()).expect("disk");
    packed
        .write_all(b"{\"resourceType\":\"Patient\",\"id\":\"long\",\"name\":[{\"text\":\"")
        .expect("disk");
    let much = vec![b'a'; 1 << 20];
    for _ in 0..mib {
        packed.write_all(&much).expect("disk");
    }
    packed.write_all(b"\"}]}\n").expect("disk");
    packed.write_all(patients(1..2).as_bytes()).expect("disk");
    packed.finish().expect("disk");
}

fn the_line_before_and_the_line_after_are_there(tenant: &Tenant) {
    for id in ["p0", "p1"] {
        tenant.client.get(&format!("{}/Patient/{id}", tenant.fhir)).expect(200);
    }
    tenant.client.get(&format!("{}/Patient/long", tenant.fhir)).expect(404);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("memory");
    packed.finish().expect("memory")
}
