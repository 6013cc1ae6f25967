//! `DocumentReference/$docref`: the documents about a patient
//! (<http://hl7.org/fhir/us/core/OperationDefinition/docref>).
//!
//! Nothing is made up on demand here, so a caller who wants only such documents gets none.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::Problem;
use tarn_fhir::date;
use tarn_fhir::json::Value;

use super::arguments::{Argument, Arguments, Given, required, wrong};
use super::found::found;
use super::lost;
use super::meta::ours;
use super::searchset::Searchset;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::draft;
use crate::clinical::links::url;
use crate::clinical::resource::Resource;
use crate::clinical::settle::off_thread;
use crate::clinical::target::Target;

/// The parameters that it takes.
pub(super) const TAKEN: &[&str] = &["patient", "start", "end", "type", "on-demand", "profile"];
/// So many documents are looked into at most.
const MOST: u64 = 1_000;
/// The type where none is given: a continuity of care document, as US Core has it.
const SUMMARY: &str = "http://loinc.org|34133-9";

/// The documents, newest first, as a Bundle; where no time is asked for, only the newest.
pub(super) async fn docref(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    let Target::TypeOperation(type_, _) = target else { return Err(lost()) };
    let parameters = searched(&arguments)?;
    let is_dated = arguments.has("start") || arguments.has("end");
    let on_demand_only = arguments.boolean("on-demand")? == Some(true);
    let sent = sent(&arguments);
    let act = Act::new(Action::FhirSearch, "DocumentReferenceDocRef")
        .with(json!({"parameters": sent.iter().map(|(name, _)| name).collect::<Vec<_>>()}));
    let (type_, base, options) = (*type_, asking.base(), asking.parse_options(false));
    asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let (text, matches) = off_thread(move || {
                let mut documents = Vec::new();
                if !on_demand_only {
                    documents = found(&snapshot, type_, &parameters, &options, MOST)?;
                    documents.sort_by_cached_key(|d| std::cmp::Reverse((made_at(d), d.updated)));
                }
                if !is_dated {
                    documents.truncate(1);
                }
                let sent = sent.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let bundle = Searchset {
                    base: &base,
                    total: Some(documents.len() as u64),
                    links: &[("self", url(&base, "DocumentReference/$docref", sent))],
                    matches: &documents,
                    included: &[],
                    issues: &[],
                };
                Ok((bundle.write(), documents.len()))
            })
            .await?;
            granted.answers(json!({"matches": matches}));
            Ok(text)
        })
        .await
}

/// The operation's parameters as those of a search.
fn searched(arguments: &Arguments) -> Result<Vec<(String, String)>, Problem> {
    let patient = required("patient", arguments.text("patient")?)?;
    let patient = patient.strip_prefix("Patient/").unwrap_or(patient);
    if !tarn_domain::LogicalId::is_valid(patient) {
        return Err(wrong("patient", "takes a patient's id"));
    }
    let mut search = vec![
        ("patient".to_owned(), format!("Patient/{patient}")),
        ("status".to_owned(), "current".to_owned()),
    ];
    for (name, prefix) in [("start", "ge"), ("end", "le")] {
        arguments.date(name)?;
        if let Some(text) = arguments.text(name)? {
            search.push(("period".to_owned(), format!("{prefix}{text}")));
        }
    }
    let types = tokens(arguments)?;
    search.push(("type".to_owned(), if types.is_empty() { SUMMARY.to_owned() } else { types }));
    if let Some(profile) = arguments.text("profile")? {
        search.push(("_profile".to_owned(), escaped(profile)));
    }
    Ok(search)
}

/// The type as a search's token: from a query it is one, from Parameters a CodeableConcept.
fn tokens(arguments: &Arguments) -> Result<String, Problem> {
    let mut all = Vec::new();
    for argument in arguments.iter().filter(|argument| argument.name == "type") {
        match argument {
            Argument { given: Given::Text(text), .. } => all.push(text.clone()),
            Argument { given: Given::Json(type_, json), .. } if type_ == "CodeableConcept" => {
                let concept = draft::parse(json.as_bytes())?;
                let codings = concept.root().get("coding").into_iter().flat_map(Value::items);
                all.extend(codings.map(token));
            }
            Argument { given: Given::Json(type_, json), .. } if type_ == "Coding" => {
                all.push(token(draft::parse(json.as_bytes())?.root()));
            }
            Argument { .. } => return Err(wrong("type", "takes a `valueCodeableConcept`")),
        }
    }
    Ok(all.join(","))
}

fn token(coding: Value<'_>) -> String {
    let text = |key| coding.get(key).and_then(Value::as_str).unwrap_or_default();
    format!("{}|{}", escaped(&text("system")), escaped(&text("code")))
}

/// A text as a part of a search's value (<https://hl7.org/fhir/R4/search.html#escaping>).
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | ',' | '|' | '$') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn sent(arguments: &Arguments) -> Vec<(String, String)> {
    let text = |argument: &Argument| match &argument.given {
        Given::Text(text) => Some((argument.name.clone(), text.clone())),
        _ => None,
    };
    arguments.iter().filter_map(text).collect()
}

/// When a document reference was made, in microseconds.
fn made_at(document: &Resource) -> i64 {
    let read = || {
        let document = ours(document.body()).ok()?;
        let date = document.root().get("date").and_then(Value::as_str)?;
        date::parse(&date).map(|period| period.lo)
    };
    read().unwrap_or(i64::MIN)
}
