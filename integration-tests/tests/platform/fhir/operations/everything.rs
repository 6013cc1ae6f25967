//! `$everything` of a patient, an encounter, a group and all patients.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::super::{all_ids, ask, create, get, identified, link};
use super::{call, put, text};

fn observation(id: &str, patient: &str, more: &Value) -> Value {
    let mut observation = json!({
        "resourceType": "Observation", "id": id, "status": "final", "code": { "text": "x" },
        "subject": { "reference": format!("Patient/{patient}") },
    });
    let more = more.as_object().expect("an object").clone();
    observation.as_object_mut().expect("an object").extend(more);
    observation
}

/// Two patients that share a practitioner, one with an encounter.
fn ward(tenant: &Tenant) {
    put(tenant, &json!({ "resourceType": "Organization", "id": "org", "name": "Ward" }));
    put(tenant, &json!({ "resourceType": "Practitioner", "id": "doc" }));
    for patient in ["a", "b"] {
        let managed = json!({ "reference": "Organization/org" });
        put(
            tenant,
            &json!({ "resourceType": "Patient", "id": patient, "active": true,
            "managingOrganization": managed }),
        );
    }
    put(
        tenant,
        &json!({
            "resourceType": "Encounter", "id": "e", "status": "finished",
            "class": { "code": "AMB" }, "subject": { "reference": "Patient/a" },
            "period": { "start": "2020-01-10", "end": "2020-01-12" },
            "participant": [{ "individual": { "reference": "Practitioner/doc" } }],
        }),
    );
    let by = json!({ "effectiveDateTime": "2020-01-11",
        "encounter": { "reference": "Encounter/e" },
        "performer": [{ "reference": "Practitioner/doc" }] });
    put(tenant, &observation("in", "a", &by));
    put(tenant, &observation("late", "a", &json!({ "effectiveDateTime": "2021-06-01" })));
    put(tenant, &observation("undated", "a", &json!({})));
    put(tenant, &observation("other", "b", &json!({ "effectiveDateTime": "2020-01-11" })));
}

/// `Type/id` of a Bundle's entries of a mode, sorted.
fn found(bundle: &Value, mode: &str) -> Vec<String> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    let of_mode = entries.filter(|entry| entry["search"]["mode"] == mode);
    let name = |entry: &Value| {
        format!("{}/{}", text(&entry["resource"]["resourceType"]), text(&entry["resource"]["id"]))
    };
    let mut all: Vec<_> = of_mode.map(name).collect();
    all.sort();
    all
}

#[test]
fn a_patients_everything_is_whole_and_nobody_elses() {
    let server = Server::start();
    let tenant = server.tenant();
    ward(&tenant);
    let bundle = get(&tenant, "/Patient/a/$everything").expect(200).json();
    let all = ["Encounter/e", "Observation/in", "Observation/late", "Observation/undated"];
    let all: Vec<_> = all.into_iter().chain(["Patient/a"]).collect();
    assert_eq!(found(&bundle, "match"), all);
    assert_eq!(found(&bundle, "include"), ["Organization/org", "Practitioner/doc"]);
    assert_eq!(bundle["total"], 5);
    assert_eq!(bundle["entry"][0]["resource"]["id"], "a", "the patient comes first");
    assert!(link(&bundle, "next").is_none(), "one Bundle, unless asked otherwise");

    let visit = [("start", "valueDate", json!("2020-01")), ("end", "valueDate", json!("2020-12"))];
    let posted = call(&tenant, "/Patient/a/$everything", &visit).expect(200).json();
    let asked = get(&tenant, "/Patient/a/$everything?start=2020-01&end=2020-12").expect(200).json();
    assert_eq!(posted["entry"], asked["entry"]);
    let of_2020 = ["Encounter/e", "Observation/in", "Observation/undated", "Patient/a"];
    assert_eq!(found(&asked, "match"), of_2020);

    let typed = "/Patient/a/$everything?_type=Observation,Practitioner&start=2021";
    let typed = get(&tenant, typed).expect(200).json();
    assert_eq!(found(&typed, "match"), ["Observation/late", "Observation/undated"]);
    assert!(found(&typed, "include").is_empty());
    let none =
        get(&tenant, "/Patient/a/$everything?_since=2999-01-01T00:00:00Z").expect(200).json();
    assert_eq!(none["total"], 0);
}

#[test]
fn encounters_groups_and_all_patients_have_everything_too() {
    let server = Server::start();
    let tenant = server.tenant();
    ward(&tenant);
    let visit = get(&tenant, "/Encounter/e/$everything").expect(200).json();
    assert_eq!(found(&visit, "match"), ["Encounter/e", "Observation/in"]);
    assert_eq!(found(&visit, "include"), ["Patient/a", "Practitioner/doc"]);
    get(&tenant, "/Encounter/e/$everything?start=2020").expect(400);

    let member = |id: &str, inactive: bool| json!({ "entity": { "reference": format!("Patient/{id}") }, "inactive": inactive });
    put(
        &tenant,
        &json!({ "resourceType": "Group", "id": "g", "type": "person", "actual": true,
        "member": [member("b", false), member("a", true)] }),
    );
    let group = get(&tenant, "/Group/g/$everything").expect(200).json();
    assert_eq!(found(&group, "match"), ["Group/g", "Observation/other", "Patient/b"]);

    let all = get(&tenant, "/Patient/$everything").expect(200).json();
    assert_eq!(all["total"], 8, "two patients, the group, an encounter, four observations");
    assert_eq!(found(&all, "include"), ["Organization/org", "Practitioner/doc"]);
    let observed = get(&tenant, "/Patient/$everything?_type=Observation").expect(200).json();
    assert_eq!(observed["total"], 4);
}

#[test]
fn pages_hold_each_match_once_at_the_first_pages_moment() {
    let server = Server::start();
    let tenant = server.tenant();
    ward(&tenant);
    let first = get(&tenant, "/Patient/a/$everything?_count=2").expect(200).json();
    assert_eq!(first["total"], 5);
    put(&tenant, &observation("later", "a", &json!({})));
    let mut ids = all_ids(&tenant, first.clone());
    ids.sort();
    let all = ["a", "e", "in", "late", "undated"];
    assert_eq!(ids, all, "what came after the first page is not there");

    let next = link(&first, "next").expect("more");
    let stolen = next.split_once("_cursor=").expect("a token").1;
    get(&tenant, &format!("/Patient/b/$everything?_count=2&_cursor={stolen}")).expect(400);
}

#[test]
fn what_everything_does_not_take_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = create(&tenant, &identified("1"));
    let path = format!("/Patient/{patient}/$everything");
    for query in ["?foo=1", "?start=yesterday", "?_type=Nope", "?_count=x", "?_since=1&_since=2"] {
        let refused = get(&tenant, &format!("{path}{query}")).expect(400).json();
        assert_eq!(refused["resourceType"], "OperationOutcome", "{query}");
    }
    ask(&tenant, "POST", &path, &[], &json!({ "resourceType": "Patient" })).expect(400);
    ask(&tenant, "PUT", &path, &[], &json!({ "resourceType": "Parameters" })).expect(405);
    get(&tenant, "/Patient/nobody/$everything").expect(404);
    ask(&tenant, "DELETE", &format!("/Patient/{patient}"), &[], &Value::Null).expect(204);
    get(&tenant, &path).expect(410);
    get(&tenant, "/Observation/1/$everything").expect(501);
}
