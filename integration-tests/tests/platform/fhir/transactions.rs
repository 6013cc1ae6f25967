//! Transactions: all entries or none.

use std::thread;

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::{create, entry, get, identified, observation, place, process, statuses};

fn named(full_url: &str, mut entry: Value) -> Value {
    entry["fullUrl"] = json!(full_url);
    entry
}

fn unless(condition: &str, mut entry: Value) -> Value {
    entry["request"]["ifNoneExist"] = json!(condition);
    entry
}

fn patients(tenant: &Tenant) -> u64 {
    let count = get(tenant, "/Patient?_summary=count").expect(200).json();
    count["total"].as_u64().expect("a total")
}

#[test]
fn links_between_entries_become_references() {
    let server = Server::start();
    let tenant = server.tenant();
    let mut patient = identified("1");
    let div = r#"<div xmlns="http://www.w3.org/1999/xhtml"><a href="urn:uuid:o">it</a></div>"#;
    patient["text"] = json!({ "status": "generated", "div": div });
    let own = json!({ "resourceType": "Patient", "id": "own" });
    let entries = [
        named("urn:uuid:o", entry("POST", "Observation", observation("urn:uuid:p"))),
        entry("POST", "Observation", observation("urn:uuid:own")),
        named("urn:uuid:p", entry("POST", "Patient", patient)),
        named("urn:uuid:own", entry("PUT", "Patient/own", own)),
        entry("GET", "Observation?subject=Patient/own", Value::Null),
    ];
    let done = process(&tenant, "transaction", &entries).expect(200).json();
    assert_eq!(done["type"], "transaction-response");
    assert_eq!(statuses(&done), ["201", "201", "201", "201", "200"]);
    let resource = |at: usize| &done["entry"][at]["resource"];
    let id = |at: usize| resource(at)["id"].as_str().expect("an id");
    assert_eq!(resource(0)["subject"]["reference"], format!("Patient/{}", id(2)));
    assert_eq!(resource(1)["subject"]["reference"], "Patient/own");
    let div = resource(2)["text"]["div"].as_str().expect("a narrative");
    assert!(div.contains(&format!("href=\"Observation/{}\"", id(0))), "{div}");
    assert_eq!(resource(4)["total"], 1, "the index has the new reference");
}

#[test]
fn what_fails_in_one_entry_undoes_all() {
    let server = Server::start();
    let tenant = server.tenant();
    let there = create(&tenant, &identified("there"));
    let url = format!("Patient/{there}");
    let mut known = identified("there");
    known["id"] = json!(there);
    let mut stale = entry("PUT", &url, known.clone());
    stale["request"]["ifMatch"] = json!("W/\"9\"");
    let bad = json!({ "resourceType": "Patient", "birthDate": "yesterday" });
    let cases = [
        (vec![entry("POST", "Patient", bad)], 400),
        (vec![stale], 412),
        (vec![entry("GET", "Patient/nobody", Value::Null)], 404),
        (vec![entry("PUT", &url, known), entry("DELETE", &url, Value::Null)], 400),
        (vec![entry("POST", "Observation", observation("Patient?identifier=urn:x|no"))], 412),
        (vec![entry("POST", "Observation", observation("Patient?nonsense=1"))], 400),
        (vec![json!({ "request": { "method": "GET" } })], 400),
    ];
    for (mut entries, status) in cases {
        entries.insert(0, entry("POST", "Patient", identified("new")));
        let outcome = process(&tenant, "transaction", &entries).expect(status).json();
        assert!(place(&outcome).starts_with("Bundle.entry["), "{outcome}");
        assert_eq!(patients(&tenant), 1, "{outcome}");
    }
    let twice = vec![named("urn:uuid:1", entry("POST", "Patient", identified("new"))); 2];
    process(&tenant, "transaction", &twice).expect(400);
    assert_eq!(patients(&tenant), 1);
}

#[test]
fn conditions_find_what_is_there_and_what_is_made() {
    let server = Server::start();
    let tenant = server.tenant();
    let there = create(&tenant, &identified("there"));
    let made = entry("POST", "Patient", identified("there"));
    let entries = [
        named("urn:uuid:p", unless("identifier=urn:x|there", made)),
        entry("POST", "Observation", observation("urn:uuid:p")),
        entry("POST", "Observation", observation("Patient?identifier=urn:x|there")),
        entry("POST", "Observation", observation("Patient?identifier=urn:x|new")),
        entry("PUT", "Patient?identifier=urn:x|new", identified("new")),
    ];
    let done = process(&tenant, "transaction", &entries).expect(200).json();
    assert_eq!(statuses(&done), ["200", "201", "201", "201", "201"]);
    let reference = |at: usize| &done["entry"][at]["resource"]["subject"]["reference"];
    assert_eq!(reference(1), &json!(format!("Patient/{there}")));
    assert_eq!(reference(2), &json!(format!("Patient/{there}")));
    let new = done["entry"][4]["resource"]["id"].as_str().expect("an id");
    assert_eq!(reference(3), &json!(format!("Patient/{new}")));
    create(&tenant, &identified("there"));
    let two = entry("POST", "Observation", observation("Patient?identifier=urn:x|there"));
    process(&tenant, "transaction", &[two]).expect(412);
}

#[test]
fn deletions_come_first() {
    let server = Server::start();
    let tenant = server.tenant();
    create(&tenant, &identified("1"));
    let made = entry("POST", "Patient", identified("1"));
    let entries = [
        unless("identifier=urn:x|1", made),
        entry("DELETE", "Patient?identifier=urn:x|1", Value::Null),
    ];
    let done = process(&tenant, "transaction", &entries).expect(200).json();
    assert_eq!(statuses(&done), ["201", "204"]);
    assert_eq!(patients(&tenant), 1);
}

#[test]
fn of_many_conditional_transactions_at_once_one_creates() {
    let server = Server::start();
    let tenant = server.tenant();
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let tenant = tenant.clone();
            thread::spawn(move || {
                let made = entry("POST", "Patient", identified("race"));
                let entries = [unless("identifier=urn:x|race", made)];
                let done = process(&tenant, "transaction", &entries).expect(200).json();
                statuses(&done)[0].to_owned()
            })
        })
        .collect();
    let mut done: Vec<_> = racers.into_iter().map(|racer| racer.join().expect("done")).collect();
    done.sort();
    assert_eq!(done[15], "201");
    assert!(done[..15].iter().all(|status| status == "200"), "{done:?}");
    assert_eq!(patients(&tenant), 1);
}

#[test]
fn an_empty_transaction_is_answered_emptily() {
    let server = Server::start();
    let tenant = server.tenant();
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction" });
    let done = super::ask(&tenant, "POST", "", &[], &bundle).expect(200).json();
    assert_eq!(done, json!({ "resourceType": "Bundle", "type": "transaction-response" }));
}
