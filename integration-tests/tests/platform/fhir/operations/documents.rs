//! `$document` and `$graph`: resources that hang together.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::super::{ask, get};
use super::{call, names, put, text};

fn chart(tenant: &Tenant) {
    put(tenant, &json!({ "resourceType": "Organization", "id": "org", "name": "Ward" }));
    put(tenant, &json!({ "resourceType": "Practitioner", "id": "doc" }));
    put(
        tenant,
        &json!({ "resourceType": "Patient", "id": "a",
        "managingOrganization": { "reference": "Organization/org" } }),
    );
    put(
        tenant,
        &json!({ "resourceType": "Observation", "id": "o", "status": "final",
        "code": { "text": "x" }, "subject": { "reference": "Patient/a" } }),
    );
    put(
        tenant,
        &json!({
            "resourceType": "Composition", "id": "c", "status": "final", "type": { "text": "note" },
            "date": "2020-01-01", "title": "Note", "subject": { "reference": "Patient/a" },
            "author": [{ "reference": "Practitioner/doc" }],
            "section": [{ "title": "Findings", "entry": [{ "reference": "Observation/o" }] }],
        }),
    );
}

#[test]
fn a_document_is_whole_and_can_be_kept() {
    let server = Server::start();
    let tenant = server.tenant();
    chart(&tenant);
    let document = get(&tenant, "/Composition/c/$document").expect(200).json();
    assert_eq!(
        (&document["resourceType"], &document["type"]),
        (&json!("Bundle"), &json!("document"))
    );
    let expected =
        ["Composition/c", "Practitioner/doc", "Observation/o", "Patient/a", "Organization/org"];
    assert_eq!(names(&document), expected, "the composition first");
    assert!(text(&document["identifier"]["value"]).starts_with("urn:uuid:"));
    assert!(text(&document["timestamp"]).ends_with('Z'));

    let kept = get(&tenant, "/Composition/$document?id=c&persist=true").expect(200);
    let location = kept.header("location").to_owned();
    let kept = kept.json();
    let id = text(&kept["id"]);
    assert!(location.contains(&format!("/Bundle/{id}/_history/1")), "{location}");
    let read = get(&tenant, &format!("/Bundle/{id}")).expect(200).json();
    assert_eq!(read["entry"], kept["entry"]);
    assert_eq!(get(&tenant, "/Bundle").expect(200).json()["total"], 1, "only when asked to");
}

#[test]
fn a_document_that_cannot_be_whole_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    chart(&tenant);
    ask(&tenant, "DELETE", "/Observation/o", &[], &Value::Null).expect(204);
    let refused = get(&tenant, "/Composition/c/$document").expect(422).json();
    assert_eq!(refused["issue"][0]["expression"][0], "Composition.section[0].entry[0]");
    get(&tenant, "/Composition/nobody/$document").expect(404);
    get(&tenant, "/Composition/$document").expect(400);
    get(&tenant, "/Composition/c/$document?id=c").expect(400);
    get(&tenant, "/Composition/c/$document?persist=perhaps").expect(400);
}

#[test]
fn a_graph_says_what_belongs_together() {
    let server = Server::start();
    let tenant = server.tenant();
    chart(&tenant);
    let graph = json!({
        "resourceType": "GraphDefinition", "id": "g", "url": "http://x/graph", "name": "G",
        "status": "active", "start": "Patient",
        "link": [
            { "path": "Patient.managingOrganization", "target": [{ "type": "Organization" }] },
            { "target": [{ "type": "Observation", "params": "patient={ref}",
                "link": [{ "path": "subject", "target": [{ "type": "Patient" }] }] }] },
        ],
    });
    put(&tenant, &graph);
    for name in ["http://x/graph", "GraphDefinition/g"] {
        let path = format!("/Patient/a/$graph?graph={name}");
        let mut found = names(&get(&tenant, &path).expect(200).json());
        assert_eq!(found.remove(0), "Patient/a", "where it starts");
        found.sort();
        assert_eq!(found, ["Observation/o", "Organization/org"], "{name}");
    }
    let asked = [("graph", "valueUri", json!("http://x/graph"))];
    call(&tenant, "/Patient/a/$graph", &asked).expect(200);
    call(&tenant, "/Observation/o/$graph", &asked).expect(422);
    get(&tenant, "/Patient/a/$graph?graph=http://x/none").expect(400);
    get(&tenant, "/Patient/a/$graph").expect(400);
    let by_graph = get(&tenant, "/Composition/c/$document?graph=http://x/graph");
    by_graph.expect(422);
}
