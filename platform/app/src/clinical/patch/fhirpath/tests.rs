use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tarn_domain::{Kind, Problem, Timestamp};
use tarn_fhir::json::Document;

fn apply(resource: &Value, patch: &Value) -> Result<Value, Problem> {
    let (resource, patch) = (resource.to_string(), patch.to_string());
    let resource = Document::parse(resource.as_bytes()).unwrap();
    let patch = Document::parse(patch.as_bytes()).unwrap();
    let text = super::apply(&resource, &patch, Timestamp::default())?;
    Ok(serde_json::from_slice(&text).unwrap())
}

/// A patch of one operation.
fn patch(type_: &str, path: &str, more: &Value) -> Value {
    let mut parts = vec![
        json!({"name": "type", "valueCode": type_}),
        json!({"name": "path", "valueString": path}),
    ];
    parts.extend(more.as_array().unwrap().iter().cloned());
    json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]})
}

fn patient() -> Value {
    json!({
        "resourceType": "Patient",
        "birthDate": "1974-12-25",
        "_birthDate": {"extension": [{"url": "u", "valueString": "x"}]},
        "name": [{"given": ["a", "b", "c"], "_given": [null, {"id": "2"}, null]}],
        "multipleBirthInteger": 2,
        "contact": [{"name": {"text": "n"}}],
    })
}

#[test]
fn the_official_cases_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fhir-test-cases");
    let text = ["fhirpath-patch-cases.json", "fhirpath-patch-public.json"]
        .iter()
        .find_map(|name| fs::read(folder.join("patch").join(name)).ok());
    let Some(text) = text else {
        eprintln!("skipped: the official cases are not beside this repository");
        return;
    };
    let cases: Vec<Value> = serde_json::from_slice(&text).unwrap();
    for case in cases {
        let found = apply(&case["input"], &case["diff"]);
        if case.get("error").is_some() {
            assert!(found.is_err(), "{}", case["name"]);
        } else {
            assert_eq!(found.unwrap(), case["output"], "{}", case["name"]);
        }
    }
}

