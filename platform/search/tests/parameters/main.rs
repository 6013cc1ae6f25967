//! Every search parameter of R4, asked of resources made for it: one that it must find, and one
//! that it must not.
//!
//! The resources are made from R4's element definitions and the parameter's own expression, which
//! is read here once more, in a way of its own. Each alternative and each type of a choice is a
//! case. What cannot be made so is listed, with the reason, and the list is checked.

mod make;
mod path;
#[expect(dead_code, reason = "other tests reopen stores and delete from them")]
#[path = "../store/mod.rs"]
mod store;

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tarn_domain::Timestamp;
use tarn_fhir::check::check;
use tarn_fhir::definitions::{ParamKind, SearchParameter, TypeId, definitions};
use tarn_fhir::json::Document;
use tarn_search::{Limits, ParseOptions, Scope, matches, parse};

use make::{Made, minimal, value};
use path::{Place, places, set};
use store::{Store, type_id};

/// Parameters of every type that are no element's.
const OF_THE_STORE: [&str; 6] = ["_content", "_filter", "_id", "_lastUpdated", "_query", "_text"];

/// Cannot be made from the definitions; tested elsewhere by hand.
const BY_HAND: &[(&str, &str)] = &[
    ("Bundle composition", "a whole resource stands where a reference would"),
    ("Bundle message", "a whole resource stands where a reference would"),
];

/// A pair of resources and what is asked of them.
struct Case {
    name: String,
    yes: Value,
    no: Value,
    code: &'static str,
    asked: String,
}

#[test]
fn every_parameter_finds_what_it_should_and_nothing_else() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let (mut tested, mut left) = (0, BTreeSet::new());
    for type_ in TypeId::all() {
        let mut cases = Vec::new();
        for parameter in definitions().parameters(type_) {
            if OF_THE_STORE.contains(&parameter.code) {
                continue;
            }
            let made = of_parameter(type_, parameter, cases.len());
            if made.is_empty() {
                left.insert(format!("{type_} {}", parameter.code));
            }
            tested += usize::from(!made.is_empty());
            cases.extend(made);
        }
        put(&mut store, &cases);
        cases.iter().for_each(|case| ask(&store, type_, case));
    }
    let listed = BY_HAND.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(left, listed, "what is not made is listed, and nothing else is");
    assert!(tested > 2_000, "{tested} parameters");
}

fn put(store: &mut Store, cases: &[Case]) {
    let all = cases.iter().flat_map(|case| [&case.yes, &case.no]);
    for resource in all.clone() {
        let text = resource.to_string();
        let document = Document::parse(text.as_bytes()).expect("JSON");
        if let Err(issues) = check(&document) {
            panic!("{issues:?}: {text}");
        }
    }
    for some in all.collect::<Vec<_>>().chunks(200) {
        let changes = some.iter().map(|resource| store.put(resource)).collect();
        store.commit(changes);
    }
}

fn ask(store: &Store, type_: TypeId, case: &Case) {
    let id = |resource: &Value| resource["id"].as_str().unwrap_or_default().to_owned();
    let (yes, no) = (id(&case.yes), id(&case.no));
    let pairs =
        [("_id".to_owned(), format!("{yes},{no}")), (case.code.to_owned(), case.asked.clone())];
    let query = parse(&Scope::Type(type_), &pairs, &ParseOptions::default())
        .unwrap_or_else(|error| panic!("{}={}: {error}", case.name, case.asked));
    let snapshot = store.snapshot();
    let found = matches(&query, &snapshot, &Limits::default()).expect("an answer").merged();
    let rid = |id: &str| snapshot.lookup(type_, id).expect("a lookup").expect("a row").rid;
    let right = std::iter::once(rid(&yes)).collect();
    assert_eq!(found, right, "{}={}\n  {}\n  {}", case.name, case.asked, case.yes, case.no);
}

/// A case for each way in which the parameter can have a value.
fn of_parameter(type_: TypeId, parameter: &'static SearchParameter, from: usize) -> Vec<Case> {
    if parameter.kind == ParamKind::Composite {
        return of_composite(type_, parameter, from).into_iter().collect();
    }
    let mut cases: Vec<Case> = Vec::new();
    for place in places(type_, parameter.expression) {
        let number = from + cases.len();
        let make = |other| value(&place, parameter, number, other);
        let (Some(right), Some(wrong)) = (make(false), make(true)) else { continue };
        let resource = |made: &Made, letter: &str| {
            let mut resource = minimal(type_);
            resource["id"] = json!(format!("{letter}{number}"));
            set(&mut resource, &place, made.json.clone());
            resource
        };
        cases.push(Case {
            name: format!("{type_}?{} ({})", parameter.code, place.path),
            yes: resource(&right, "y"),
            no: resource(&wrong, "n"),
            code: parameter.code,
            asked: right.asked.clone(),
        });
    }
    cases
}

/// The other resource has the right first part, and the right second part in no element.
fn of_composite(type_: TypeId, parameter: &SearchParameter, number: usize) -> Option<Case> {
    let whole = places(type_, parameter.expression).into_iter().next()?;
    let mut parts = Vec::new();
    for component in &parameter.components {
        let of = definitions().field(component.field)?;
        parts.push(part(&whole, of, component.expression, number)?);
    }
    let resource = |letter: &str, wrong: bool| {
        let mut resource = minimal(type_);
        resource["id"] = json!(format!("{letter}{number}"));
        for (at, (place, right, other)) in parts.iter().enumerate() {
            let made = if wrong && at > 0 { other } else { right };
            set(&mut resource, place, made.json.clone());
        }
        resource
    };
    let asked: Vec<_> = parts.iter().map(|(_, right, _)| right.asked.clone()).collect();
    Some(Case {
        name: format!("{type_}?{}", parameter.code),
        yes: resource("y", false),
        no: resource("n", true),
        code: definitions().field(parameter.field)?.code,
        asked: asked.join("$"),
    })
}

/// A component: its place in the resource, a right value and a wrong one. R4 has the definitions
/// of the parts of `DocumentReference.relationship` interchanged: then the other kinds are tried.
fn part(
    whole: &Place,
    of: &'static SearchParameter,
    expression: &'static str,
    number: usize,
) -> Option<(Place, Made, Made)> {
    let kinds = [of.kind, ParamKind::Token, ParamKind::Reference, ParamKind::Quantity];
    kinds.into_iter().find_map(|kind| {
        whole.inside(expression).into_iter().find_map(|place| {
            let make = |other| make::value_of(&place, kind, &of.targets, number, other);
            let (right, wrong) = (make(false)?, make(true)?);
            Some((place.clone(), right, wrong))
        })
    })
}

#[test]
fn the_list_of_what_is_tested_by_hand_is_of_real_parameters() {
    for (name, why) in BY_HAND {
        let (type_, code) = name.split_once(' ').expect("a type and a code");
        assert!(definitions().parameter(type_id(type_), code).is_some(), "{name}: {why}");
    }
}
