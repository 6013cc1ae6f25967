//! Exports: one type a file, everything once, and it imports again.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use crate::imports::{PATIENCE, import, patients, total};

fn export(tenant: &Tenant, asked: &Value) -> Value {
    let path = format!("/api/v1/stores/{}/exports", tenant.store);
    let begun = tenant.client.post(&path, asked).expect(202).json();
    let id = begun["id"].as_str().expect("a job has an id");
    tenant.client.wait_for_job(&format!("{path}/{id}"), PATIENCE)
}

fn lines(job: &Value, type_: &str) -> Vec<Value> {
    let output =
        job["output"].as_str().expect("an output").trim_start_matches("file://").to_owned();
    let folder = fs::read_dir(format!("{}/{type_}", output.trim_end_matches('/')));
    let mut found = Vec::new();
    for file in folder.into_iter().flatten().flatten() {
        let text = fs::read_to_string(file.path()).expect("it is text");
        found.extend(text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")));
    }
    found
}

#[test]
fn an_export_holds_every_current_resource_once() {
    let server = Server::start();
    let tenant = server.tenant();
    let inbox = server.data_dir().join("inbox");
    fs::create_dir_all(&inbox).expect("a folder");
    fs::write(inbox.join("a.ndjson"), patients(0..300)).expect("a file");
    import(&tenant, &json!({ "input": format!("file://{}/a.ndjson", inbox.display()) }));
    let changed = json!({ "resourceType": "Patient", "id": "p3", "active": false });
    tenant.client.put(&format!("{}/Patient/p3", tenant.fhir), &changed).expect(200);
    tenant.client.delete(&format!("{}/Patient/p4", tenant.fhir));
    let observation = json!({
        "resourceType": "Observation", "status": "final", "code": { "text": "x" },
        "valueQuantity": { "value": 1 },
    });
    tenant.client.create(&format!("{}/Observation", tenant.fhir), &observation).expect(201);

    let job = export(&tenant, &json!({}));
    assert_eq!(job["status"], "COMPLETED", "{job}");
    let exported = lines(&job, "Patient");
    let ids: BTreeSet<&str> = exported.iter().filter_map(|p| p["id"].as_str()).collect();
    assert_eq!((exported.len(), ids.len()), (299, 299));
    assert!(!ids.contains("p4"), "what was deleted is not exported");
    let p3 = exported.iter().find(|p| p["id"] == "p3").expect("it is there");
    assert_eq!((&p3["active"], &p3["meta"]["versionId"]), (&json!(false), &json!("2")));
    assert_eq!(lines(&job, "Observation").len(), 1);

    let some = export(&tenant, &json!({ "types": ["Observation"] }));
    assert_eq!((lines(&some, "Observation").len(), lines(&some, "Patient").len()), (1, 0));
}

#[test]
fn what_was_exported_imports_into_another_store() {
    let server = Server::start_with(&[]);
    let tenant = server.tenant();
    let inbox = server.data_dir().join("inbox");
    fs::create_dir_all(&inbox).expect("a folder");
    fs::write(inbox.join("a.ndjson"), patients(0..100)).expect("a file");
    import(&tenant, &json!({ "input": format!("file://{}/a.ndjson", inbox.display()) }));
    let job = export(&tenant, &json!({}));
    let output =
        job["output"].as_str().expect("an output").trim_start_matches("file://").to_owned();
    let again = inbox.join("again");
    fs::rename(output.trim_end_matches('/'), &again).expect("it can be moved");

    let mut other = tenant.clone();
    let made =
        tenant.client.post("/api/v1/stores", &json!({ "name": "second" })).expect(201).json();
    other.store = made["id"].as_str().expect("an id").to_owned();
    other.fhir = format!("/datastore/{}/r4", other.store);
    let job = import(&other, &json!({ "input": format!("file://{}/Patient", again.display()) }));
    assert_eq!(job["progress"]["resources_imported"], 100, "{job}");
    assert_eq!(total(&other, "Patient"), 100);
}

#[test]
fn an_export_outside_the_root_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("/api/v1/stores/{}/exports", tenant.store);
    for output in ["file:///etc", "file:///tmp/elsewhere", "nowhere"] {
        tenant.client.post(&path, &json!({ "output": output })).expect(400);
    }
    tenant.client.post(&path, &json!({ "types": ["Nonsense"] })).expect(400);
    tenant.client.post(&path, &json!({ "since": "yesterday" })).expect(400);
}
