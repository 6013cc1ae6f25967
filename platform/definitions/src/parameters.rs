//! Splits SearchParameters into one for each type that they are defined on.

use std::collections::{BTreeMap, HashMap};

use tarn_fhir::definitions::{ParamKind, TypeId};

use crate::error::Error;
use crate::facts::{self, Parameter};
use crate::source::{Compartment, SearchParameter};

/// Where a reference may point at more types than this, it may point at any.
const NEARLY_ALL: usize = 140;

/// The search parameters in the order of their field numbers: those of every type first, then by
/// type and code.
pub(crate) fn compile(sources: &[SearchParameter]) -> Result<Vec<Parameter>, Error> {
    let mut found: BTreeMap<(Option<TypeId>, &str), &SearchParameter> = BTreeMap::new();
    for source in sources.iter().filter(|source| is_kept(source)) {
        for base in &source.base {
            if found.insert((base_type(base)?, &source.code), source).is_some() {
                return Err(Error::surprise(&source.id, format!("defined twice on {base}")));
            }
        }
    }
    let order = found.keys().enumerate().map(|(at, name)| (*name, at)).collect();
    let codes = sources.iter().map(|source| (source.url.as_str(), source.code.as_str())).collect();
    found.iter().map(|((base, _), source)| parameter(*base, source, &order, &codes)).collect()
}

/// Left out: the three examples of the package (`example` …) and those that it lists without a
/// base, or with neither an expression nor a meaning of their own (`_content` … have one).
fn is_kept(source: &SearchParameter) -> bool {
    let is_example = source.id == "example" || source.id.starts_with("example-");
    let is_meant = source.expression.is_some() || source.code.starts_with('_');
    !is_example && !source.base.is_empty() && is_meant
}

fn base_type(base: &str) -> Result<Option<TypeId>, Error> {
    match base {
        "Resource" | "DomainResource" => Ok(None),
        name => TypeId::parse(name)
            .map(Some)
            .ok_or_else(|| Error::surprise(name, "is no resource type")),
    }
}

fn parameter(
    base: Option<TypeId>,
    source: &SearchParameter,
    order: &HashMap<(Option<TypeId>, &str), usize>,
    codes: &HashMap<&str, &str>,
) -> Result<Parameter, Error> {
    let kind = ParamKind::parse(&source.kind)
        .ok_or_else(|| Error::surprise(&source.id, "is of no known type"))?;
    let mut components = Vec::new();
    for component in &source.component {
        let place =
            codes.get(component.definition.as_str()).and_then(|code| order.get(&(base, code)));
        let place = place.ok_or_else(|| {
            Error::surprise(&source.id, format!("has part {}", component.definition))
        })?;
        components.push((*place, component.expression.clone()));
    }
    Ok(Parameter {
        base,
        code: source.code.clone(),
        kind,
        expression: expression(base, source)?,
        url: source.url.clone(),
        targets: targets(source)?,
        components,
    })
}

fn targets(source: &SearchParameter) -> Result<Vec<TypeId>, Error> {
    let mut targets = Vec::new();
    for name in &source.target {
        match base_type(name)? {
            Some(type_) => targets.push(type_),
            None => return Ok(Vec::new()),
        }
    }
    targets.sort_unstable();
    targets.dedup();
    Ok(if targets.len() >= NEARLY_ALL { Vec::new() } else { targets })
}

/// The alternatives for one base. R4 has one that begins without its type (`InsurancePlan-name`).
fn expression(base: Option<TypeId>, source: &SearchParameter) -> Result<String, Error> {
    let Some(whole) = source.expression.as_deref() else { return Ok(String::new()) };
    let name = base.map_or("Resource", TypeId::name);
    let mut kept = Vec::new();
    for alternative in alternatives(whole) {
        let start = alternative.trim_start_matches('(');
        let first = start.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        if first == name {
            kept.push(alternative.to_owned());
        } else if first.starts_with(|c: char| c.is_ascii_lowercase()) {
            kept.push(format!("{name}.{alternative}"));
        }
    }
    if kept.is_empty() {
        return Err(Error::surprise(&source.id, format!("has no expression for {name}")));
    }
    Ok(kept.join(" | "))
}

/// Splits at every `|` that is in no parentheses and no string.
fn alternatives(expression: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut quoted, mut start) = (Vec::new(), 0, false, 0);
    for (at, byte) in expression.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth -= 1,
            b'|' if !quoted && depth == 0 => {
                parts.push(expression[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(expression[start..].trim());
    parts
}

/// For each compartment the types in it, and the codes of the parameters that put them there.
pub(crate) fn compartments(
    sources: &[Compartment],
    parameters: &[Parameter],
) -> Result<Vec<facts::Compartment>, Error> {
    let mut all = BTreeMap::new();
    for source in sources.iter().filter(|source| source.id != "example") {
        let mut members = BTreeMap::new();
        for member in source.resource.iter().filter(|member| !member.param.is_empty()) {
            let type_ = type_of(&member.code)?;
            let codes: Vec<String> =
                member.param.iter().filter(|code| *code != "{def}").cloned().collect();
            for code in &codes {
                let is_known = |p: &Parameter| p.base == Some(type_) && p.code == *code;
                if !parameters.iter().any(is_known) {
                    let what = format!("{} has no parameter {code}", member.code);
                    return Err(Error::surprise(&source.id, what));
                }
            }
            members.insert(type_, codes);
        }
        all.insert(type_of(&source.code)?, members.into_iter().collect());
    }
    Ok(all.into_iter().collect())
}

fn type_of(name: &str) -> Result<TypeId, Error> {
    TypeId::parse(name).ok_or_else(|| Error::surprise(name, "is no resource type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_split_outside_parentheses_and_strings() {
        let split = alternatives("A.b.where(c='x|y') | (A.d | A.e).f | A.g");
        assert_eq!(split, ["A.b.where(c='x|y')", "(A.d | A.e).f", "A.g"]);
    }
}
