//! GraphQL, as its clients meet it.

use serde_json::{Value, json};
use tarn_integration_tests::{Answer, Server, Tenant};

use super::{ask, get, identified, observation};

/// Sends a query as JSON to the store, or to a resource.
fn query(tenant: &Tenant, path: &str, query: &str, variables: Value) -> Answer {
    let path = format!("{}{path}/$graphql", tenant.fhir);
    let body = json!({ "query": query, "variables": variables });
    let headers = [("content-type", "application/json")];
    tenant.client.send("POST", &path, &headers, body.to_string().as_bytes())
}

fn put(tenant: &Tenant, path: &str, mut resource: Value) {
    let id = path.rsplit('/').next().expect("an id");
    resource["id"] = id.into();
    ask(tenant, "PUT", path, &[], &resource).expect(201);
}

/// A patient with five observations.
fn filled(tenant: &Tenant) {
    let mut patient = identified("1");
    patient["name"] = json!([{ "use": "official", "family": "Tarn" }, { "use": "usual" }]);
    put(tenant, "/Patient/p", patient);
    for n in 0..5 {
        put(tenant, &format!("/Observation/o{n}"), observation("Patient/p"));
    }
}

#[test]
fn resources_are_queried_one_and_many() {
    let server = Server::start();
    let tenant = server.tenant();
    filled(&tenant);
    let path = "/Patient/p/$graphql?query=%7Bid%20name(use:official)%7Bfamily%7D%7D";
    let one = get(&tenant, path).expect(200);
    assert!(one.header("content-type").starts_with("application/json"));
    let expected = json!({ "data": { "id": "p", "name": [{ "family": "Tarn" }] } });
    assert_eq!(one.json(), expected);
    let path = format!("{}/Patient/p/$graphql", tenant.fhir);
    let graphql = [("content-type", "application/graphql"), ("accept", "application/json")];
    let body = b"{ name(fhirpath: \"family.exists()\") { use } }";
    let raw = tenant.client.send("POST", &path, &graphql, body).expect(200).json();
    assert_eq!(raw["data"]["name"], json!([{ "use": "official" }]));
    let text = "query q($id: ID!) { Patient(id: $id) { id
        ObservationList(_reference: subject, status: \"final\", _count: 2) {
            status subject { resource { ... on Patient { name @first { family } } } } } } }";
    let many = query(&tenant, "", text, json!({ "id": "p" })).expect(200).json();
    let found = many["data"]["Patient"]["ObservationList"].as_array().expect("a list");
    let subject = json!({ "resource": { "name": { "family": "Tarn" } } });
    assert_eq!(found, &vec![json!({ "status": "final", "subject": subject }); 2]);
    let parameters = json!({ "resourceType": "Parameters",
        "parameter": [{ "name": "query", "valueString": "{ id }" }] });
    let sent = ask(&tenant, "POST", "/Patient/p/$graphql", &[], &parameters).expect(200).json();
    assert_eq!(sent, json!({ "data": { "id": "p" } }));
}

#[test]
fn a_connection_leads_through_all_pages() {
    let server = Server::start();
    let tenant = server.tenant();
    filled(&tenant);
    let text = "query page($at: ID) {
        ObservationConnection(subject: \"Patient/p\", _count: 2, _sort: \"_id\", _cursor: $at) {
            count offset pagesize next edges { mode resource { id } } } }";
    let (mut at, mut ids, mut offsets) = (Value::Null, Vec::new(), Vec::new());
    loop {
        let variables = if at.is_null() { json!({}) } else { json!({ "at": at }) };
        let page = query(&tenant, "", text, variables).expect(200).json();
        let page = &page["data"]["ObservationConnection"];
        assert_eq!((&page["count"], &page["pagesize"]), (&json!(5), &json!(2)));
        offsets.push(page["offset"].as_u64().expect("a number"));
        for edge in page["edges"].as_array().expect("edges") {
            assert_eq!(edge["mode"], "match");
            ids.push(edge["resource"]["id"].as_str().expect("an id").to_owned());
        }
        at = page["next"].clone();
        if at.is_null() {
            break;
        }
    }
    ids.sort();
    assert_eq!(ids, ["o0", "o1", "o2", "o3", "o4"]);
    assert_eq!(offsets, [0, 2, 4]);
    let forged = query(&tenant, "", text, json!({ "at": "2-AAAA" })).expect(400).json();
    assert!(forged["errors"][0]["message"].is_string(), "{forged}");
}

#[test]
fn what_is_wrong_with_a_query_is_told_in_graphql() {
    let server = Server::start();
    let tenant = server.tenant();
    filled(&tenant);
    let wrong = query(&tenant, "/Patient/p", "{\n  name { nick } }", Value::Null).expect(400);
    let error = &wrong.json()["errors"][0];
    assert_eq!(error["locations"], json!([{ "line": 2, "column": 10 }]));
    let refused = |text: &str| query(&tenant, "", text, Value::Null).expect(400).json();
    assert!(
        refused("{ PatientList(nope: 1) { id } }")["errors"][0]["path"] == json!(["PatientList"])
    );
    assert!(refused("{ PatientList(_include: \"x\") { id } }")["errors"].is_array());
    assert!(refused("{ Patient(id: none) { id } }")["errors"].is_array());
    let deep = format!("{}id{}", "{ a ".repeat(5_000), "}".repeat(5_000));
    assert_eq!(refused(&deep)["errors"][0]["extensions"]["budget"], "depth");
    let wide: String = (0..300).map(|n| format!("a{n}: PatientList {{ id }} ")).collect();
    let wide = refused(&format!("{{ {wide} }}"));
    assert_eq!(wide["errors"][0]["extensions"]["code"], "too-costly");
    let gone = query(&tenant, "/Patient/none", "{ id }", Value::Null).expect(404);
    assert_eq!(gone.json()["resourceType"], "OperationOutcome");
    let path = format!("{}/$graphql", tenant.fhir);
    let text = [("content-type", "text/plain")];
    tenant.client.send("POST", &path, &text, b"{ PatientList { id } }").expect(415);
    get(&tenant, "/$graphql").expect(400);
}

#[test]
fn a_mutation_changes_as_rest_does() {
    let server = Server::start();
    let tenant = server.tenant();
    let text = "mutation m($p: PatientInput!) {
        PatientCreate(resource: $p) { location resource { id active multipleBirthInteger } }
        up: PatientUpdate(id: \"x\", resource: { active: false }) { resource { meta { versionId } } }
        bad: PatientUpdate(id: \"y\", resource: { nope: 1 }) { location } }";
    let done = query(&tenant, "", text, json!({ "p": { "active": true } })).expect(200).json();
    let made = &done["data"]["PatientCreate"];
    let id = made["resource"]["id"].as_str().expect("an id");
    assert!(made["location"].as_str().is_some_and(|url| url.contains(id)), "{done}");
    assert_eq!(done["data"]["up"]["resource"]["meta"]["versionId"], "1");
    assert_eq!(done["data"]["bad"], Value::Null);
    assert_eq!(done["errors"][0]["path"], json!(["bad"]));
    let outcome = &done["errors"][0]["extensions"]["resource"];
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert_eq!(get(&tenant, "/Patient/x").expect(200).json()["active"], false);
    let text = "mutation { PatientDelete(id: \"x\") { information { issue { severity } } } }";
    query(&tenant, "", text, Value::Null).expect(200);
    get(&tenant, "/Patient/x").expect(410);
    let path = "/$graphql?query=mutation%20%7BPatientDelete(id:%22y%22)%7Blocation%7D%7D";
    get(&tenant, path).expect(400);
}
