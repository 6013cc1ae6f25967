//! Nonsense is asked, and is refused or answered: nothing that is sent makes a search panic.

#[path = "oracle/chance.rs"]
mod chance;
#[expect(dead_code, reason = "other tests reopen stores and delete from them")]
mod store;

use std::time::Duration;

use serde_json::json;
use tarn_domain::{Explain as _, Timestamp};
use tarn_fhir::definitions::{TypeId, definitions};
use tarn_search::{Handling, Limits, ParseOptions, Scope, page, parse};

use chance::Chance;
use store::{Store, type_id};

const QUESTIONS: usize = 10_000;

/// What questions are made of, right and wrong.
const PIECES: &[&str] = &[
    "name",
    "subject",
    "patient",
    "code",
    "date",
    "value-quantity",
    "code-value-quantity",
    "_id",
    "_has",
    "_filter",
    "_list",
    "_sort",
    "_include",
    "_revinclude",
    "_type",
    "_count",
    "_total",
    "_summary",
    "_elements",
    "_contained",
    "_containedType",
    "_lastUpdated",
    "_tag",
    "_text",
    "_content",
    "_query",
    "near",
    "partof",
    "Patient",
    "Observation",
    "Location",
    "ValueSet/v",
    "List/l",
    "urn:vs",
    ":",
    ".",
    ",",
    "|",
    "$",
    "\\",
    "*",
    "-",
    "(",
    ")",
    "[",
    "]",
    "\"",
    " ",
    "=",
    "#",
    "/",
    "%",
    "é",
    "\u{0}",
    "\u{10ffff}",
    "",
    "not",
    "in",
    "not-in",
    "above",
    "below",
    "missing",
    "exact",
    "contains",
    "text",
    "identifier",
    "of-type",
    "iterate",
    "and",
    "or",
    "eq",
    "ne",
    "co",
    "sw",
    "ew",
    "gt",
    "lt",
    "ge",
    "le",
    "ap",
    "sa",
    "eb",
    "pr",
    "po",
    "ss",
    "sb",
    "ni",
    "re",
    "true",
    "false",
    "1",
    "0",
    "-1",
    "9999999999999999999999",
    "1e400",
    "5.4",
    "2020",
    "2020-02-30",
    "2020-01-01T00:00:00Z",
    "Patient/1",
    "http://a.b/c|1.0",
    "$current-problems",
];

fn text(chance: &mut Chance) -> String {
    let pieces = chance.below(9);
    (0..pieces).map(|_| chance.pick(PIECES)).collect()
}

/// A name that is right so far, more often than not.
fn name(chance: &mut Chance, type_: TypeId) -> String {
    if chance.once_in(3) {
        return text(chance);
    }
    let parameters = definitions().parameters(type_);
    let code = parameters[chance.below(parameters.len())].code;
    match chance.below(4) {
        0 => format!("{code}:{}", text(chance)),
        1 => format!("{code}.{}", text(chance)),
        2 => format!("_has:Observation:{code}:{}", text(chance)),
        _ => code.to_owned(),
    }
}

fn value(chance: &mut Chance) -> String {
    if !chance.once_in(3) {
        return text(chance);
    }
    // Nearly a `_filter`.
    let mut words = Vec::new();
    for _ in 0..1 + chance.below(4) {
        let op = chance.pick(&["eq", "ne", "co", "pr", "in", "ss", "sb", "po", "re", "xx"]);
        words.push(format!("{} {op} {}", text(chance), text(chance)));
    }
    words.join(chance.pick(&[" and ", " or ", " not (", ")"]))
}

fn filled() -> Store {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let all = [
        json!({"resourceType": "Patient", "id": "1", "name": [{"family": "A"}]}),
        json!({"resourceType": "Location", "id": "1", "partOf": {"reference": "Location/1"}}),
        json!({"resourceType": "Observation", "id": "1", "status": "final",
            "code": {"coding": [{"system": "s", "code": "1"}]},
            "subject": {"reference": "Patient/1"}, "valueQuantity": {"value": 5.4}}),
        json!({"resourceType": "ValueSet", "id": "v", "url": "urn:vs",
            "compose": {"include": [{"valueSet": ["urn:vs", "ValueSet/v"]}]}}),
        json!({"resourceType": "List", "id": "l", "entry": [{"item": {"reference": "List/l"}}]}),
    ];
    store.commit(all.iter().map(|resource| store.put(resource)).collect());
    store
}

#[test]
fn nonsense_is_refused_or_answered() {
    let store = filled();
    let snapshot = store.snapshot();
    let limits = Limits { steps: 20_000, time: Duration::from_secs(5), ..Limits::default() };
    let (mut taken, mut refused) = (0, 0);
    let mut chance = Chance::new(7);
    for _ in 0..QUESTIONS {
        let type_ = type_id(chance.pick(&["Patient", "Observation", "Location", "Basic"]));
        let scope = match chance.below(8) {
            0 => Scope::System,
            1 => Scope::Compartment { owner: type_, id: text(&mut chance), type_: None },
            _ => Scope::Type(type_),
        };
        let pairs: Vec<_> = (0..1 + chance.below(2))
            .map(|_| (name(&mut chance, type_), value(&mut chance)))
            .collect();
        let handling = chance.pick(&[Handling::Strict, Handling::Lenient]);
        let options = ParseOptions { handling, ..ParseOptions::default() };
        let answer = parse(&scope, &pairs, &options)
            .and_then(|query| page(&query, &snapshot, None, &limits));
        match answer {
            Ok(_) => taken += 1,
            Err(error) => {
                refused += 1;
                assert!(!error.explain().public().is_empty());
            }
        }
    }
    assert!(taken > QUESTIONS / 50, "{taken} of {QUESTIONS} were answered");
    assert!(refused > QUESTIONS / 50, "{refused} of {QUESTIONS} were refused");
}
