//! What queries come to, and what is refused.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;

use super::*;

const PATIENT: &str = r##"{"resourceType":"Patient","id":"p","contained":[{"resourceType":"Organization","id":"o","name":"O"}],"managingOrganization":{"reference":"#o"},"active":true,"name":[{"use":"official","family":"A","given":["B","C"]},{"use":"usual","given":["D"]}],"birthDate":"1970","_birthDate":{"extension":[{"url":"u","valueDateTime":"1970-01-01"}]},"extension":[{"url":"d","valueDecimal":1.500}],"generalPractitioner":[{"reference":"Practitioner/x"}],"contact":[{"name":{"family":"K"}}]}"##;
const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/p"},"code":{"text":"c"}}"#;

/// A store of two resources.
struct Store;

impl Resources for Store {
    fn read(&mut self, type_: TypeId, id: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let found = match (type_.name(), id) {
            ("Patient", "p") => Some(PATIENT),
            ("Observation", "o1") => Some(OBSERVATION),
            _ => None,
        };
        Ok(found.map(|text| text.as_bytes().to_vec()))
    }

    fn search(&mut self, search: &Search) -> Result<Page, Refusal> {
        if search.parameters.iter().any(|(name, _)| name == "nope") {
            return Err(Refusal("`nope` is not known".to_owned()));
        }
        let json = match search.type_.name() {
            "Patient" => vec![PATIENT],
            "Observation" => vec![OBSERVATION; 3],
            _ => Vec::new(),
        };
        let json = json.into_iter().take(search.count);
        let entries = json.map(|text| Entry { json: text.as_bytes().to_vec() }).collect();
        let total = search.wants_total.then_some(3);
        let next = Some(format!("{:?}", search.parameters));
        Ok(Page { total, offset: search.offset, size: search.count, entries, first: None, next })
    }

    fn target(&self, reference: &str) -> Option<(TypeId, String)> {
        let (type_, id) = reference.split_once('/')?;
        Some((TypeId::parse(type_)?, id.to_owned()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
}

fn texts(variables: &Json) -> BTreeMap<String, String> {
    let members = variables.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), value.to_string())).collect()
}

fn ask(query: &str, focus: Option<&str>, variables: Json) -> Result<Json, GraphqlError> {
    ask_within(query, focus, variables, &Limits::default())
}

fn ask_within(
    query: &str,
    focus: Option<&str>,
    variables: Json,
    limits: &Limits,
) -> Result<Json, GraphqlError> {
    let request =
        Request { query: query.to_owned(), operation: None, variables: texts(&variables) };
    let out = Selected::read(&request)?.run(focus.map(str::as_bytes), &mut Store, limits)?;
    Ok(serde_json::from_slice(&out).expect("JSON"))
}

