//! JSON Patch and FHIRPath Patch: of a resource, of what a search finds, and in Bundles.

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

/// A FHIRPath Patch that replaces what is at a path.
fn replacing(path: &str, key: &str, value: &Value) -> Value {
    json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        { "name": "type", "valueCode": "replace" },
        { "name": "path", "valueString": path },
        { "name": "value", key: value },
    ]}]})
}

fn fhirpath_patch(tenant: &Tenant, path: &str, headers: &[(&str, &str)], patch: &Value) -> Answer {
    let headers: Vec<_> = [("content-type", "application/fhir+json; charset=utf-8")]
        .into_iter()
        .chain(headers.iter().copied())
        .collect();
    let path = format!("{}{path}", tenant.fhir);
    tenant.client.send("PATCH", &path, &headers, patch.to_string().as_bytes())
}

#[test]
fn a_fhirpath_patch_changes_what_its_paths_find() {
    let server = Server::start();
    let tenant = server.tenant();
    let sent = json!({ "resourceType": "Patient", "gender": "male", "active": true });
    let path = format!("/Patient/{}", create(&tenant, &sent));
    let to_female = replacing("Patient.gender", "valueCode", &json!("female"));
    fhirpath_patch(&tenant, &path, &[("if-match", "W/\"9\"")], &to_female).expect(412);
    let done = fhirpath_patch(&tenant, &path, &[("if-match", "W/\"1\"")], &to_female).expect(200);
    assert_eq!(done.header("etag"), "W/\"2\"");
    let now = get(&tenant, &path).expect(200).json();
    assert_eq!((&now["gender"], &now["active"]), (&json!("female"), &json!(true)));
    let nothing = replacing("Patient.photo.title", "valueString", &json!("x"));
    let refused = fhirpath_patch(&tenant, &path, &[], &nothing).expect(422).json();
    let issue = &refused["issue"][0];
    assert_eq!(issue["expression"][0], "Parameters.parameter[0]");
    assert!(issue["diagnostics"].as_str().unwrap().contains("replace at Patient.photo.title"));
    let bad_code = replacing("Patient.gender", "valueCode", &json!("nonsense"));
    fhirpath_patch(&tenant, &path, &[], &bad_code).expect(400);
    fhirpath_patch(&tenant, &path, &[], &json!({ "resourceType": "Patient" })).expect(400);
    fhirpath_patch(&tenant, "/Patient/nobody", &[], &to_female).expect(404);
    let endless = replacing("Patient.repeatAll($this)", "valueCode", &json!("x"));
    fhirpath_patch(&tenant, &path, &[], &endless).expect(422);
}

#[test]
fn a_conditional_patch_needs_exactly_one_match() {
    let server = Server::start();
    let tenant = server.tenant();
    for (value, family) in [("1", "A"), ("2", "B"), ("2", "C")] {
        let identifier = json!([{ "system": "http://x", "value": value }]);
        let patient = json!({ "resourceType": "Patient", "identifier": identifier,
            "name": [{ "family": family }] });
        create(&tenant, &patient);
    }
    let path = |value: &str| format!("/Patient?identifier=http://x|{value}").replace('|', "%7C");
    let json_patch = json!([{ "op": "add", "path": "/active", "value": true }]);
    let by_path = replacing("Patient.active", "valueBoolean", &json!(false));
    assert_eq!(patch(&tenant, &path("1"), &[], &json_patch).expect(200).json()["active"], true);
    let done = fhirpath_patch(&tenant, &path("1"), &[], &by_path).expect(200).json();
    assert_eq!((&done["active"], &done["meta"]["versionId"]), (&json!(false), &json!("3")));
    for (value, status) in [("2", 412), ("3", 404)] {
        patch(&tenant, &path(value), &[], &json_patch).expect(status);
        fhirpath_patch(&tenant, &path(value), &[], &by_path).expect(status);
    }
    patch(&tenant, "/Patient", &[], &json_patch).expect(412);
    patch(&tenant, "/Patient?nonsense=1", &[], &json_patch).expect(400);
}

#[test]
fn a_fhirpath_patch_travels_in_a_bundle_as_it_is() {
    let server = Server::start();
    let tenant = server.tenant();
    let sent = json!({ "resourceType": "Patient", "active": true,
        "identifier": [{ "system": "http://x", "value": "1" }] });
    let path = format!("Patient/{}", create(&tenant, &sent));
    let to = |value: bool| replacing("Patient.active", "valueBoolean", &json!(value));
    for (kind, url, value) in [
        ("batch", path.as_str(), false),
        ("transaction", path.as_str(), true),
        ("batch", "Patient?identifier=http://x%7C1", false),
        ("transaction", "Patient?identifier=http://x%7C1", true),
    ] {
        let done = process(&tenant, kind, &[entry("PATCH", url, to(value))]).expect(200).json();
        assert_eq!(statuses(&done), ["200"], "{done}");
        assert_eq!(get(&tenant, &format!("/{path}")).expect(200).json()["active"], value);
    }
    let nobody = entry("PATCH", "Patient?identifier=http://x%7C9", to(true));
    assert_eq!(
        statuses(&process(&tenant, "batch", std::slice::from_ref(&nobody)).expect(200).json()),
        ["404"]
    );
    process(&tenant, "transaction", &[nobody]).expect(404);
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
