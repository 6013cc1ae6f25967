//! JSON Patch, by itself and in Bundles.

use serde_json::{Value, json};
use tarn_integration_tests::{Answer, Server, Tenant};

use super::{create, entry, get, process, statuses};

fn patch(tenant: &Tenant, path: &str, headers: &[(&str, &str)], patch: &Value) -> Answer {
    let headers: Vec<_> = [("content-type", "application/json-patch+json")]
        .into_iter()
        .chain(headers.iter().copied())
        .collect();
    let path = format!("{}{path}", tenant.fhir);
    tenant.client.send("PATCH", &path, &headers, patch.to_string().as_bytes())
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    let server = Server::start();
    let tenant = server.tenant();
    let sent = json!({ "resourceType": "Patient", "gender": "male", "active": true });
    let path = format!("/Patient/{}", create(&tenant, &sent));
    let to_female = json!([
        { "op": "test", "path": "/gender", "value": "male" },
        { "op": "replace", "path": "/gender", "value": "female" },
    ]);
    patch(&tenant, &path, &[("if-match", "W/\"9\"")], &to_female).expect(412);
    let done = patch(&tenant, &path, &[("if-match", "W/\"1\"")], &to_female).expect(200);
    assert_eq!(done.header("etag"), "W/\"2\"");
    let now = get(&tenant, &path).expect(200).json();
    assert_eq!((&now["gender"], &now["active"]), (&json!("female"), &json!(true)));
    patch(&tenant, &path, &[], &to_female).expect(422);
    patch(&tenant, &path, &[], &json!({})).expect(400);
    patch(&tenant, "/Patient/nobody", &[], &to_female).expect(404);
    let other_id = json!([{ "op": "replace", "path": "/id", "value": "other" }]);
    patch(&tenant, &path, &[], &other_id).expect(400);
}

#[test]
fn a_patch_travels_in_a_bundle_as_a_binary() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("Patient/{}", create(&tenant, &json!({ "resourceType": "Patient" })));
    // [{"op":"add","path":"/active","value":true}]
    let data = "W3sib3AiOiJhZGQiLCJwYXRoIjoiL2FjdGl2ZSIsInZhbHVlIjp0cnVlfV0=";
    let binary = json!({
        "resourceType": "Binary", "contentType": "application/json-patch+json", "data": data,
    });
    for kind in ["batch", "transaction"] {
        let patch = entry("PATCH", &path, binary.clone());
        let done = process(&tenant, kind, &[patch]).expect(200).json();
        assert_eq!(statuses(&done), ["200"], "{done}");
    }
    let now = get(&tenant, &format!("/{path}")).expect(200).json();
    assert_eq!((&now["active"], &now["meta"]["versionId"]), (&json!(true), &json!("3")));
}
