//! Whatever query comes, nothing panics.

use proptest::prelude::*;
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_graphql::{Entry, Limits, Mutation, Page, Refusal, Request, Resources, Search, Selected};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","active":true,"name":[{"use":"official","family":"A","given":["B",null]},{"given":[]}],"_birthDate":{"id":"x"},"managingOrganization":{"reference":"Patient/p"},"contained":[{"resourceType":"Patient"}],"extension":5}"#;
const PIECES: [&str; 48] = [
    "{",
    "{",
    "{",
    "}",
    "}",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "$",
    "@",
    "!",
    "=",
    "...",
    "on ",
    "|",
    "query ",
    "mutation ",
    "fragment f on Patient ",
    "...f ",
    "... on Patient ",
    "id ",
    "name ",
    "name(use: official) ",
    "name @flatten ",
    "given @first ",
    "family @singleton ",
    "active ",
    "@slice(path: \"use\") ",
    "@skip(if: true) ",
    "@include(if: $v) ",
    "_birthDate ",
    "resource ",
    "resource(optional: true) ",
    "managingOrganization ",
    "Patient(id: p) ",
    "PatientList ",
    "PatientConnection(_count: 1) ",
    "edges ",
    "ObservationList(_reference: subject) ",
    "contained ",
    "PatientCreate(resource: {}) ",
    "a: ",
    "\"\"\"x",
    "\"\\u00",
    "1e9 ",
];

struct Store;

impl Resources for Store {
    fn read(&mut self, _: TypeId, _: &str) -> Result<Option<Vec<u8>>, Refusal> {
        Ok(Some(PATIENT.as_bytes().to_vec()))
    }

    fn search(&mut self, _: &Search) -> Result<Page, Refusal> {
        let entry = Entry { json: PATIENT.as_bytes().to_vec() };
        Ok(Page { entries: vec![entry.clone(), entry], ..Page::default() })
    }

    fn target(&self, _: &str) -> Option<(TypeId, String)> {
        TypeId::parse("Patient").map(|type_| (type_, "p".to_owned()))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(0)
    }
}

/// Balanced selections, which get further than a soup of pieces.
fn selection() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(&PIECES[18..]).prop_map(str::to_owned);
    leaf.prop_recursive(5, 40, 4, |inner| {
        (prop::sample::select(&PIECES[21..]), prop::collection::vec(inner, 1..4))
            .prop_map(|(head, inner)| format!("{head} {{ {} }}", inner.join(" ")))
    })
}

fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24).prop_map(|p| p.concat()),
        prop::collection::vec(selection(), 1..4).prop_map(|s| format!("{{ {} }}", s.join(" "))),
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics(query in query()) {
        let request = Request { query, ..Request::default() };
        let limits = Limits { fields: 2_000, ..Limits::default() };
        if let Ok(selected) = Selected::read(&request) {
            for focus in [None, Some(PATIENT.as_bytes())] {
                match selected.run(focus, &mut Store, &limits) {
                    Ok(out) => {
                        prop_assert!(serde_json::from_slice::<serde_json::Value>(&out).is_ok());
                    }
                    Err(error) => prop_assert!(error.to_json()["message"].is_string()),
                }
            }
            let _ = Mutation::read(&selected);
        }
    }
}
