//! Organisations do not see each other, and PHI waits for a signed agreement.

use serde_json::json;
use tarn_integration_tests::{Server, run};

#[test]
fn an_organisation_created_beside_a_running_server_is_known_at_once() {
    let server = Server::start();
    let made = server.organization(&[]);
    for field in [
        "organization_id",
        "account_id",
        "admin_email",
        "admin_password",
        "api_key",
        "access_key_id",
        "secret_access_key",
    ] {
        assert!(made[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    assert_eq!(made["account_id"].as_str().map(str::len), Some(12));
    let client = server.client(made["api_key"].as_str().expect("a key"));
    let created = client.post("/api/v1/stores", &json!({ "name": "s" })).expect(201).json();
    assert_eq!(created["status"], "ACTIVE");
}

#[test]
fn a_store_created_beside_a_running_server_answers_at_once() {
    let server = Server::start();
    let tenant = server.tenant();
    // The server knows the organisation by now.
    tenant.client.get("/api/v1/stores").expect(200);
    let arguments =
        ["store", "create", "--org", &tenant.organization, "--name", "second", "--json"];
    let output = run(server.data_dir(), &arguments);
    assert!(output.status.success(), "{output:?}");
    let made: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let id = made["store_id"].as_str().expect("an id");
    tenant.client.get(&format!("/api/v1/stores/{id}")).expect(200);
    let patient = json!({ "resourceType": "Patient" });
    tenant.client.create(&format!("/datastore/{id}/r4/Patient"), &patient).expect(201);
    let listed = tenant.client.get("/api/v1/stores").expect(200).json();
    assert_eq!(listed["stores"].as_array().map(Vec::len), Some(2));
    server.verify_audit(&tenant.organization);
}

#[test]
fn a_store_of_somebody_else_is_as_unknown_as_one_that_never_was() {
    let server = Server::start();
    let (ours, theirs) = (server.tenant(), server.tenant());
    let nobodys = "0123456789abcdef0123456789abcdef";
    let about = |store: &str, path: &str| {
        let answer = ours.client.get(&path.replace("{}", store));
        let mut words = answer.json();
        if let Some(object) = words.as_object_mut() {
            object.remove("request_id");
        }
        (answer.status, words)
    };
    let api = ["/api/v1/stores/{}", "/api/v1/stores/{}/imports", "/datastore/{}/r4/Patient/x"];
    for path in api {
        let (status, words) = about(&theirs.store, path);
        assert_eq!(status, 404, "{path}: {words}");
        assert_eq!((status, words), about(nobodys, path), "{path}");
    }
    ours.client.delete(&format!("/api/v1/stores/{}", theirs.store)).expect(404);
    theirs.client.get(&format!("/api/v1/stores/{}", theirs.store)).expect(200);
}

#[test]
fn phi_waits_for_a_signed_agreement() {
    let server = Server::start();
    let made = server.organization(&[]);
    let client = server.client(made["api_key"].as_str().expect("a key"));
    let store = client.post("/api/v1/stores", &json!({ "name": "s" })).expect(201).json();
    let fhir = format!("/datastore/{}/r4/Patient", store["id"].as_str().expect("an id"));
    let patient = json!({ "resourceType": "Patient" });
    let refused = client.create(&fhir, &patient).expect(403);
    assert_eq!(refused.json()["resourceType"], "OperationOutcome");
    assert!(refused.text().contains("BAA") || refused.text().contains("baa"), "{}", refused.text());

    let standing = client.get("/api/v1/agreements/baa").expect(200).json();
    assert_eq!(standing["standing"], "unsigned", "{standing}");
    let signature = json!({ "name": "Ada Lovelace", "title": "Director" });
    client.post("/api/v1/agreements/baa", &signature).expect(201);
    client.create(&fhir, &patient).expect(201);
    client.post("/api/v1/agreements/baa", &signature).expect(409);
}