fn patient(query: &str) -> Json {
    ask(query, Some(PATIENT), Json::Null).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn refused(query: &str) -> String {
    ask(query, Some(PATIENT), Json::Null).expect_err(query).message
}

fn refused_store(query: &str) -> String {
    ask(query, None, Json::Null).expect_err(query).message
}

#[test]
fn elements_are_selected_under_their_names_or_aliases() {
    assert_eq!(
        patient("{ id, kind: __typename resourceType n: name { given } photo { url } }"),
        json!({ "id": "p", "kind": "Patient", "resourceType": "Patient",
                "n": [{ "given": ["B", "C"] }, { "given": ["D"] }] })
    );
    let beside = patient("{ birthDate _birthDate { extension { url valueDateTime } } }");
    let expected = json!([{ "url": "u", "valueDateTime": "1970-01-01" }]);
    assert_eq!(beside["_birthDate"]["extension"], expected);
}

#[test]
fn decimals_keep_their_digits() {
    let request = Request { query: "{ extension { valueDecimal } }".into(), ..Request::default() };
    let selected = Selected::read(&request).unwrap();
    let out = selected.run(Some(PATIENT.as_bytes()), &mut Store, &Limits::default()).unwrap();
    assert_eq!(out, br#"{"extension":[{"valueDecimal":1.500}]}"#);
}

#[test]
fn lists_are_narrowed_by_arguments() {
    let family = |query: &str| patient(query)["name"].clone();
    assert_eq!(family("{ name(use: official) { family } }"), json!([{ "family": "A" }]));
    assert_eq!(family("{ name(given: \"D\") { use } }"), json!([{ "use": "usual" }]));
    assert_eq!(family("{ name(use: [usual, old]) { use } }"), json!([{ "use": "usual" }]));
    assert_eq!(family("{ name(_offset: 1) { use } }"), json!([{ "use": "usual" }]));
    assert_eq!(family("{ name(_count: 1) { use } }"), json!([{ "use": "official" }]));
    assert_eq!(
        family("{ name(fhirpath: \"family.exists()\") { family } }"),
        json!([{ "family": "A" }])
    );
    assert_eq!(family("{ name(use: none) { use } }"), Json::Null);
    assert!(refused("{ name(nope: 1) { use } }").contains("no primitive element `nope`"));
    assert!(refused("{ name(_count: -1) { use } }").contains("a number from 0"));
}

#[test]
fn fragments_apply_by_type_and_fields_of_one_name_merge() {
    let query = "{ ...a ...on Patient { name { given } } ...on Group { x } contact { ...k } }
        fragment a on Resource { id name { family } }
        fragment k on PatientContact { name { family } }";
    let expected = json!({
        "id": "p",
        "name": [{ "family": "A", "given": ["B", "C"] }, { "given": ["D"] }],
        "contact": [{ "name": { "family": "K" } }],
    });
    assert_eq!(patient(query), expected);
    assert!(refused("{ a: id a: active }").contains("in two ways"));
    let ring = "{ ...a } fragment a on Patient { ...b } fragment b on Patient { ...a }";
    assert!(refused(ring).contains("ring"));
    assert!(refused("{ ...a }").contains("no fragment `a`"));
}

#[test]
fn directives_leave_out_flatten_and_slice() {
    assert_eq!(
        patient("{ id @skip(if: true) active @include(if: true) }"),
        json!({"active": true})
    );
    let flat = patient("{ name @flatten { family given @first } }");
    assert_eq!(flat, json!({ "family": ["A"], "given": ["B", "D"] }));
    let first = patient("{ name @first { family } }");
    assert_eq!(first, json!({ "name": { "family": "A" } }));
    let slices = patient("{ name @flatten @slice(path: \"use\") { given } }");
    assert_eq!(slices, json!({ "given.official": ["B", "C"], "given.usual": ["D"] }));
    let single = patient("{ name @first @flatten { family @singleton } }");
    assert_eq!(single, json!({ "family": "A" }));
    assert!(refused("{ name @flatten { given @singleton } }").contains("@singleton"));
    assert!(refused("{ id @nope }").contains("no directive"));
    assert!(refused("{ id @skip }").contains("`if`"));
    assert!(refused("{ name @slice(path: \"a.b\") { use } }").contains("FHIRPath"));
    assert!(refused("{ name(fhirpath: \"use =\") { use } }").contains("FHIRPath"));
}

#[test]
fn variables_are_put_in() {
    let query = "query q($use: code!, $with: Boolean = true) {
        name(use: $use) { use } id @include(if: $with) }";
    let answer = ask(query, Some(PATIENT), json!({ "use": "usual" })).unwrap();
    assert_eq!(answer, json!({ "name": [{ "use": "usual" }], "id": "p" }));
    let answer = ask(query, Some(PATIENT), json!({ "use": "usual", "with": false })).unwrap();
    assert_eq!(answer, json!({ "name": [{ "use": "usual" }] }));
    assert!(refused(query).contains("`$use` must be given"));
    assert!(refused("{ name(use: $x) { use } }").contains("`$x` is not declared"));
}

#[test]
fn references_lead_to_resources() {
    let query = "{ managingOrganization { resource { ... on Organization { name } } } }";
    let expected = json!({ "managingOrganization": { "resource": { "name": "O" } } });
    assert_eq!(patient(query), expected);
    let query =
        "{ subject { resource(type: Patient) { id } other: resource(type: Group) { id } } }";
    let answer = ask(query, Some(OBSERVATION), Json::Null).unwrap();
    assert_eq!(answer, json!({ "subject": { "resource": { "id": "p" } } }));
    let broken = "{ generalPractitioner { resource { id } } }";
    let error = ask(broken, Some(PATIENT), Json::Null).unwrap_err();
    let field = |name: &str| PathPart::Field(name.to_owned());
    assert_eq!(error.path, [field("generalPractitioner"), PathPart::Index(0), field("resource")]);
    assert_eq!(error.place, Some((1, 25)));
    let passed = "{ generalPractitioner { reference resource(optional: true) { id } } }";
    let expected = json!({ "generalPractitioner": [{ "reference": "Practitioner/x" }] });
    assert_eq!(patient(passed), expected);
}

#[test]
fn the_store_is_searched() {
    let query = "{ Patient(id: p) { id ObservationList(_reference: subject, _count: 1) { id } } }";
    let expected = json!({ "Patient": { "id": "p", "ObservationList": [{ "id": "o1" }] } });
    assert_eq!(ask(query, None, Json::Null).unwrap(), expected);
    let query = "{ ObservationConnection(code_value_quantity: \"x\", _sort: \"-date\", _count: 2) {
        count offset pagesize next previous edges { mode score resource { id } } } }";
    let page = ask(query, None, Json::Null).unwrap()["ObservationConnection"].clone();
    assert_eq!((&page["count"], &page["pagesize"]), (&json!(3), &json!(2)));
    let edge = json!({ "mode": "match", "resource": { "id": "o1" } });
    assert_eq!(page["edges"], json!([edge, edge]));
    let next = page["next"].as_str().unwrap();
    assert!(next.contains("(\"code-value-quantity\", \"x\"), (\"_sort\", \"-date\")"), "{next}");
    assert!(refused_store("{ PatientList(nope: 1) { id } }").contains("not known"));
    assert!(refused_store("{ Nope { id } }").contains("begins with"));
    assert!(refused_store("{ Patient(id: none) { id } }").contains("no Patient"));
    assert!(refused_store("{ __schema { types { name } } }").contains("introspection"));
}

