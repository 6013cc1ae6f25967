//! References in values, in all the forms in which they are written.

use tarn_domain::LogicalId;
use tarn_fhir::definitions::{SearchParameter, TypeId};

use super::split::unescape;
use super::values::{each, system_and_code};
use super::{Context, hierarchy_of, names};
use crate::error::SearchError;
use crate::filter::{Filter, KeyTest, Lookup, Way};

/// The condition that a reference parameter with these values is.
pub(super) fn condition(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    if modifier == Some("identifier") {
        return identifier(context, parameters, pieces);
    }
    match modifier {
        Some("below") => return places(context, parameters, Way::Below, pieces),
        Some("above") => return places(context, parameters, Way::Above, pieces),
        _ => {}
    }
    let mut tests = Vec::new();
    for (piece, parameter) in each(pieces, parameters) {
        let targets = match modifier {
            Some(name) => vec![names::target(context, parameter, name)?],
            None => Vec::new(),
        };
        reference_tests(context, parameter, &targets, &unescape(piece), &mut tests)?;
    }
    Ok(Filter::Keys(tests))
}

/// References to a place in a hierarchy: each type that the parameter can lead to and that has one.
fn places(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    way: Way,
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    let mut any = Vec::new();
    for (piece, parameter) in each(pieces, parameters) {
        let mut types = names::targets(parameter);
        types.retain(|type_| hierarchy_of(*type_).is_some());
        if types.is_empty() {
            return Err(context.link("it leads to no type with a hierarchy of its own"));
        }
        let text = unescape(piece);
        let own = context.base_url.and_then(|base| text.strip_prefix(base)?.strip_prefix('/'));
        let text = own.unwrap_or(&text);
        let (types, id) = match type_and_id(text) {
            Some((type_, id)) if types.contains(&type_) => (vec![type_], id),
            None if LogicalId::is_valid(text) => (types, text),
            _ => return Err(context.value("an id or Type/id in a hierarchy, as of Location")),
        };
        for type_ in types {
            let place = Lookup::Place(vec![parameter.field], way, type_, id.to_owned());
            any.push(Filter::Lookup(place));
        }
    }
    Ok(Filter::Any(any))
}

/// A relative reference is asked for in both forms in which it may have been written.
fn reference_tests(
    context: &Context<'_>,
    parameter: &SearchParameter,
    only: &[TypeId],
    text: &str,
    tests: &mut Vec<KeyTest>,
) -> Result<(), SearchError> {
    let own = context.base_url.and_then(|base| text.strip_prefix(base)?.strip_prefix('/'));
    let text = own.unwrap_or(text);
    let mut relative = |type_: TypeId, id: &str| {
        let reference = format!("{type_}/{id}");
        if let Some(base) = context.base_url {
            tests.push(KeyTest::Reference(parameter.field, format!("{base}/{reference}")));
        }
        tests.push(KeyTest::Reference(parameter.field, reference));
    };
    if let Some((type_, id)) = type_and_id(text) {
        if only.is_empty() || only.contains(&type_) {
            relative(type_, id);
            return Ok(());
        }
        return Err(context.value("a reference to the type that the modifier names"));
    }
    if LogicalId::is_valid(text) {
        let all = names::targets(parameter);
        for type_ in if only.is_empty() { &all } else { only } {
            relative(*type_, text);
        }
        return Ok(());
    }
    if text.contains(':') {
        tests.push(KeyTest::Reference(parameter.field, text.to_owned()));
        return Ok(());
    }
    Err(context.value("an id, Type/id or a URL"))
}

/// `Type/id`, whatever version it may go on to name.
fn type_and_id(text: &str) -> Option<(TypeId, &str)> {
    let (type_, rest) = text.split_once('/')?;
    let id = rest.split_once("/_history/").map_or(rest, |(id, _)| id);
    Some((TypeId::parse(type_)?, id)).filter(|_| LogicalId::is_valid(id))
}

fn identifier(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    let mut tests = Vec::new();
    for (piece, parameter) in each(pieces, parameters) {
        let (system, value) = system_and_code(context, piece)?;
        if value.is_empty() {
            return Err(context.value("an identifier's value, or system|value"));
        }
        let system = system.map(|system| Some(system).filter(|system| !system.is_empty()));
        tests.push(KeyTest::Identifier(parameter.field, system, value));
    }
    Ok(Filter::Keys(tests))
}
