//! The filters of `ValueSet.compose.include.filter`
//! (<https://hl7.org/fhir/R4/valueset-filter-operator.html>).

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use crate::code_system::{CodeSystem, Concept};
use crate::error::TerminologyError;
use crate::value_set::Filter;

/// A regular expression may compile to so many bytes.
const REGEX_BYTES: usize = 1 << 20;

/// The codes of a system that pass a filter of a value set.
pub(crate) fn passing<'s>(
    system: &'s CodeSystem,
    filter: &Filter,
    canonical: &str,
) -> Result<BTreeSet<&'s str>, TerminologyError> {
    let refused = |why| TerminologyError::Filter {
        canonical: canonical.to_owned(),
        property: filter.property.clone(),
        op: filter.op.clone(),
        why,
    };
    let codes = |concepts: Vec<&'s Concept>| concepts.into_iter().map(|c| c.code.as_str());
    let value = filter.value.as_str();
    Ok(match filter.op.as_str() {
        "is-a" => codes(system.below(value)).collect(),
        "descendent-of" | "descendant-of" => {
            codes(system.below(value)).filter(|code| *code != value).collect()
        }
        "generalizes" => codes(system.above(value)).collect(),
        "is-not-a" => {
            let below: BTreeSet<&str> = codes(system.below(value)).collect();
            all(system).filter(|code| !below.contains(code)).collect()
        }
        "=" => with(system, filter, |found| found == value),
        "in" => {
            let wanted: Vec<&str> = value.split(',').map(str::trim).collect();
            with(system, filter, |found| wanted.contains(&found))
        }
        "not-in" => {
            let unwanted: Vec<&str> = value.split(',').map(str::trim).collect();
            let out = with(system, filter, |found| unwanted.contains(&found));
            all(system).filter(|code| !out.contains(code)).collect()
        }
        "regex" => {
            let regex =
                whole(value).ok_or_else(|| refused("its value is no regular expression"))?;
            with(system, filter, |found| regex.is_match(found))
        }
        "exists" => {
            let having = with(system, filter, |_| true);
            match value {
                "true" => having,
                "false" => all(system).filter(|code| !having.contains(code)).collect(),
                _ => return Err(refused("its value is neither `true` nor `false`")),
            }
        }
        _ => return Err(refused("the operator is not known")),
    })
}

fn all(system: &CodeSystem) -> impl Iterator<Item = &str> {
    system.concepts().map(|concept| concept.code.as_str())
}

/// The codes of concepts with a value of the filter's property that passes.
fn with<'s>(
    system: &'s CodeSystem,
    filter: &Filter,
    passes: impl Fn(&str) -> bool,
) -> BTreeSet<&'s str> {
    let has = |concept: &&Concept| match filter.property.as_str() {
        "concept" | "code" => passes(&concept.code),
        "display" => concept.display.as_deref().is_some_and(&passes),
        "parent" => system.parents(concept).any(|other| passes(&other.code)),
        "child" => system.children(concept).any(|other| passes(&other.code)),
        name => concept.properties.iter().any(|(code, value)| code == name && passes(value)),
    };
    system.concepts().filter(has).map(|concept| concept.code.as_str()).collect()
}

/// A regular expression that must match the whole value. It runs in linear time whatever it says.
fn whole(text: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{text})$")).size_limit(REGEX_BYTES).build().ok()
}