#[test]
fn what_is_not_there_is_an_error_with_its_place() {
    let error = ask("{\n  name { nick } }", Some(PATIENT), Json::Null).unwrap_err();
    assert_eq!(error.message, "HumanName has no element `nick`");
    assert_eq!(error.place, Some((2, 10)));
    assert!(refused("{ name }").contains("no primitive"));
    assert!(refused("{ id { x } }").contains("is a primitive"));
    for bad in ["", "{", "{}", "{ a(b: ) }", "query", "{ a } }", "subscription { a }", "{ é }"] {
        refused(bad);
    }
    let two = "query a { id } query b { id }";
    assert!(refused(two).contains("operationName"));
}

#[test]
fn what_costs_too_much_is_refused_by_the_name_of_its_budget() {
    let budget = |query: &str, focus, limits: &Limits| {
        ask_within(query, focus, Json::Null, limits).unwrap_err().budget
    };
    let few = Limits { fields: 5, resources: 2, searches: 1, ..Limits::default() };
    assert_eq!(budget("{ ObservationList { id } }", None, &few), Some("resources"));
    let many = "{ a: PatientList { id } b: PatientList { id } }";
    assert_eq!(budget(many, None, &few), Some("searches"));
    assert_eq!(budget("{ id active birthDate name { use } }", Some(PATIENT), &few), Some("fields"));
    let bytes = Limits { bytes: 2, ..Limits::default() };
    assert_eq!(budget("{ name { family given use } }", Some(PATIENT), &bytes), Some("bytes"));
    let circle = "{ subject { resource { ...on Patient { ObservationList(_reference: subject) {
        subject { resource { ...on Patient { id } } } } } } } }";
    let shallow = Limits { depth: 3, ..Limits::default() };
    assert_eq!(budget(circle, Some(OBSERVATION), &shallow), Some("depth"));
    let deep = format!("{}id{}", "{ a ".repeat(100_000), "}".repeat(100_000));
    assert_eq!(budget(&deep, None, &few), Some("tokens"));
    let deep = format!("{}id{}", "{ a ".repeat(1_000), "}".repeat(1_000));
    assert_eq!(budget(&deep, None, &few), Some("depth"));
    let deep = format!("{{ a(b: {}) }}", "[".repeat(1_000));
    assert_eq!(budget(&deep, None, &few), Some("depth"));
    let wide: String = (0..3_000).map(|n| format!("a{n}: id ")).collect();
    assert_eq!(budget(&format!("{{ {wide} }}"), Some(PATIENT), &few), Some("fields"));
}

