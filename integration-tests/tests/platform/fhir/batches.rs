//! Batches: every entry by itself.

use serde_json::{Value, json};
use tarn_integration_tests::Server;

use super::{create, entry, get, identified, place, process, statuses};

#[test]
fn entries_of_a_batch_stand_and_fall_alone() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &identified("1"));
    let bad = json!({ "resourceType": "Patient", "birthDate": "yesterday" });
    let entries = [
        entry("GET", &format!("Patient/{id}"), Value::Null),
        entry("POST", "Patient", identified("2")),
        entry("POST", "Patient", bad),
        entry("GET", "Patient/nobody", Value::Null),
        json!({ "request": { "method": "GET" } }),
        entry("DELETE", &format!("Patient/{id}"), Value::Null),
        entry("GET", "Patient?identifier=urn:x%7C2", Value::Null),
        entry("GET", &format!("Patient/{id}/_history"), Value::Null),
    ];
    let done = process(&tenant, "batch", &entries).expect(200).json();
    assert_eq!(done["type"], "batch-response");
    // What is read is read when all is written.
    assert_eq!(statuses(&done), ["410", "201", "400", "404", "400", "204", "200", "200"]);
    let outcome = |at: usize| &done["entry"][at]["response"]["outcome"];
    assert_eq!(place(outcome(2)), "Bundle.entry[2].resource.birthDate");
    assert_eq!(place(outcome(4)), "Bundle.entry[4].request.url");
    assert_eq!(done["entry"][6]["resource"]["total"], 1);
    assert_eq!(done["entry"][7]["resource"]["type"], "history");
    let location = done["entry"][1]["response"]["location"].as_str().expect("a location");
    let at = location.find("/Patient/").expect("of a patient");
    get(&tenant, &location[at..]).expect(200);
}

#[test]
fn only_batches_and_transactions_are_processed() {
    let server = Server::start();
    let tenant = server.tenant();
    process(&tenant, "collection", &[entry("GET", "Patient/1", Value::Null)]).expect(400);
    super::ask(&tenant, "POST", "", &[], &identified("1")).expect(400);
    let many = vec![entry("GET", "Patient/1", Value::Null); 5_001];
    process(&tenant, "batch", &many).expect(422);
    let kept = json!({ "resourceType": "Bundle", "type": "collection" });
    create(&tenant, &kept);
}
