//! Whatever a patch says: a resource or a refusal, never a panic or a document that cannot be read.

use proptest::prelude::*;
use tarn_domain::{Kind, Timestamp};
use tarn_fhir::json::Document;

use super::{fhirpath, json_patch};

const PATIENT: &str = r##"{"resourceType":"Patient","birthDate":"1974-12-25","_birthDate":{"id":"b"},
"name":[{"given":["a","b"],"_given":[null,{"id":"2"}]},{"family":"f"}],"contact":[{"name":{"text":"n"}}],
"multipleBirthInteger":2,"contained":[{"resourceType":"Organization","id":"o"}]}"##;

const POINTERS: &[&str] = &[
    "",
    "/",
    "/name",
    "/name/0",
    "/name/-",
    "/name/1/family",
    "/name/0/given",
    "/name/0/given/1",
    "/name/0/given/-",
    "/birthDate",
    "/contact/0/name/text",
    "/nope",
    "/name/00",
    "/~1",
    "/~0a",
    "/~2",
    "name",
    "/contained/0",
    "/contained/0/id/x",
    "/multipleBirthInteger",
];
const PATHS: &[&str] = &[
    "Patient",
    "Patient.name",
    "Patient.name[0]",
    "name.given",
    "name[0].given[1]",
    "name[0].given[1].id",
    "birthDate",
    "birthDate.id",
    "contact.name",
    "contact.name.text",
    "multipleBirth",
    "contained",
    "contained.id",
    "photo",
    "name.given | contact",
    "'x'",
    "children()",
    "descendants()",
    "name.where(family = 'f')",
    "a..b",
];
const NAMES: &[&str] =
    &["name", "given", "family", "contact", "deceased", "id", "extension", "value", "photo", "x"];
const VALUES: &[&str] = &[
    r#""valueString":"x""#,
    r#""valueInteger":1"#,
    r#""valueHumanName":{"text":"t"}"#,
    r#""_valueString":{"id":"i"}"#,
    r#""part":[{"name":"text","valueString":"t"}]"#,
    r#""part":[{"name":"name","part":[{"name":"given","valueString":"g"}]}]"#,
    r#""resource":{"resourceType":"Basic"}"#,
    r#""part":[]"#,
    r#""valueBoolean":null"#,
    r#""x":1"#,
];

fn json_operation() -> impl Strategy<Value = String> {
    let op = prop::sample::select(vec!["add", "remove", "replace", "move", "copy", "test", "x"]);
    let pointer = || prop::sample::select(POINTERS);
    let value = prop::sample::select(vec!["1", "null", "[]", "{\"a\":{}}", "\"s\"", "[[[[]]]]"]);
    (op, pointer(), pointer(), value).prop_map(|(op, path, from, value)| {
        format!(r#"{{"op":"{op}","path":"{path}","from":"{from}","value":{value}}}"#)
    })
}

fn fhirpath_operation() -> impl Strategy<Value = String> {
    let type_ = prop::sample::select(vec!["add", "insert", "delete", "replace", "move", "x"]);
    let of = |all: &'static [&'static str]| prop::sample::select(all);
    (type_, of(PATHS), of(NAMES), of(VALUES), 0..4, 0..4).prop_map(
        |(type_, path, name, value, from, to)| {
            format!(
                r#"{{"name":"operation","part":[{{"name":"type","valueCode":"{type_}"}},
                {{"name":"path","valueString":"{path}"}},{{"name":"name","valueString":"{name}"}},
                {{"name":"index","valueInteger":{from}}},{{"name":"source","valueInteger":{from}}},
                {{"name":"destination","valueInteger":{to}}},{{"name":"value",{value}}}]}}"#
            )
        },
    )
}

fn holds(found: Result<Vec<u8>, tarn_domain::Problem>) {
    match found {
        Ok(text) => drop(Document::parse(&text).expect("what a patch makes can be read")),
        Err(problem) => assert!(matches!(problem.kind, Kind::Invalid | Kind::Unprocessable)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_json_patch_is_answered(operations in prop::collection::vec(json_operation(), 0..6)) {
        let patch = format!("[{}]", operations.join(","));
        let (resource, patch) = (Document::parse(PATIENT.as_bytes()), Document::parse(patch.as_bytes()));
        holds(json_patch::apply(&resource.unwrap(), &patch.unwrap()));
    }

    #[test]
    fn any_fhirpath_patch_is_answered(operations in prop::collection::vec(fhirpath_operation(), 0..5)) {
        let patch = format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, operations.join(","));
        let (resource, patch) = (Document::parse(PATIENT.as_bytes()), Document::parse(patch.as_bytes()));
        holds(fhirpath::apply(&resource.unwrap(), &patch.unwrap(), Timestamp::default()));
    }
}
