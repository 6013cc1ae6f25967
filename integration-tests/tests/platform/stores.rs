//! Data stores through our own API.

use serde_json::json;
use tarn_integration_tests::Server;

#[test]
fn a_store_is_active_at_once_and_says_where_it_is() {
    let server = Server::start();
    let tenant = server.tenant();
    let asked = json!({ "name": "heart failure", "synthetic": true, "preload": "none" });
    let made = tenant.client.post("/api/v1/stores", &asked).expect(201).json();
    let id = made["id"].as_str().expect("an id");
    assert_eq!((&made["status"], &made["name"]), (&json!("ACTIVE"), &json!("heart failure")));
    let arn = made["arn"].as_str().expect("an ARN");
    assert!(arn.starts_with("arn:aws:healthlake:us-east-1:"), "{arn}");
    assert!(arn.ends_with(&format!(":datastore/fhir/{id}")), "{arn}");
    assert_eq!(made["endpoint"], format!("{}/datastore/{id}/r4/", server.base()));
    assert_eq!(tenant.client.get(&format!("/api/v1/stores/{id}")).expect(200).json(), made);
}

#[test]
fn a_deleted_store_is_gone_with_all_that_was_in_it() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = json!({ "resourceType": "Patient", "id": "p" });
    tenant.client.put(&format!("{}/Patient/p", tenant.fhir), &patient).expect(201);
    let path = format!("/api/v1/stores/{}", tenant.store);
    tenant.client.delete(&path).expect(202);
    tenant.client.get(&path).expect(404);
    tenant.client.get(&format!("{}/Patient/p", tenant.fhir)).expect(404);
    assert_eq!(tenant.client.get("/api/v1/stores").expect(200).json()["stores"], json!([]));
}

#[test]
fn a_name_that_is_none_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    for name in ["", "  ", "a\nb", &"x".repeat(257)] {
        tenant.client.post("/api/v1/stores", &json!({ "name": name })).expect(400);
    }
    tenant.client.post("/api/v1/stores", &json!({ "name": "x", "preload": "all" })).expect(400);
    tenant.client.post("/api/v1/stores", &json!({})).expect(400);
}
