//! `$import`: files that a manifest names.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::{LATER, below, put_off, wait};

fn manifest(urls: &[String]) -> Value {
    let input: Vec<Value> =
        urls.iter().map(|url| json!({ "type": "Patient", "url": url })).collect();
    json!({ "inputFormat": "application/fhir+ndjson", "input": input })
}

fn total(tenant: &Tenant) -> Value {
    let path = format!("{}/Patient?_summary=count", tenant.fhir);
    tenant.client.get(&path).expect(200).json()["total"].clone()
}

#[test]
fn files_of_a_manifest_come_in_and_what_failed_is_told() {
    let mut server = Server::start();
    let tenant = server.tenant();
    let inbox = server.data_dir().join("inbox");
    std::fs::create_dir_all(&inbox).expect("a folder");
    let patient = |id: &str| json!({ "resourceType": "Patient", "id": id }).to_string() + "\n";
    std::fs::write(inbox.join("a.ndjson"), patient("a") + "broken\n").expect("a file");
    std::fs::write(inbox.join("b.ndjson"), patient("b") + &patient("c")).expect("a file");
    let url = |name: &str| format!("file://{}/{name}", inbox.display());
    let place =
        put_off(&tenant, "POST", "/$import", &manifest(&[url("a.ndjson"), url("b.ndjson")]));
    server.kill();
    server.start_again();
    let mut tenant = tenant.clone();
    tenant.client = server.client(&tenant.key);
    let done = wait(&tenant, &place).expect(200).json();
    assert_eq!(done["output"][0]["count"], 3, "{done}");
    assert_eq!((&done["extension"]["resourcesFailed"], total(&tenant)), (&json!(1), json!(3)));
    let failures = tenant.client.get(&below(&tenant, &done["error"][0]["url"])).expect(200).text();
    assert!(failures.contains("lineId"), "{failures}");
    let report = below(&tenant, &done["extension"]["manifest"]);
    let report = tenant.client.get(&report).expect(200).json();
    assert_eq!(report["numberOfScannedFiles"], 2, "{report}");
    let other = server.tenant();
    other.client.get(&place).expect(404);
    tenant.client.delete(&place).expect(202);
    tenant.client.get(&place).expect(404);
}

#[test]
fn what_may_not_be_read_is_refused_at_once() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("{}/$import", tenant.fhir);
    let ask = |body: &Value, headers: &[(&str, &str)]| {
        let json = [("content-type", "application/json")];
        let headers: Vec<_> = headers.iter().copied().chain(json).collect();
        tenant.client.send("POST", &path, &headers, body.to_string().as_bytes()).status
    };
    for url in ["file:///etc/passwd", "http://127.0.0.1/x", "https://example.org/x", "nowhere"] {
        assert_eq!(ask(&manifest(&[url.to_owned()]), &[LATER]), 400, "{url}");
    }
    assert_eq!(ask(&json!({}), &[LATER]), 400);
    assert_eq!(ask(&manifest(&[]), &[]), 400);
}
