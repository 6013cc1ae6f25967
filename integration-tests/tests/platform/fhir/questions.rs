//! Questions that other resources help to answer: value sets, hierarchies, lists, `_filter`.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::{ask, create, get};

fn put(tenant: &Tenant, resource: &Value) {
    let path = format!(
        "/{}/{}",
        resource["resourceType"].as_str().unwrap_or(""),
        resource["id"].as_str().unwrap_or("")
    );
    ask(tenant, "PUT", &path, &[], resource).expect(201);
}

fn condition(id: &str, code: &str) -> Value {
    json!({"resourceType": "Condition", "id": id, "subject": {"reference": "Patient/p"},
        "code": {"coding": [{"system": "urn:ills", "code": code}]}})
}

/// The ids of a page, in order.
fn ids(tenant: &Tenant, path: &str) -> String {
    let bundle = get(tenant, path).expect(200).json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let ids: Vec<_> = entries.iter().filter_map(|entry| entry["resource"]["id"].as_str()).collect();
    ids.join(" ")
}

/// Status, FHIR's code and the words of a refusal.
fn refusal(tenant: &Tenant, path: &str) -> (u16, String, String) {
    let answer = get(tenant, path);
    let issue = &answer.json()["issue"][0];
    let text = |name: &str| issue[name].as_str().unwrap_or_default().to_owned();
    (answer.status, text("code"), text("diagnostics"))
}

fn filled() -> (Server, Tenant) {
    let server = Server::start();
    let tenant = server.tenant();
    put(
        &tenant,
        &json!({"resourceType": "CodeSystem", "id": "ills", "url": "urn:ills",
        "status": "active", "content": "complete", "concept": [
            {"code": "ill", "concept": [{"code": "flu"}, {"code": "cold"}]}, {"code": "hurt"}]}),
    );
    put(
        &tenant,
        &json!({"resourceType": "ValueSet", "id": "infections", "status": "active",
        "url": "urn:infections", "compose": {"include": [{"system": "urn:ills",
            "filter": [{"property": "concept", "op": "descendent-of", "value": "ill"}]}]}}),
    );
    put(&tenant, &json!({"resourceType": "Patient", "id": "p", "name": [{"family": "Roe"}]}));
    for (id, code) in [("c1", "flu"), ("c2", "ill"), ("c3", "hurt")] {
        put(&tenant, &condition(id, code));
    }
    (server, tenant)
}

#[test]
fn value_sets_and_hierarchies_choose_by_meaning() {
    let (_server, tenant) = filled();
    assert_eq!(ids(&tenant, "/Condition?code:in=urn:infections"), "c1");
    assert_eq!(ids(&tenant, "/Condition?code:in=ValueSet/infections"), "c1");
    assert_eq!(ids(&tenant, "/Condition?code:not-in=urn:infections"), "c2 c3");
    assert_eq!(ids(&tenant, "/Condition?code:below=urn:ills%7Cill"), "c1 c2");
    assert_eq!(ids(&tenant, "/Condition?code:above=urn:ills%7Cflu"), "c1 c2");
    let gender = "http://hl7.org/fhir/ValueSet/administrative-gender";
    assert_eq!(ids(&tenant, &format!("/Patient?gender:not-in={gender}")), "p");
    for (path, code) in [
        ("/Condition?code:in=urn:nowhere", "not-found"),
        ("/Condition?code:in=urn:infections%7C9", "not-found"),
        ("/Condition?code:below=urn:nowhere%7Cx", "not-found"),
        ("/Condition?code:in=nonsense", "value"),
        ("/Condition?code:below=ill", "value"),
    ] {
        let (status, told, words) = refusal(&tenant, path);
        assert_eq!((status, told.as_str()), (400, code), "{path}: {words}");
    }
    let many: Vec<_> = (0..10_001).map(|n| json!({"code": n.to_string()})).collect();
    put(
        &tenant,
        &json!({"resourceType": "ValueSet", "id": "large", "status": "active",
        "url": "urn:large", "compose": {"include": [{"system": "urn:n", "concept": many}]}}),
    );
    let (status, code, words) = refusal(&tenant, "/Condition?code:in=urn:large");
    assert_eq!((status, code.as_str()), (422, "too-costly"));
    assert!(words.contains("10000 codes"), "{words}");
}

#[test]
fn places_hold_what_is_inside_them() {
    let (_server, tenant) = filled();
    put(&tenant, &json!({"resourceType": "Location", "id": "house"}));
    for (id, whole) in
        [("ward", "Location/house"), ("room", "Location/ward"), ("loop", "Location/loop")]
    {
        put(
            &tenant,
            &json!({"resourceType": "Location", "id": id, "partOf": {"reference": whole}}),
        );
    }
    for id in ["house", "ward", "room"] {
        put(
            &tenant,
            &json!({"resourceType": "Encounter", "id": id, "status": "finished",
            "class": {"code": "AMB"}, "location": [{"location": {"reference": format!("Location/{id}")}}]}),
        );
    }
    assert_eq!(ids(&tenant, "/Encounter?location:below=Location/ward"), "ward room");
    assert_eq!(ids(&tenant, "/Encounter?location:above=ward"), "house ward");
    assert_eq!(ids(&tenant, "/Encounter?location:below=loop"), "");
    let (status, _, words) = refusal(&tenant, "/Encounter?subject:below=Patient/p");
    assert_eq!(status, 400, "{words}");
}

