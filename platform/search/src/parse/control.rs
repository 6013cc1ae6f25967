//! The parameters that shape the answer rather than choose what is in it (R4 §3.1.1.5).

use tarn_fhir::definitions::{ParamKind, TypeId};

use super::split::split;
use super::{Context, ParseOptions, names};
use crate::error::SearchError;
use crate::query::{Contained, Include, Query, SortKey, Summary, Total};

/// Takes a parameter that shapes the answer; false when it is none of those.
pub(super) fn take(
    context: &Context<'_>,
    options: &ParseOptions,
    query: &mut Query,
    value: &str,
) -> Result<bool, SearchError> {
    let (name, modifier) =
        context.name.split_once(':').map_or((context.name, None), |(n, m)| (n, Some(m)));
    match (name, modifier) {
        ("_include" | "_revinclude", _) => {
            context.counts.includes(query.includes.len() + 1)?;
            query.includes.push(include(context, name == "_revinclude", modifier, value)?);
        }
        (_, Some(_)) => return Ok(false),
        ("_sort", _) => query.sort = sort(context, &query.clause.types, value)?,
        ("_count", _) => {
            let count: u32 = value.parse().map_err(|_| context.value("a whole number"))?;
            query.count = count.min(options.max_count);
        }
        ("_total", _) => {
            query.total = match value {
                "none" => Total::None,
                "estimate" => Total::Estimate,
                "accurate" => Total::Accurate,
                _ => return Err(context.value("`none`, `estimate` or `accurate`")),
            }
        }
        ("_summary", _) => {
            query.summary = Some(match value {
                "true" => Summary::True,
                "text" => Summary::Text,
                "data" => Summary::Data,
                "count" => Summary::Count,
                "false" => Summary::False,
                _ => return Err(context.value("`true`, `text`, `data`, `count` or `false`")),
            });
        }
        ("_elements", _) => {
            let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
            query.elements.extend(names.map(str::to_owned));
        }
        ("_contained", _) => {
            query.contained = match value {
                "false" => Contained::False,
                "true" => Contained::True,
                "both" => Contained::Both,
                _ => return Err(context.value("`true`, `both` or `false`")),
            }
        }
        ("_containedType", _) => {
            query.answers_contained = match value {
                "container" => false,
                "contained" => true,
                _ => return Err(context.value("`container` or `contained`")),
            }
        }
        ("_format" | "_pretty", _) => {}
        _ => return Ok(false),
    }
    Ok(true)
}

fn sort(context: &Context<'_>, types: &[TypeId], value: &str) -> Result<Vec<SortKey>, SearchError> {
    let keys = value.split(',').map(|key| sort_key(context, types, key.trim()));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    context.counts.sort_keys(keys.len())?;
    Ok(keys)
}

fn sort_key(context: &Context<'_>, types: &[TypeId], key: &str) -> Result<SortKey, SearchError> {
    let (path, descending) = key.strip_prefix('-').map_or((key, false), |code| (code, true));
    let mut types = types.to_vec();
    let mut chain = Vec::new();
    let mut code = path;
    while let Some((head, rest)) = code.split_once('.') {
        context.counts.links(chain.len() + 1)?;
        let next = rest.split(['.', ':']).next().unwrap_or(rest);
        let link = names::sort_link(context, &types, head, next)?;
        types.clone_from(&link.types);
        chain.push(link);
        code = rest;
    }
    let parameters = names::parameters(&types, code)?;
    match names::kind_of(context, &parameters)? {
        ParamKind::Composite | ParamKind::Special => {
            Err(context.not_supported(&format!("sorting by {code}")))
        }
        _ => Ok(SortKey { parameters, descending, chain }),
    }
}

fn include(
    context: &Context<'_>,
    reverse: bool,
    modifier: Option<&str>,
    value: &str,
) -> Result<Include, SearchError> {
    let iterate = match modifier {
        None => false,
        Some("iterate" | "recurse") => true,
        Some(other) => return Err(context.modifier(other, &["iterate"])),
    };
    if value == "*" {
        return Ok(Include { source: None, parameter: None, target: None, reverse, iterate });
    }
    let unknown = || SearchError::UnknownType { parameter: context.name.to_owned() };
    let parts = split(value, b':');
    let [source, code, ref target @ ..] = parts[..] else {
        return Err(context.value("`Type:parameter`, `Type:parameter:Type`, `Type:*` or `*`"));
    };
    let source = TypeId::parse(source).ok_or_else(unknown)?;
    let target = match target {
        [] => None,
        [name] => Some(TypeId::parse(name).ok_or_else(unknown)?),
        _ => return Err(context.value("`Type:parameter:Type`")),
    };
    let parameter = match code {
        "*" => None,
        code => names::parameters(&[source], code)?.pop(),
    };
    if parameter.is_some_and(|parameter| parameter.kind != ParamKind::Reference) {
        return Err(context.link("only references can be included"));
    }
    Ok(Include { source: Some(source), parameter, target, reverse, iterate })
}
