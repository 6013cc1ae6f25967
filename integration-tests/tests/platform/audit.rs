//! The audit trail: every call is in it, newest first, and the chain holds.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, run};

#[test]
fn what_was_done_and_what_was_refused_is_in_the_trail() {
    let server = Server::start();
    let tenant = server.tenant();
    let fhir = &tenant.fhir;
    let patient = json!({ "resourceType": "Patient", "name": [{ "family": "Verysecretname" }] });
    let made = tenant.client.create(&format!("{fhir}/Patient"), &patient).expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let read = tenant.client.get(&format!("{fhir}/Patient/{id}")).expect(200);
    let missing = tenant.client.get(&format!("{fhir}/Patient/nobody")).expect(404);

    let found = |answer: &tarn_integration_tests::Answer| -> Value {
        let path = format!("/api/v1/audit/events?request={}", answer.header("x-request-id"));
        let events = tenant.client.get(&path).expect(200).json();
        let events = events["events"].as_array().expect("a list").clone();
        assert_eq!(events.len(), 1, "{events:?}");
        events[0].clone()
    };
    let created = found(&made);
    assert_eq!(created["readOnly"], false);
    assert_eq!(created["eventCategory"], "Data");
    assert!(created["eventName"].as_str().is_some_and(|name| name.starts_with("Create")));
    assert!(created["userIdentity"]["accessKeyId"].is_string());
    assert_eq!(found(&read)["readOnly"], true);
    assert!(found(&missing)["errorCode"].is_string());

    let all = tenant.client.get("/api/v1/audit/events?limit=1000").expect(200).text();
    assert!(!all.contains("Verysecretname"), "nothing of a patient is in the trail");
    server.verify_audit(&tenant.organization);
}

#[test]
fn pages_of_events_follow_each_other_newest_first() {
    let server = Server::start();
    let tenant = server.tenant();
    for _ in 0..7 {
        tenant.client.get("/api/v1/stores").expect(200);
    }
    let mut path = "/api/v1/audit/events?action=ListFHIRDatastores&limit=3".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = tenant.client.get(&path).expect(200).json();
        let events = page["events"].as_array().expect("a list");
        assert!(events.len() <= 3);
        seen.extend(
            events.iter().map(|event| event["eventID"].as_str().expect("an id").to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/v1/audit/events?action=ListFHIRDatastores&limit=3&next={next}");
    }
    assert_eq!(seen.len(), 7);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 7, "none comes twice");
    tenant.client.get("/api/v1/audit/events?next=nonsense!").expect(400);
}

#[test]
fn a_chain_that_was_tampered_with_is_found_broken() {
    let mut server = Server::start();
    let tenant = server.tenant();
    for _ in 0..3 {
        tenant.client.get("/api/v1/stores").expect(200);
    }
    let whole = tenant.client.post("/api/v1/audit/verify", &json!({})).expect(200).json();
    assert_eq!(whole["whole"], true);
    server.stop();
    let copy = tempfile::tempdir().expect("a folder");
    let all = format!("{}/.", server.data_dir().display());
    let copied = std::process::Command::new("cp").arg("-r").arg(all).arg(copy.path()).status();
    assert!(copied.expect("cp runs").success());
    let trail = copy.path().join("organizations").join(&tenant.organization).join("audit.sqlite");
    let mut bytes = std::fs::read(&trail).expect("it is there");
    // The first page is SQLite's own; behind it one bit of each stretch is turned.
    for at in (4_096..bytes.len()).step_by(97) {
        bytes[at] ^= 1;
    }
    std::fs::write(&trail, bytes).expect("it can be written");
    let output = run(copy.path(), &["audit", "verify", "--org", &tenant.organization]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    server.start_again();
}
