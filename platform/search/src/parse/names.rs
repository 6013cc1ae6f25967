//! What stands left of the `=`: a parameter, a modifier, a chain, a `_has`.

use tarn_fhir::definitions::{Base, ParamKind, SearchParameter, TypeId, definitions};

use super::closest::closest;
use super::{Context, expression, list, values};
use crate::error::SearchError;
use crate::extract;
use crate::filter::{Clause, Filter};
use crate::query::SortLink;

/// The condition that `name=value` is, for resources of these types (empty: every type).
pub(super) fn condition(
    context: &Context<'_>,
    types: &[TypeId],
    name: &str,
    value: &str,
    links: usize,
) -> Result<Filter, SearchError> {
    context.counts.links(links)?;
    context.counts.condition()?;
    if let Some(rest) = name.strip_prefix("_has:") {
        return has(context, types, rest, |source, inner| {
            condition(context, &[source], inner, value, links + 1)
        });
    }
    match name {
        "_list" => return list::condition(context, value),
        "_filter" => return expression::condition(context, types, value, links),
        _ => {}
    }
    let (head, chain) = name.split_once('.').map_or((name, None), |(h, c)| (h, Some(c)));
    let (code, modifier) = head.split_once(':').map_or((head, None), |(c, m)| (c, Some(m)));
    let owned = context.own_parameters(types, code)?;
    let parameters = match &owned {
        Some(own) => own.clone(),
        None => parameters(types, code)?,
    };
    match chain {
        Some(rest) => chained(context, &parameters, modifier, rest, |type_| {
            Ok(vec![condition(context, &[type_], rest, value, links + 1)?])
        }),
        None => values::condition(context, &parameters, modifier, value),
    }
}

/// The search parameter of that code, for each type that has its own.
pub(super) fn parameters(
    types: &[TypeId],
    code: &str,
) -> Result<Vec<&'static SearchParameter>, SearchError> {
    let unknown = |scope: String, known: &[&'static SearchParameter]| {
        let closest = closest(code, known.iter().map(|parameter| parameter.code));
        Err(SearchError::UnknownParameter { name: code.to_owned(), scope, closest })
    };
    let common = definitions().common_parameters();
    if types.is_empty() {
        let found = common.iter().find(|parameter| parameter.code == code);
        return match found {
            Some(parameter) => Ok(vec![*parameter]),
            None => unknown("every type".into(), common),
        };
    }
    let mut found: Vec<&'static SearchParameter> = Vec::with_capacity(types.len());
    for type_ in types {
        match definitions().parameter(*type_, code) {
            Some(parameter) if found.iter().any(|known| known.field == parameter.field) => {}
            Some(parameter) => found.push(parameter),
            None => return unknown(type_.to_string(), definitions().parameters(*type_)),
        }
    }
    Ok(found)
}

/// The parameter as whose value a composite's part is read. R4 has the definitions of the parts
/// of `DocumentReference.relationship` interchanged, so the kind decides.
pub(super) fn component(
    composite: &SearchParameter,
    part: usize,
) -> Option<&'static SearchParameter> {
    let Base::Type(type_) = composite.base else { return None };
    let kind = *extract::parts(type_, composite.field)?.get(part)?;
    let defined = composite.components.get(part).into_iter();
    let mut candidates = defined.chain(&composite.components);
    candidates.find_map(|c| definitions().field(c.field).filter(|found| found.kind == kind))
}

/// The kind that the parameters have in common. Some have nothing to be looked up in: `_text`.
pub(super) fn kind_of(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
) -> Result<ParamKind, SearchError> {
    let Some(first) = parameters.first() else { return Err(context.not_supported("this")) };
    if let Some(parameter) = parameters.iter().find(|parameter| parameter.expression.is_empty()) {
        return Err(context.not_supported(parameter.code));
    }
    if parameters.iter().any(|parameter| parameter.kind != first.kind) {
        let what = "a parameter that has different meanings in the types searched";
        return Err(context.not_supported(what));
    }
    Ok(first.kind)
}

const REFERENCE_MODIFIERS: &[&str] =
    &["missing", "identifier", "above", "below", "<a type of target>"];

/// The types that a reference can lead to. R4's list is wider than some expressions:
/// `Observation.subject.where(resolve() is Patient)`.
pub(super) fn targets(parameter: &SearchParameter) -> Vec<TypeId> {
    if let Some((_, rest)) = parameter.expression.split_once("resolve() is ") {
        let alternatives = parameter.expression.split(" | ").count();
        let only = rest.split(')').next().and_then(|name| TypeId::parse(name.trim()));
        if let Some(only) = only.filter(|_| alternatives == 1) {
            return vec![only];
        }
    }
    if parameter.targets.is_empty() { TypeId::all().collect() } else { parameter.targets.clone() }
}

