//! Bundles and searches with `Prefer: respond-async`.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::{LATER, put_off, wait};

fn bundle(kind: &str, entries: &[Value]) -> Value {
    json!({ "resourceType": "Bundle", "type": kind, "entry": entries })
}

fn create(family: &str) -> Value {
    json!({
        "resource": { "resourceType": "Patient", "name": [{ "family": family }] },
        "request": { "method": "POST", "url": "Patient" },
    })
}

fn get(url: &str) -> Value {
    json!({ "request": { "method": "GET", "url": url } })
}

fn total(tenant: &Tenant, search: &str) -> Value {
    let path = format!("{}/{search}&_summary=count", tenant.fhir);
    tenant.client.get(&path).expect(200).json()["total"].clone()
}

#[test]
fn a_transaction_is_answered_later_and_to_its_caller_only() {
    let server = Server::start();
    let tenant = server.tenant();
    let entries = [create("Mustermann"), create("Mustermann"), get("Patient?family=Mustermann")];
    let place = put_off(&tenant, "POST", "", &bundle("transaction", &entries));
    let done = wait(&tenant, &place).expect(200);
    assert!(!done.header("expires").is_empty());
    let done = done.json();
    assert_eq!(done["type"], "transaction-response", "{done}");
    assert_eq!(done["entry"][1]["response"]["status"], "201");
    assert_eq!(done["entry"][2]["resource"]["total"], 2);
    assert_eq!(total(&tenant, "Patient?family=Mustermann"), 2);
    let other = server.tenant();
    other.client.get(&place).expect(404);
    other.client.delete(&place).expect(404);
    tenant.client.delete(&place).expect(202);
    tenant.client.get(&place).expect(404);
}

#[test]
fn what_is_refused_later_is_told_with_its_status() {
    let server = Server::start();
    let tenant = server.tenant();
    let missing = json!({
        "resource": { "resourceType": "Patient", "id": "x" },
        "request": { "method": "PUT", "url": "Patient/x", "ifMatch": "W/\"7\"" },
    });
    let place = put_off(&tenant, "POST", "", &bundle("transaction", &[missing]));
    let refused = wait(&tenant, &place).expect(412).json();
    assert_eq!(refused["resourceType"], "OperationOutcome");
    let place = put_off(&tenant, "GET", "/Patient?nonsense=1", &Value::Null);
    wait(&tenant, &place).expect(400);
    // What is no Bundle at all is told at once.
    let headers = [LATER, ("content-type", "application/fhir+json")];
    tenant.client.send("POST", &tenant.fhir, &headers, b"{}").expect(400);
}

#[test]
fn searches_and_histories_are_answered_later() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = json!({ "resourceType": "Patient", "id": "a", "gender": "female" });
    tenant.client.put(&format!("{}/Patient/a", tenant.fhir), &patient).expect(201);
    for path in ["/Patient?gender=female", "/Patient/a/$everything", "/Patient/a/_history"] {
        let place = put_off(&tenant, "GET", path, &Value::Null);
        let found = wait(&tenant, &place).expect(200).json();
        assert_eq!(found["entry"][0]["resource"]["id"], "a", "{path}: {found}");
    }
    let headers = [LATER, ("content-type", "application/x-www-form-urlencoded")];
    let path = format!("{}/Patient/_search", tenant.fhir);
    let answer = tenant.client.send("POST", &path, &headers, b"gender=female").expect(202);
    let place = answer.header("content-location");
    let place = &place[place.find(&tenant.fhir).expect("a place")..];
    let found = wait(&tenant, place).expect(200).json();
    assert_eq!(found["total"], 1, "{found}");
    let raw = std::fs::read_dir(server.data_dir().join("results")).expect("results");
    for job in raw.flatten() {
        for note in std::fs::read_dir(job.path()).expect("notes").flatten() {
            let bytes = std::fs::read(note.path()).expect("it reads");
            assert!(!bytes.windows(6).any(|window| window == b"female"), "{:?}", note.path());
        }
    }
}

#[test]
fn what_was_put_off_happens_once_however_often_the_server_is_killed() {
    let mut server = Server::start();
    let tenant = server.tenant();
    let some: Vec<Value> = (0..40).map(|_| create("Once")).collect();
    let mut places = Vec::new();
    let mut again = tenant.clone();
    for round in 0..3 {
        for kind in ["transaction", "batch"] {
            places.push(put_off(&again, "POST", "", &bundle(kind, &some)));
        }
        // Somewhere between the first commit and the end of the last job.
        std::thread::sleep(std::time::Duration::from_millis(40 * round));
        server.kill();
        server.start_again();
        again.client = server.client(&tenant.key);
    }
    for place in &places {
        let done = wait(&again, place).expect(200).json();
        let entries = done["entry"].as_array().expect("entries");
        assert_eq!(entries.len(), 40);
        for entry in entries {
            assert_eq!(entry["response"]["status"], "201", "{entry}");
            let location = entry["response"]["location"].as_str().expect("a location");
            let path = &location[location.find(&again.fhir).expect("a path")..];
            assert_eq!(again.client.get(path).status, 200);
        }
    }
    assert_eq!(total(&again, "Patient?family=Once"), 240);
}
