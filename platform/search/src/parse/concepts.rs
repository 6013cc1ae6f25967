//! Tokens by value set and by code system hierarchy: `:in`, `:not-in`, `:below`, `:above`.

use tarn_fhir::definitions::SearchParameter;

use super::Context;
use super::split::unescape;
use super::values::{fields, system_and_code};
use crate::error::SearchError;
use crate::filter::{Filter, Lookup, Way};

const VALUE_SET: &str = "the canonical URL of a value set, or ValueSet/id";
const CONCEPT: &str = "system|code";

/// Has a code in one of the value sets.
pub(super) fn in_value_sets(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    let mut names = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let name = unescape(piece);
        if !(name.contains(':') || name.starts_with("ValueSet/")) {
            return Err(context.value(VALUE_SET));
        }
        names.push(name);
    }
    Ok(Filter::Lookup(Lookup::ValueSets(fields(parameters), names)))
}

/// Has the concept, or one that it subsumes or that subsumes it.
pub(super) fn around(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    way: Way,
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    let mut any = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let (Some(system), code) = system_and_code(context, piece)? else {
            return Err(context.value(CONCEPT));
        };
        if system.is_empty() || code.is_empty() {
            return Err(context.value(CONCEPT));
        }
        any.push(Filter::Lookup(Lookup::Concept(fields(parameters), way, system, code)));
    }
    Ok(if any.len() == 1 { any.remove(0) } else { Filter::Any(any) })
}