/// The type that a modifier narrows a reference to.
pub(super) fn target(
    context: &Context<'_>,
    parameter: &SearchParameter,
    name: &str,
) -> Result<TypeId, SearchError> {
    let type_ = TypeId::parse(name).ok_or_else(|| context.modifier(name, REFERENCE_MODIFIERS))?;
    if targets(parameter).contains(&type_) {
        return Ok(type_);
    }
    Err(context.value("a reference to a type that the parameter can lead to"))
}

/// The condition of a chain: in each type that it can lead to, what `inner` says of it. `next` is
/// what the chain goes on with.
pub(super) fn chained(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    next: &str,
    inner: impl Fn(TypeId) -> Result<Vec<Filter>, SearchError>,
) -> Result<Filter, SearchError> {
    if kind_of(context, parameters)? != ParamKind::Reference {
        return Err(context.link("only references can be chained with `.`"));
    }
    let fields: Vec<_> = parameters.iter().map(|parameter| parameter.field).collect();
    let mut chains = Vec::new();
    let mut refusal = None;
    // Each type has its own parameter of that name, and what passes in one of them passes. A value
    // that only some of them can have is asked of those.
    for type_ in candidates(context, parameters, modifier, next)? {
        match inner(type_) {
            Ok(all) => {
                chains.push(Filter::Chain(fields.clone(), Clause { types: vec![type_], all }));
            }
            Err(error @ SearchError::TooCostly { .. }) => return Err(error),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    match (chains.len(), refusal) {
        (0, Some(error)) => Err(error),
        (0, None) => Err(context.not_supported("this chain")),
        (1, _) => Ok(chains.remove(0)),
        _ => Ok(Filter::Any(chains)),
    }
}

/// The reference that a sort key goes on behind, to the types that have the parameter `next`.
pub(super) fn sort_link(
    context: &Context<'_>,
    types: &[TypeId],
    head: &str,
    next: &str,
) -> Result<SortLink, SearchError> {
    let (code, modifier) = head.split_once(':').map_or((head, None), |(c, m)| (c, Some(m)));
    let parameters = parameters(types, code)?;
    if kind_of(context, &parameters)? != ParamKind::Reference {
        return Err(context.link("only references can be chained with `.`"));
    }
    let types = candidates(context, &parameters, modifier, next)?;
    let fields = parameters.iter().map(|parameter| parameter.field).collect();
    Ok(SortLink { fields, types })
}

/// The types that a chain can go on in with a parameter of that name.
fn candidates(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    next: &str,
) -> Result<Vec<TypeId>, SearchError> {
    let mut candidates: Vec<TypeId> = Vec::new();
    for parameter in parameters {
        match modifier {
            Some(name) => candidates.push(target(context, parameter, name)?),
            None => candidates.extend(targets(parameter)),
        }
    }
    candidates.sort_unstable();
    candidates.dedup();
    if candidates.iter().any(|type_| may_have(context, *type_, next)) {
        candidates.retain(|type_| may_have(context, *type_, next));
    } else {
        // One refusal says it all.
        candidates.truncate(1);
    }
    Ok(candidates)
}

/// Whether a type has the parameter that a chain goes on with.
fn may_have(context: &Context<'_>, type_: TypeId, rest: &str) -> bool {
    let code = rest.split([':', '.']).next().unwrap_or_default();
    code == "_has" || code == "_list" || context.has_parameter(type_, code)
}

/// `_has:Observation:patient:code=…`: `rest` begins behind `_has:`, and `goes_on` says what
/// stands behind the reference.
pub(super) fn has(
    context: &Context<'_>,
    types: &[TypeId],
    rest: &str,
    goes_on: impl Fn(TypeId, &str) -> Result<Filter, SearchError>,
) -> Result<Filter, SearchError> {
    let mut parts = rest.splitn(3, ':');
    let (Some(source), Some(code), Some(inner)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(context.link("write `_has:Type:reference:parameter`"));
    };
    let source = TypeId::parse(source)
        .ok_or_else(|| SearchError::UnknownType { parameter: "_has".to_owned() })?;
    let parameters = match context.own_parameters(&[source], code)? {
        Some(own) => own,
        None => parameters(&[source], code)?,
    };
    let links_here = |parameter: &&SearchParameter| {
        let targets = targets(parameter);
        parameter.kind == ParamKind::Reference
            && (types.is_empty() || types.iter().any(|type_| targets.contains(type_)))
    };
    if !parameters.iter().all(links_here) {
        return Err(context.link("the reference does not lead to the type searched"));
    }
    let filter = goes_on(source, inner)?;
    let fields = parameters.iter().map(|parameter| parameter.field).collect();
    Ok(Filter::Has(fields, Clause { types: vec![source], all: vec![filter] }))
}
