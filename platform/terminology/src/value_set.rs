//! A ValueSet, read: what it includes and excludes.

use tarn_fhir::json::{Document, Value};

use crate::code_system::string;
use crate::error::TerminologyError;
use crate::expansion::{Expansion, Pair};

/// A value set.
#[derive(Debug)]
pub(crate) struct ValueSet {
    pub(crate) canonical: String,
    /// `compose`; none where there is only an expansion.
    pub(crate) compose: Option<Compose>,
    /// The expansion that is stored with it, if it is whole.
    pub(crate) expansion: Option<Expansion>,
}

/// `ValueSet.compose`.
#[derive(Debug, Default)]
pub(crate) struct Compose {
    pub(crate) include: Vec<Include>,
    pub(crate) exclude: Vec<Include>,
}

/// One `include` or `exclude`: all that it says must hold.
#[derive(Debug)]
pub(crate) struct Include {
    pub(crate) system: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) codes: Vec<String>,
    pub(crate) filters: Vec<Filter>,
    pub(crate) value_sets: Vec<String>,
}

/// A filter on the concepts of a system.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) property: String,
    pub(crate) op: String,
    pub(crate) value: String,
}

impl ValueSet {
    /// Reads a ValueSet resource, of which no more than `limit` codes are taken.
    pub(crate) fn read(
        text: &[u8],
        canonical: &str,
        limit: usize,
    ) -> Result<Self, TerminologyError> {
        let canonical = canonical.to_owned();
        let Ok(document) = Document::parse(text) else {
            return Err(TerminologyError::Unusable { canonical, why: "it is no JSON" });
        };
        let root = document.root();
        let compose = root.get("compose").map(|compose| Compose {
            include: includes(compose, "include"),
            exclude: includes(compose, "exclude"),
        });
        let count = |c: &Compose| c.include.iter().chain(&c.exclude).map(|i| i.codes.len()).sum();
        let listed: usize = compose.as_ref().map_or(0, count);
        if listed > limit {
            return Err(TerminologyError::TooLarge { canonical, what: "codes", limit });
        }
        let expansion = match root.get("expansion") {
            Some(expansion) => stored(expansion, &canonical, limit)?,
            None => None,
        };
        Ok(Self { canonical, compose, expansion })
    }
}

fn includes(compose: Value<'_>, name: &str) -> Vec<Include> {
    let all = compose.get(name).into_iter().flat_map(Value::items);
    all.map(|include| Include {
        system: string(include, "system"),
        version: string(include, "version"),
        codes: each(include, "concept").filter_map(|concept| string(concept, "code")).collect(),
        filters: each(include, "filter").map(filter).collect(),
        value_sets: each(include, "valueSet")
            .filter_map(|url| url.as_str().map(std::borrow::Cow::into_owned))
            .collect(),
    })
    .collect()
}

fn filter(filter: Value<'_>) -> Filter {
    let text = |name| string(filter, name).unwrap_or_default();
    Filter { property: text("property"), op: text("op"), value: text("value") }
}

fn each<'v>(value: Value<'v>, name: &str) -> impl Iterator<Item = Value<'v>> {
    value.get(name).into_iter().flat_map(Value::items)
}

/// The codes of `ValueSet.expansion`; none where it is a page of a longer one.
fn stored(
    expansion: Value<'_>,
    canonical: &str,
    limit: usize,
) -> Result<Option<Expansion>, TerminologyError> {
    let mut found = Expansion::default();
    let mut listed = 0;
    let mut left: Vec<Value<'_>> = each(expansion, "contains").collect();
    while let Some(contained) = left.pop() {
        listed += 1;
        left.extend(each(contained, "contains"));
        let is_abstract = contained.get("abstract").and_then(Value::as_bool) == Some(true);
        if let (Some(code), false) = (string(contained, "code"), is_abstract) {
            let pair: Pair = (string(contained, "system"), code);
            found.codes.insert(pair);
        }
        if found.codes.len() > limit {
            let canonical = canonical.to_owned();
            return Err(TerminologyError::TooLarge { canonical, what: "codes", limit });
        }
    }
    let total = expansion.get("total").and_then(Value::number).and_then(|n| n.parse().ok());
    let is_whole = total.is_none_or(|total: usize| total <= listed);
    Ok(is_whole.then_some(found))
}
