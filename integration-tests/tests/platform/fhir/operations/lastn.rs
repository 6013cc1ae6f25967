//! `Observation/$lastn` and `DocumentReference/$docref`.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::super::get;
use super::{call, names, put};

fn observation(id: &str, codes: &[&str], at: &str) -> Value {
    let coding = |code: &&str| json!({ "system": "http://loinc.org", "code": code });
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{ "coding": [{ "code": "vital-signs" }] }],
        "code": { "coding": codes.iter().map(coding).collect::<Vec<_>>() },
        "subject": { "reference": "Patient/a" }, "effectiveDateTime": at,
    })
}

fn vitals(tenant: &Tenant) {
    put(tenant, &observation("t1", &["temp"], "2020-01-01"));
    put(tenant, &observation("t2", &["temp", "temp-oral"], "2020-03-01"));
    put(tenant, &observation("t3", &["temp-oral"], "2020-02-01"));
    put(tenant, &observation("p1", &["pulse"], "2021-01-01"));
    let mut text = observation("x1", &[], "2019-01-01");
    text["code"] = json!({ "text": "mood" });
    put(tenant, &text);
    text["id"] = json!("x2");
    text["effectiveDateTime"] = json!("2019-06-01T10:00:00Z");
    put(tenant, &text);
    let mut other = observation("o1", &["temp"], "2024-01-01");
    other["subject"]["reference"] = json!("Patient/b");
    put(tenant, &other);
}

#[test]
fn the_newest_of_each_code_come_newest_first() {
    let server = Server::start();
    let tenant = server.tenant();
    vitals(&tenant);
    let path = "/Observation/$lastn";
    let newest = get(&tenant, &format!("{path}?patient=a&category=vital-signs")).expect(200).json();
    assert_eq!(names(&newest), ["Observation/p1", "Observation/t2", "Observation/x2"]);
    assert_eq!((&newest["type"], &newest["total"]), (&json!("searchset"), &json!(3)));
    let two =
        [("patient", "valueString", json!("Patient/a")), ("max", "valuePositiveInt", json!(2))];
    let two = call(&tenant, path, &two).expect(200).json();
    let expected = ["p1", "t2", "t3", "x2", "x1"].map(|id| format!("Observation/{id}"));
    assert_eq!(names(&two), expected, "codings that meet are one code");
    let one = format!("{path}?subject=Patient/a&code=http://loinc.org%7Ctemp&date=lt2020-02");
    assert_eq!(names(&get(&tenant, &one).expect(200).json()), ["Observation/t1"]);
}

#[test]
fn lastn_wants_a_subject_and_a_sensible_max() {
    let server = Server::start();
    let tenant = server.tenant();
    for query in [
        "",
        "?code=x",
        "?patient=a&max=0",
        "?patient=a&max=x",
        "?patient=a&nope=1",
        "?patient=a&_sort=date",
    ] {
        let refused = get(&tenant, &format!("/Observation/$lastn{query}")).expect(400).json();
        assert_eq!(refused["resourceType"], "OperationOutcome", "{query}");
    }
    get(&tenant, "/Patient/$lastn?patient=a").expect(501);
}

#[test]
fn a_patients_documents_are_found_by_type_and_time() {
    let server = Server::start();
    let tenant = server.tenant();
    let document = |id: &str, code: &str, year: &str, status: &str| {
        json!({
            "resourceType": "DocumentReference", "id": id, "status": status,
            "date": format!("{year}-01-01T00:00:00Z"), "subject": { "reference": "Patient/a" },
            "type": { "coding": [{ "system": "http://loinc.org", "code": code }] },
            "content": [{ "attachment": { "url": "http://x/1" } }],
            "context": { "period": { "start": year, "end": year } },
        })
    };
    put(&tenant, &document("old", "34133-9", "2018", "current"));
    put(&tenant, &document("new", "34133-9", "2020", "current"));
    put(&tenant, &document("void", "34133-9", "2021", "superseded"));
    put(&tenant, &document("note", "11506-3", "2022", "current"));
    let path = "/DocumentReference/$docref";
    let found = |query: &str| names(&get(&tenant, &format!("{path}?{query}")).expect(200).json());
    assert_eq!(found("patient=a"), ["DocumentReference/new"]);
    assert_eq!(found("patient=a&start=2017"), ["DocumentReference/new", "DocumentReference/old"]);
    assert_eq!(found("patient=Patient/a&end=2019"), ["DocumentReference/old"]);
    assert_eq!(found("patient=a&type=http://loinc.org%7C11506-3"), ["DocumentReference/note"]);
    assert!(found("patient=a&on-demand=true").is_empty());
    let note = json!({ "coding": [{ "system": "http://loinc.org", "code": "11506-3" }] });
    let asked = [("patient", "valueId", json!("a")), ("type", "valueCodeableConcept", note)];
    let posted = call(&tenant, path, &asked).expect(200).json();
    assert_eq!(names(&posted), ["DocumentReference/note"]);
    for query in ["", "?patient=a/b", "?patient=a&start=x", "?patient=a&foo=1"] {
        get(&tenant, &format!("{path}{query}")).expect(400);
    }
}