#[test]
fn strings_are_read_as_graphql_writes_them() {
    let shown = |text: &str| {
        let query = format!("{{ PatientConnection(a: {text}) {{ next }} }}");
        ask(&query, None, Json::Null).map(|answer| answer.to_string()).map_err(|e| e.message)
    };
    assert!(shown(r#""a\"b\u00e9\ud83d\ude00""#).unwrap().contains("bé😀"));
    assert!(shown("\"\"\"\n   a\n     b\n\"\"\"").unwrap().contains(r"a\\n  b"));
    assert!(shown("-1.5e3").unwrap().contains("-1.5e3"));
    for bad in ["\"a", "\"\\x\"", "\"\\ud800\"", "01", "1.", "1a", "\"\"\"a", "\"\n\""] {
        shown(bad).expect_err(bad);
    }
}

#[test]
fn a_mutation_is_understood_whole_before_it_is_made() {
    let read = |query: &str, variables: Json| {
        let variables = texts(&variables);
        let request = Request { query: query.to_owned(), operation: None, variables };
        let selected = Selected::read(&request)?;
        let mutation = Mutation::read(&selected)?;
        let changed = mutation.changes.iter().map(|(key, _)| {
            let resource = Some(PATIENT.as_bytes().to_vec());
            let changed = Changed { location: Some("l".into()), resource, information: None };
            (key != "failed").then_some(changed)
        });
        let changed: Vec<_> = changed.collect();
        let answer = Mutation::answer(&selected, &changed, &mut Store, &Limits::default())?;
        Ok::<_, GraphqlError>((mutation.changes, serde_json::from_slice::<Json>(&answer).unwrap()))
    };
    let query = "mutation m($p: PatientInput!) {
        PatientCreate(resource: $p) { location resource { id } information { id } }
        x: PatientUpdate(id: \"a\", resource: { active: true, name: [{ family: \"F\" }] }) { location }
        PatientDelete(id: b) { location } failed: PatientDelete(id: c) { location } }";
    let (changes, answer) = read(query, json!({ "p": { "active": false } })).unwrap();
    let type_ = TypeId::parse("Patient").unwrap();
    let is = |change: &(String, Change), json: Json| match &change.1 {
        Change::Create(of, body) | Change::Update(of, _, body) => {
            *of == type_ && serde_json::from_slice::<Json>(body).unwrap() == json
        }
        Change::Delete(..) => false,
    };
    assert!(is(&changes[0], json!({ "resourceType": "Patient", "active": false })));
    let updated = json!({ "resourceType": "Patient", "id": "a", "active": true,
                          "name": [{ "family": "F" }] });
    assert!(is(&changes[1], updated));
    assert_eq!(changes[2].1, Change::Delete(type_, "b".to_owned()));
    assert_eq!(changes[1].0, "x");
    let expected = json!({
        "PatientCreate": { "location": "l", "resource": { "id": "p" } },
        "x": { "location": "l" },
        "PatientDelete": { "location": "l" },
        "failed": null,
    });
    assert_eq!(answer, expected);
    for bad in [
        "mutation { PatientCreate { location } }",
        "mutation { PatientCreate(resource: {}) }",
        "mutation { PatientCreate(resource: {}) { nope } }",
        "mutation { PatientCreate(resource: { resourceType: \"Group\" }) { location } }",
        "mutation { PatientUpdate(resource: {}) { location } }",
        "mutation { Patient(id: 1) { id } }",
        "{ PatientDelete(id: 1) { location } }",
    ] {
        read(bad, Json::Null).expect_err(bad);
    }
}