#[test]
fn lists_choose_their_members() {
    let (_server, tenant) = filled();
    let item = |reference: &str| json!({"item": {"reference": reference}});
    put(
        &tenant,
        &json!({"resourceType": "List", "id": "l", "status": "current", "mode": "working",
        "entry": [item("Condition/c1"), item("Patient/p"), item("Condition/gone")]}),
    );
    assert_eq!(ids(&tenant, "/Condition?_list=l"), "c1");
    assert_eq!(ids(&tenant, "/Condition?subject:Patient._list=l&code=hurt"), "c3");
    assert_eq!(refusal(&tenant, "/Condition?_list=none").1, "not-found");
    assert_eq!(refusal(&tenant, "/Condition?_list=$current-problems").1, "not-supported");
}

#[test]
fn a_filter_says_a_whole_question() {
    let (_server, tenant) = filled();
    let ask = |filter: &str| {
        let filter = filter.replace(' ', "%20").replace('"', "%22").replace('|', "%7C");
        ids(&tenant, &format!("/Condition?_filter={filter}"))
    };
    assert_eq!(ask("code eq urn:ills|flu or code eq hurt"), "c1 c3");
    assert_eq!(ask("not (code eq flu) and subject:Patient.name co \"oe\""), "c2 c3");
    assert_eq!(ask("code ss urn:ills|ill"), "c1 c2");
    assert_eq!(ask("code in urn:infections"), "c1");
    assert_eq!(ask("onset-date pr false and subject re Patient/p and code ne flu"), "c2 c3");
    assert_eq!(
        ask("subject:Patient[family eq roe]._has:Condition:patient:code eq hurt"),
        "c1 c2 c3"
    );
    assert_eq!(refusal(&tenant, "/Condition?_filter=code%20is%20x").1, "invalid");
    let deep = format!("/Condition?_filter={}code%20eq%20x{}", "(".repeat(99), ")".repeat(99));
    assert_eq!(refusal(&tenant, &deep).1, "too-costly");
}

#[test]
fn chains_without_types_ask_in_every_type_that_fits() {
    let server = Server::start();
    let tenant = server.tenant();
    put(&tenant, &json!({"resourceType": "Patient", "id": "p", "name": [{"family": "Roe"}]}));
    put(&tenant, &json!({"resourceType": "Location", "id": "l", "name": "Roe House"}));
    for (id, subject) in [("a", "Patient/p"), ("b", "Location/l"), ("c", "Patient/other")] {
        put(
            &tenant,
            &json!({"resourceType": "Observation", "id": id, "status": "final",
            "code": {"text": "x"}, "subject": {"reference": subject}}),
        );
    }
    assert_eq!(ids(&tenant, "/Observation?subject.name=roe"), "a b");
    assert_eq!(ids(&tenant, "/Observation?subject:Patient.name=roe"), "a");
}

#[test]
fn too_wide_a_question_is_refused_with_the_way_to_narrow_it() {
    let server = Server::start();
    let tenant = server.tenant();
    create(&tenant, &super::identified("1"));
    let parameters: String = (0..300).map(|_| "gender=male&").collect();
    let values = vec!["x"; 10_001].join(",");
    for (path, budget) in [
        (format!("/Patient?{parameters}"), "300 parameters"),
        ("/Patient?_sort=name,name,name,name,name,name".to_owned(), "keys of `_sort`"),
        (format!("/Location?{}_id=1", "partof.".repeat(9)), "links of a chain"),
        (format!("/Patient?{}", "_include=Patient:*&".repeat(60)), "includes"),
    ] {
        let (status, code, words) = refusal(&tenant, &path);
        assert_eq!((status, code.as_str()), (422, "too-costly"), "{words}");
        assert!(words.contains(budget), "{words}");
    }
    let path = format!("{}/Patient/_search", tenant.fhir);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("identifier={values}");
    let answer = tenant.client.send("POST", &path, &form, body.as_bytes()).expect(422);
    assert!(answer.text().contains("10000 are the most"), "{}", answer.text());
}

#[test]
fn contained_resources_are_matches_where_that_is_asked() {
    let server = Server::start();
    let tenant = server.tenant();
    put(
        &tenant,
        &json!({"resourceType": "MedicationRequest", "id": "o", "status": "active",
        "intent": "order", "subject": {"reference": "Patient/p"},
        "contained": [{"resourceType": "Medication", "id": "m", "code": {"coding": [{"code": "a"}]}}],
        "medicationReference": {"reference": "#m"}}),
    );
    assert_eq!(ids(&tenant, "/Medication?code=a"), "");
    assert_eq!(ids(&tenant, "/Medication?code=a&_contained=true"), "o");
    let path = "/Medication?code=a&_contained=true&_containedType=contained";
    let bundle = get(&tenant, path).expect(200).json();
    let entry = &bundle["entry"][0];
    assert_eq!((&bundle["total"], &entry["resource"]["id"]), (&json!(1), &json!("m")));
    let url = entry["fullUrl"].as_str().expect("a URL");
    assert!(url.ends_with("MedicationRequest/o#m"), "{url}");
    assert_eq!(refusal(&tenant, &format!("{path}&_sort=code")).1, "not-supported");
}