#[test]
fn elements_are_added_whatever_they_are() {
    let value = |more: Value| {
        let mut value = json!({"name": "value"});
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let named =
        |name: &str, more: Value| json!([{"name": "name", "valueString": name}, value(more)]);
    let parts = json!({"part": [
        {"name": "name", "valueHumanName": {"text": "m"}},
        {"name": "relationship", "valueCodeableConcept": {"text": "r"}},
        {"name": "relationship", "valueCodeableConcept": {"text": "s"}},
        {"name": "gender", "valueCode": "male", "_valueCode": {"id": "g"}},
    ]});
    let made = json!({"name": {"text": "m"}, "relationship": [{"text": "r"}, {"text": "s"}],
        "gender": "male", "_gender": {"id": "g"}});
    let contained = json!({"resourceType": "Organization", "id": "o"});
    let cases = [
        ("Patient", named("contact", parts), "/contact/1", made),
        (
            "Patient",
            named("deceased", json!({"valueBoolean": true})),
            "/deceasedBoolean",
            json!(true),
        ),
        ("Patient", named("contained", json!({"resource": contained})), "/contained/0", contained),
        (
            "Patient.name[0]",
            named("given", json!({"valueString": "d"})),
            "/name/0/given/3",
            json!("d"),
        ),
        (
            "Patient.name[0].given[0]",
            named("id", json!({"valueString": "1"})),
            "/name/0/_given/0/id",
            json!("1"),
        ),
        (
            "Patient.name[0]",
            named("family", json!({"_valueString": {"id": "f"}})),
            "/name/0/_family/id",
            json!("f"),
        ),
        (
            "Patient.birthDate",
            named(
                "extension",
                json!({"part": [{"name": "url", "valueUri": "v"}, {"name": "value", "valueInteger": 1}]}),
            ),
            "/_birthDate/extension/1",
            json!({"url": "v", "valueInteger": 1}),
        ),
    ];
    for (path, more, pointer, expected) in cases {
        let found = apply(&patient(), &patch("add", path, &more)).unwrap();
        assert_eq!(found.pointer(pointer), Some(&expected), "{path} {found}");
    }
}

#[test]
fn lists_of_primitives_keep_their_extensions_beside_them() {
    let name = |patch: &Value| apply(&patient(), patch).unwrap()["name"][0].clone();
    let value = json!({"name": "value", "valueString": "x"});
    let index = |name: &str, index: u32| json!({"name": name, "valueInteger": index});
    let given = "Patient.name.given";
    let inserted = name(&patch("insert", given, &json!([index("index", 1), value])));
    assert_eq!(inserted["given"], json!(["a", "x", "b", "c"]));
    assert_eq!(inserted["_given"], json!([null, null, {"id": "2"}, null]));
    let moved = name(&patch("move", given, &json!([index("source", 1), index("destination", 0)])));
    assert_eq!(moved["given"], json!(["b", "a", "c"]));
    assert_eq!(moved["_given"], json!([{"id": "2"}, null, null]));
    let deleted = name(&patch("delete", "Patient.name.given[1]", &json!([])));
    assert_eq!(deleted, json!({"given": ["a", "c"]}));
    let replaced = name(&patch("replace", "Patient.name.given[1]", &json!([value])));
    assert_eq!(replaced, json!({"given": ["a", "x", "c"]}));
}

#[test]
fn what_is_replaced_may_change_its_type_and_keeps_its_place() {
    let value = json!([{"name": "value", "valueBoolean": true}]);
    let found = apply(&patient(), &patch("replace", "Patient.multipleBirth", &value)).unwrap();
    assert_eq!(found["multipleBirthBoolean"], json!(true));
    assert!(found.get("multipleBirthInteger").is_none());
    let value = json!([{"name": "value", "valueDate": "2000"}]);
    let found = apply(&patient(), &patch("replace", "Patient.birthDate", &value)).unwrap();
    assert!(found["birthDate"] == "2000" && found.get("_birthDate").is_none());
}

#[test]
fn what_is_deleted_leaves_nothing_empty() {
    let delete = |path: &str| apply(&patient(), &patch("delete", path, &json!([]))).unwrap();
    assert!(delete("Patient.contact.name.text").get("contact").is_none());
    assert!(delete("Patient.birthDate.extension").get("_birthDate").is_none());
    assert!(delete("Patient.name.given.where($this = 'b').id")["name"][0].get("_given").is_none());
    assert_eq!(delete("Patient.photo"), patient());
}

#[test]
fn what_does_not_apply_is_unprocessable() {
    let text = json!({"name": "value", "valueString": "x"});
    let named = |name: &str| json!([{"name": "name", "valueString": name}, text]);
    let at = |index: i64| json!([{"name": "index", "valueInteger": index}, text]);
    let ends =
        json!([{"name": "source", "valueInteger": 0}, {"name": "destination", "valueInteger": 3}]);
    for (type_, path, more) in [
        ("add", "Patient", named("nonsense")),
        ("add", "Patient", named("birthDate")),
        ("add", "Patient", named("multipleBirth")),
        ("add", "Patient", named("maritalStatus")),
        ("add", "Patient.photo", named("title")),
        ("add", "Patient.name.given", named("id")),
        ("add", "'x'", named("id")),
        ("insert", "Patient.name.given", at(4)),
        ("insert", "Patient.birthDate", at(0)),
        ("insert", "Patient.photo", at(0)),
        ("insert", "Patient.name.given | Patient.contact", at(0)),
        ("move", "Patient.name.given", ends),
        ("delete", "Patient.name.given", json!([])),
        ("delete", "Patient", json!([])),
        ("replace", "Patient", json!([text])),
        ("replace", "Patient.photo", json!([text])),
        ("replace", "Patient.multipleBirth", json!([text])),
        ("replace", "Patient.contact", json!([{"name": "value", "part": []}])),
        ("replace", "Patient.name.first().single().given.single()", json!([text])),
    ] {
        let refused = apply(&patient(), &patch(type_, path, &more));
        assert_eq!(refused.unwrap_err().kind, Kind::Unprocessable, "{type_} {path}");
    }
}

#[test]
fn what_is_no_patch_is_invalid() {
    let operation = |part: Value| json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": part}]});
    for patch in [
        json!({"resourceType": "Patient"}),
        json!({"resourceType": "Parameters", "parameter": [{"name": "other"}]}),
        operation(json!([])),
        patch("fly", "Patient", &json!([])),
        patch("add", "Patient", &json!([])),
        patch("add", "Patient..", &json!([])),
        patch("insert", "Patient.name", &json!([{"name": "value", "valueString": "x"}])),
        patch("move", "Patient.name", &json!([{"name": "source", "valueInteger": -1}])),
    ] {
        assert_eq!(apply(&patient(), &patch).unwrap_err().kind, Kind::Invalid, "{patch}");
    }
}

#[test]
fn errors_name_the_operation_and_a_plain_path_but_no_condition() {
    let words = |path: &str| {
        let problem = apply(
            &patient(),
            &patch("replace", path, &json!([{"name": "value", "valueString": "x"}])),
        );
        problem.unwrap_err().public().to_owned()
    };
    assert!(
        words("Patient.photo[0].title")
            .starts_with("Operation 0 (replace at Patient.photo[0].title)")
    );
    assert!(!words("Patient.name.where(family = 'Secret')").contains("Secret"));
}

#[test]
fn numbers_keep_their_digits() {
    let resource = r#"{"resourceType":"Observation","valueQuantity":{"value":1.50}}"#;
    let document = Document::parse(resource.as_bytes()).unwrap();
    let patch = r#"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[
        {"name":"type","valueCode":"add"},{"name":"path","valueString":"Observation"},
        {"name":"name","valueString":"referenceRange"},
        {"name":"value","part":[{"name":"low","valueQuantity":{"value":2.00}}]}]}]}"#;
    let patch = Document::parse(patch.as_bytes()).unwrap();
    let text = super::apply(&document, &patch, Timestamp::default()).unwrap();
    let expected = r#"{"resourceType":"Observation","valueQuantity":{"value":1.50},"referenceRange":[{"low":{"value":2.00}}]}"#;
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}
