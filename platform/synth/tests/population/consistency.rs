//! References, ids and dates of a population agree with each other.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::reading::{each, identities, identity, patient_of, population, text};

/// The first moment that no record reaches.
const NOW: &str = "2026-01-01";

#[test]
fn every_reference_resolves() {
    let all = population();
    let known = identities(all);
    for resource in all {
        each(resource, "reference", &mut |reference| {
            assert!(known.contains(reference), "{}: {reference}", identity(resource));
        });
    }
}

#[test]
fn ids_are_unique_uuids() {
    let all = population();
    let mut seen = HashSet::new();
    for resource in all {
        let id = text(&resource["id"]);
        assert_eq!(id.len(), 36, "{id}");
        assert!(seen.insert(id.to_owned()), "{id} twice");
    }
}

/// When a patient's records may lie.
struct Span {
    birth: String,
    death: Option<String>,
}

fn spans(all: &[Value]) -> HashMap<String, Span> {
    all.iter()
        .filter(|resource| resource["resourceType"] == "Patient")
        .map(|patient| {
            let birth = text(&patient["birthDate"]).to_owned();
            let death = patient["deceasedDateTime"].as_str().map(str::to_owned);
            (text(&patient["id"]).to_owned(), Span { birth, death })
        })
        .collect()
}

/// Members that say when something of a record was; plans may look ahead (`dueDate`).
const TIMES: &[&str] = &[
    "start",
    "end",
    "effectiveDateTime",
    "issued",
    "onsetDateTime",
    "abatementDateTime",
    "recordedDate",
    "authoredOn",
    "occurrenceDateTime",
    "created",
    "date",
    "startDate",
    "started",
    "creation",
];

/// Dates of one zone compare as text when the shorter one is a prefix of the same day.
fn not_after(a: &str, b: &str) -> bool {
    let shared = a.len().min(b.len());
    a[..shared] <= b[..shared]
}

#[test]
fn all_dates_lie_between_birth_and_death_and_before_the_anchor() {
    let all = population();
    let spans = spans(all);
    assert!(spans.values().any(|span| span.death.is_some()));
    for resource in all {
        let Some(span) = patient_of(resource).and_then(|id| spans.get(id)) else { continue };
        for key in TIMES {
            each(resource, key, &mut |date| {
                let place = format!("{} {key} {date}", identity(resource));
                assert!(not_after(&span.birth, date), "{place} before birth {}", span.birth);
                assert!(not_after(date, NOW) && !date.starts_with(NOW), "{place}");
                if let Some(death) = &span.death {
                    assert!(not_after(date, death), "{place} after death {death}");
                }
            });
        }
    }
}

/// Calls `check` with every `{start, end}`.
fn periods(value: &Value, check: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            if let (Some(start), Some(end)) = (members.get("start"), members.get("end")) {
                check(text(start), text(end));
            }
            members.values().for_each(|inner| periods(inner, check));
        }
        Value::Array(items) => items.iter().for_each(|item| periods(item, check)),
        _ => {}
    }
}

#[test]
fn periods_end_after_they_start_and_conditions_after_their_onset() {
    for resource in population() {
        periods(resource, &mut |start, end| {
            assert!(start <= end, "{}: {start} to {end}", identity(resource));
        });
        if let Some(abated) = resource["abatementDateTime"].as_str() {
            assert!(text(&resource["onsetDateTime"]) <= abated, "{}", identity(resource));
            assert_eq!(resource["clinicalStatus"]["coding"][0]["code"], "resolved");
        }
    }
}

#[test]
fn visits_of_a_patient_do_not_overlap() {
    let mut visits: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for resource in population() {
        if resource["resourceType"] == "Encounter" {
            let period = &resource["period"];
            let span = (text(&period["start"]).to_owned(), text(&period["end"]).to_owned());
            let patient = patient_of(resource).unwrap().to_owned();
            visits.entry(patient).or_default().push(span);
        }
    }
    for (patient, mut spans) in visits {
        spans.sort();
        for two in spans.windows(2) {
            assert!(two[0].1 <= two[1].0, "{patient}: {two:?}");
        }
    }
}

#[test]
fn what_a_visit_writes_lies_within_the_visit() {
    let all = population();
    let visits: HashMap<String, &Value> = all
        .iter()
        .filter(|resource| resource["resourceType"] == "Encounter")
        .map(|visit| (identity(visit), &visit["period"]))
        .collect();
    for resource in all {
        let Some(period) = visits.get(text(&resource["encounter"]["reference"])) else { continue };
        for key in ["effectiveDateTime", "issued", "authoredOn", "occurrenceDateTime"] {
            if let Some(at) = resource[key].as_str() {
                let within = text(&period["start"]) <= at && at <= text(&period["end"]);
                assert!(within, "{} {key}", identity(resource));
            }
        }
    }
}
