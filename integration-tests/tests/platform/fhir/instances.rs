//! Create, read, vread, update, delete.

use serde_json::{Value, json};
use tarn_integration_tests::Server;

use super::{ask, create, get, observation};

#[test]
fn a_created_resource_says_where_and_when() {
    let server = Server::start();
    let tenant = server.tenant();
    let made = ask(&tenant, "POST", "/Patient", &[], &json!({ "resourceType": "Patient" }));
    let made = made.expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let url = format!("{}{}/Patient/{id}/_history/1", server.base(), tenant.fhir);
    assert_eq!(made.header("location"), url);
    assert_eq!(made.header("etag"), "W/\"1\"");
    assert!(made.header("last-modified").ends_with("GMT"));
    assert_eq!(made.json()["meta"]["versionId"], "1");
    let read = get(&tenant, &format!("/Patient/{id}")).expect(200);
    assert_eq!(read.json(), made.json());
    assert_eq!(read.header("etag"), "W/\"1\"");
    assert_eq!(read.header("x-request-id").len(), 32);
}

#[test]
fn digits_and_unknown_extensions_come_back_as_they_were_sent() {
    let server = Server::start();
    let tenant = server.tenant();
    let sent = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},
        "extension":[{"url":"http://x/y","valueDecimal":0.10}],
        "valueQuantity":{"value":1.500000000000000000000001}}"#;
    let path = format!("{}/Observation", tenant.fhir);
    let made = tenant.client.send("POST", &path, &[super::FHIR_JSON], sent.as_bytes()).expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let text = get(&tenant, &format!("/Observation/{id}")).expect(200).text();
    assert!(text.contains(r#""valueDecimal":0.10}"#), "{text}");
    assert!(text.contains(r#""value":1.500000000000000000000001}"#), "{text}");
}

#[test]
fn an_update_makes_the_next_version_and_the_old_one_stays() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &json!({ "resourceType": "Patient" }));
    let next = json!({ "resourceType": "Patient", "id": id, "gender": "male" });
    let path = format!("/Patient/{id}");
    let done = ask(&tenant, "PUT", &path, &[("if-match", "W/\"1\"")], &next).expect(200);
    assert_eq!((done.header("etag"), &done.json()["gender"]), ("W/\"2\"", &json!("male")));
    ask(&tenant, "PUT", &path, &[("if-match", "W/\"1\"")], &next).expect(412);
    let first = get(&tenant, &format!("{path}/_history/1")).expect(200).json();
    assert_eq!((&first["gender"], &first["meta"]["versionId"]), (&Value::Null, &json!("1")));
    get(&tenant, &format!("{path}/_history/3")).expect(404);
    get(&tenant, &format!("{path}/_history/x")).expect(404);
}

#[test]
fn an_update_creates_what_is_not_there() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = json!({ "resourceType": "Patient", "id": "own-id" });
    ask(&tenant, "PUT", "/Patient/own-id", &[("if-match", "W/\"1\"")], &patient).expect(412);
    let only_new = [("if-none-match", "*")];
    ask(&tenant, "PUT", "/Patient/own-id", &only_new, &patient).expect(201);
    ask(&tenant, "PUT", "/Patient/own-id", &only_new, &patient).expect(412);
    ask(&tenant, "PUT", "/Patient/other", &[], &patient).expect(400);
    let nameless = json!({ "resourceType": "Patient" });
    ask(&tenant, "PUT", "/Patient/own-id", &[], &nameless).expect(400);
    ask(&tenant, "PUT", "/Patient/own-id", &[], &observation("Patient/1")).expect(400);
}

#[test]
fn a_deleted_resource_is_gone_and_can_come_back() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &json!({ "resourceType": "Patient" }));
    let path = format!("/Patient/{id}");
    let delete = |headers: &[_]| ask(&tenant, "DELETE", &path, headers, &Value::Null);
    delete(&[("if-match", "W/\"9\"")]).expect(412);
    assert_eq!(delete(&[]).expect(204).header("etag"), "W/\"2\"");
    delete(&[]).expect(204);
    get(&tenant, &path).expect(410);
    get(&tenant, &format!("{path}/_history/2")).expect(410);
    get(&tenant, &format!("{path}/_history/1")).expect(200);
    ask(&tenant, "DELETE", "/Patient/never-was", &[], &Value::Null).expect(204);
    get(&tenant, "/Patient/never-was").expect(404);
    let again = json!({ "resourceType": "Patient", "id": id });
    let back = ask(&tenant, "PUT", &path, &[], &again).expect(201);
    assert_eq!(back.json()["meta"]["versionId"], "3");
}
