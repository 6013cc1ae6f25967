//! Definitions, lists and hierarchies: what is in the store, and what it means, told twice.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::data::BASE;
use crate::model::{Param, Res, Val, values};
use crate::scan::ours;

pub(crate) const VALUE_SETS: [&str; 5] = [
    "urn:vs:1",
    "urn:vs:2",
    "ValueSet/v2",
    "https://tarn.example/r4/ValueSet/v1",
    "http://hl7.org/fhir/ValueSet/administrative-gender",
];
/// The system with a hierarchy: `a` over `b` over `A` over `8867-4`.
pub(crate) const SYSTEM: &str = "urn:s:2";
pub(crate) const LIST: &str = "l1";

/// What every world begins with.
pub(crate) fn definitions() -> Vec<Value> {
    vec![
        json!({"resourceType": "CodeSystem", "id": "c1", "url": SYSTEM, "content": "complete",
            "concept": [
                {"code": "a", "concept": [{"code": "b", "concept": [{"code": "A"}]}]},
                {"code": "a,b"},
                {"code": "8867-4", "property": [{"code": "parent", "valueCode": "A"}]}]}),
        json!({"resourceType": "ValueSet", "id": "v0", "url": "urn:vs:1", "version": "1.9",
            "compose": {"include": [{"system": "urn:old"}]}}),
        json!({"resourceType": "ValueSet", "id": "v1", "url": "urn:vs:1", "version": "1.10",
            "compose": {"include": [
                {"system": "http://loinc.org", "concept": [{"code": "a"}, {"code": "8867-4"}]},
                {"system": SYSTEM,
                    "filter": [{"property": "concept", "op": "is-a", "value": "b"}]}]}}),
        json!({"resourceType": "ValueSet", "id": "v2", "url": "urn:vs:2",
            "compose": {
                "include": [{"valueSet": ["urn:vs:1"]}, {"system": "http://loinc.org/"}],
                "exclude": [{"system": "http://loinc.org", "concept": [{"code": "a"}]}]}}),
        json!({"resourceType": "List", "id": LIST, "status": "current", "mode": "working",
            "entry": [
                {"item": {"reference": "Patient/1"}}, {"item": {"reference": "Observation/2"}},
                {"item": {"reference": format!("{BASE}/Encounter/1")}},
                {"item": {"reference": "Patient/a"}, "deleted": true},
                {"item": {"reference": "Patient/2/_history/1"}},
                {"item": {"display": "nothing"}}, {"item": {"reference": "urn:uuid:5"}}]}),
    ]
}

/// Whether the lists of the world name a resource.
pub(crate) fn is_listed(res: &Res) -> bool {
    ["Patient/1", "Observation/2", "Encounter/1", "Patient/2"].contains(&res.name().as_str())
}

/// Whether a value set has a code.
pub(crate) fn is_in(value_set: &str, system: Option<&str>, code: Option<&str>) -> bool {
    let (Some(system), Some(code)) = (system, code) else {
        return system == Some("http://loinc.org/") && value_set.ends_with('2');
    };
    let is_first = match system {
        "http://loinc.org" => code == "a" || code == "8867-4",
        SYSTEM => ["b", "A", "8867-4"].contains(&code),
        _ => false,
    };
    match value_set {
        "urn:vs:1" | "https://tarn.example/r4/ValueSet/v1" => is_first,
        "urn:vs:2" | "ValueSet/v2" => {
            system == "http://loinc.org/" || is_first && (system, code) != ("http://loinc.org", "a")
        }
        _ => {
            system == "http://hl7.org/fhir/administrative-gender"
                && ["male", "female", "other", "unknown"].contains(&code)
        }
    }
}

/// Whether one code of the system is the other or below it.
pub(crate) fn is_below(code: &str, top: &str) -> bool {
    const LINE: [&str; 4] = ["a", "b", "A", "8867-4"];
    let place = |code| LINE.iter().position(|known| *known == code);
    match (place(code), place(top)) {
        (Some(code), Some(top)) => code >= top,
        _ => code == top,
    }
}

/// The encounters that are `id`, or below or above it by `partOf`.
pub(crate) fn encounters(
    all: &[Res],
    part_of: &Param,
    id: &str,
    is_below: bool,
) -> BTreeSet<String> {
    let start = format!("Encounter/{id}");
    let mut found = BTreeSet::from([start]);
    loop {
        let before = found.len();
        for res in all.iter().filter(|res| res.type_() == "Encounter") {
            for value in values(res, part_of) {
                let Val::Ref(to) = value else { continue };
                let to = ours(&to).to_owned();
                if !to.starts_with("Encounter/") {
                    continue;
                }
                if is_below && found.contains(&to) {
                    found.insert(res.name());
                } else if !is_below && found.contains(&res.name()) {
                    found.insert(to);
                }
            }
        }
        if found.len() == before {
            return found;
        }
    }
}
