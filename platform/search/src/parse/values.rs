//! From a parameter, a modifier and a value to a condition.

use tarn_domain::LogicalId;
use tarn_fhir::definitions::{FieldId, ParamKind, SearchParameter};

use super::split::{split, unescape};
use super::{Context, composite, concepts, date, names, number, reference};
use crate::error::SearchError;
use crate::extract::normalise;
use crate::filter::{
    DateTest, Filter, KeyTest, NearTest, Prefix, QuantityTest, TermMatch, TermTest, TextTest, Way,
};
use crate::near::place;
use crate::text;

/// The condition that a parameter with these values is. `parameters` are of one kind: one for
/// each type of the scope.
pub(super) fn condition(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    value: &str,
) -> Result<Filter, SearchError> {
    if let Some(field) = words_field(parameters) {
        refuse_modifier(context, modifier, &[])?;
        return words(context, field, value);
    }
    let kind = names::kind_of(context, parameters)?;
    if value.is_empty() {
        return Err(SearchError::Empty { name: context.name.to_owned() });
    }
    if modifier == Some("missing") && kind != ParamKind::Composite {
        return missing(context, parameters, value);
    }
    let pieces = || split(value, b',');
    context.counts.values(pieces().len())?;
    match (parameters[0].code, kind) {
        ("_id", _) => ids(context, modifier, pieces()),
        ("_lastUpdated", _) => {
            refuse_modifier(context, modifier, &["missing"])?;
            Ok(Filter::Updated(dates(context, pieces())?))
        }
        (_, ParamKind::Token) => token(context, parameters, modifier, pieces()),
        (_, ParamKind::String) => string(context, parameters, modifier, pieces()),
        (_, ParamKind::Reference) => reference::condition(context, parameters, modifier, &pieces()),
        (_, ParamKind::Uri) => uri(context, parameters, modifier, pieces()),
        (_, ParamKind::Composite) => composite::condition(context, parameters, modifier, &pieces()),
        (_, ParamKind::Date) => {
            refuse_modifier(context, modifier, &["missing"])?;
            Ok(Filter::Dates(fields(parameters), dates(context, pieces())?))
        }
        (_, ParamKind::Number) => {
            refuse_modifier(context, modifier, &["missing"])?;
            let read = |piece: &str| number::number(piece).ok_or_else(|| context.value(NUMBER));
            let tests = pieces().into_iter().map(read).collect::<Result<_, _>>()?;
            Ok(Filter::Numbers(fields(parameters), tests))
        }
        (_, ParamKind::Quantity) => {
            refuse_modifier(context, modifier, &["missing"])?;
            let read = |piece| quantity(context, piece);
            let tests = pieces().into_iter().map(read).collect::<Result<_, _>>()?;
            Ok(Filter::Quantities(fields(parameters), tests))
        }
        ("near", ParamKind::Special) => {
            refuse_modifier(context, modifier, &["missing"])?;
            near(context, parameters[0].field, pieces())
        }
        (code, ParamKind::Special) => Err(context.not_supported(code)),
    }
}

const NUMBER: &str = "a number such as 5.40, 1e-3 or gt100";
const TOKEN_MODIFIERS: &[&str] = &["missing", "not", "text", "in", "not-in", "above", "below"];
const TOKEN: &str = "a code, system|code, |code or system|";

/// The field of `_text` or `_content`.
fn words_field(parameters: &[&SearchParameter]) -> Option<FieldId> {
    let [only] = parameters else { return None };
    matches!(only.code, "_text" | "_content").then_some(only.field)
}

fn words(context: &Context<'_>, field: FieldId, value: &str) -> Result<Filter, SearchError> {
    let alternatives: Vec<_> = split(value, b',').into_iter().map(unescape).collect();
    let tree = text::read(&alternatives).map_err(|expected| context.value(expected))?;
    Ok(Filter::Text(Box::new(TextTest { field, tree })))
}

/// Takes a comparison prefix off.
pub(super) fn prefix(text: &str) -> (Prefix, &str) {
    let known = [
        ("eq", Prefix::Eq),
        ("ne", Prefix::Ne),
        ("gt", Prefix::Gt),
        ("lt", Prefix::Lt),
        ("ge", Prefix::Ge),
        ("le", Prefix::Le),
        ("sa", Prefix::Sa),
        ("eb", Prefix::Eb),
        ("ap", Prefix::Ap),
    ];
    let found = known.iter().find_map(|(name, prefix)| {
        let rest = text.strip_prefix(name)?;
        Some((*prefix, rest))
    });
    found.unwrap_or((Prefix::Eq, text))
}

/// Their fields.
pub(super) fn fields(parameters: &[&SearchParameter]) -> Vec<FieldId> {
    parameters.iter().map(|parameter| parameter.field).collect()
}

/// Refuses every modifier.
pub(super) fn refuse_modifier(
    context: &Context<'_>,
    modifier: Option<&str>,
    allowed: &'static [&'static str],
) -> Result<(), SearchError> {
    modifier.map_or(Ok(()), |modifier| Err(context.modifier(modifier, allowed)))
}

fn negated(filter: Filter, negate: bool) -> Filter {
    if negate { Filter::Not(Box::new(filter)) } else { filter }
}

fn missing(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    value: &str,
) -> Result<Filter, SearchError> {
    let missing = match value {
        "true" => true,
        "false" => false,
        _ => return Err(context.value("`true` or `false`")),
    };
    if matches!(parameters[0].code, "_id" | "_lastUpdated") {
        return Ok(negated(Filter::All(Vec::new()), missing));
    }
    let present = fields(parameters).into_iter().map(KeyTest::Present).collect();
    Ok(negated(Filter::Keys(present), missing))
}

fn ids(
    context: &Context<'_>,
    modifier: Option<&str>,
    pieces: Vec<&str>,
) -> Result<Filter, SearchError> {
    let negate = match modifier {
        None => false,
        Some("not") => true,
        Some(other) => return Err(context.modifier(other, &["missing", "not"])),
    };
    // What cannot be an id is the id of nothing: no reason to refuse the search.
    let ids = pieces.into_iter().map(unescape).filter(|id| LogicalId::is_valid(id)).collect();
    Ok(negated(Filter::Ids(ids), negate))
}

fn dates(context: &Context<'_>, pieces: Vec<&str>) -> Result<Vec<DateTest>, SearchError> {
    let expected = "a date such as 2024, ge2024-05 or lt2024-05-01T10:00:00Z";
    let read = |piece| date::date(piece, context.now).ok_or_else(|| context.value(expected));
    pieces.into_iter().map(read).collect()
}

fn token(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    pieces: Vec<&str>,
) -> Result<Filter, SearchError> {
    let negate = match modifier {
        None => false,
        Some("not") => true,
        Some("text") => return terms(context, parameters, true, TermMatch::Prefix, &pieces),
        Some("of-type") => return of_type(context, parameters, &pieces),
        Some("in") => return concepts::in_value_sets(context, parameters, &pieces),
        Some("not-in") => {
            let inside = concepts::in_value_sets(context, parameters, &pieces)?;
            return Ok(negated(inside, true));
        }
        Some("below") => return concepts::around(context, parameters, Way::Below, &pieces),
        Some("above") => return concepts::around(context, parameters, Way::Above, &pieces),
        Some(other) => return Err(context.modifier(other, TOKEN_MODIFIERS)),
    };
    let mut tests = Vec::with_capacity(pieces.len() * parameters.len());
    for piece in pieces {
        for parameter in parameters {
            tests.push(token_test(context, parameter.field, piece)?);
        }
    }
    Ok(negated(Filter::Keys(tests), negate))
}

fn token_test(context: &Context<'_>, field: FieldId, piece: &str) -> Result<KeyTest, SearchError> {
    Ok(match system_and_code(context, piece)? {
        (None, code) => KeyTest::Code(field, code),
        (Some(system), code) if code.is_empty() => KeyTest::System(field, system),
        (Some(system), code) => {
            KeyTest::CodeIn(field, Some(system).filter(|system| !system.is_empty()), code)
        }
    })
}

/// `identifier:of-type=system|code|value` (R4 §3.1.1.4.10): all three, the first two of a coding of
/// the identifier's type.
fn of_type(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    let has_types = |p: &&SearchParameter| p.expression.ends_with("dentifier");
    if !parameters.iter().all(has_types) {
        return Err(context.modifier("of-type", TOKEN_MODIFIERS));
    }
    let mut tests = Vec::with_capacity(pieces.len());
    for (piece, parameter) in each(pieces, parameters) {
        let [system, code, value] = split(piece, b'|')[..] else {
            return Err(context.value("a system|code|value of an identifier with that type"));
        };
        if code.is_empty() || value.is_empty() {
            return Err(context.value("a system|code|value with a code and a value"));
        }
        let system = Some(unescape(system)).filter(|system| !system.is_empty());
        tests.push(KeyTest::OfType(parameter.field, system, unescape(code), unescape(value)));
    }
    Ok(Filter::Keys(tests))
}

fn near(context: &Context<'_>, field: FieldId, pieces: Vec<&str>) -> Result<Filter, SearchError> {
    let read = |piece: &str| place(&split(piece, b'|')).map_err(|expected| context.value(expected));
    let tests = pieces.into_iter().map(read).collect::<Result<Vec<NearTest>, _>>()?;
    Ok(Filter::Near(field, tests))
}

/// `code`, `system|code`, `|code` or `system|`.
pub(super) fn system_and_code(
    context: &Context<'_>,
    piece: &str,
) -> Result<(Option<String>, String), SearchError> {
    match split(piece, b'|')[..] {
        [code] if !code.is_empty() => Ok((None, unescape(code))),
        [system, code] if !(system.is_empty() && code.is_empty()) => {
            Ok((Some(unescape(system)), unescape(code)))
        }
        _ => Err(context.value(TOKEN)),
    }
}

fn string(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    pieces: Vec<&str>,
) -> Result<Filter, SearchError> {
    match modifier {
        None => terms(context, parameters, false, TermMatch::Prefix, &pieces),
        Some("contains") => terms(context, parameters, false, TermMatch::Contains, &pieces),
        Some("exact") => Ok(each_key(parameters, &pieces, KeyTest::Exact)),
        Some(other) => Err(context.modifier(other, &["missing", "exact", "contains"])),
    }
}

fn each_key(
    parameters: &[&SearchParameter],
    pieces: &[&str],
    test: fn(FieldId, String) -> KeyTest,
) -> Filter {
    let each = |piece: &&str| {
        let text = unescape(piece);
        parameters.iter().map(move |parameter| test(parameter.field, text.clone()))
    };
    Filter::Keys(pieces.iter().flat_map(each).collect())
}

/// Terms that begin with, hold or end with the values.
pub(super) fn terms(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    of_text: bool,
    with: TermMatch,
    pieces: &[&str],
) -> Result<Filter, SearchError> {
    let mut tests = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let text = unescape(piece);
        let text = normalise(&text);
        if text.is_empty() {
            return Err(context.value("a text with a letter or digit in it"));
        }
        for parameter in parameters {
            let field = parameter.field;
            tests.push(TermTest { field, of_text, with, text: text.to_string() });
        }
    }
    Ok(Filter::Terms(tests))
}

fn uri(
    context: &Context<'_>,
    parameters: &[&SearchParameter],
    modifier: Option<&str>,
    pieces: Vec<&str>,
) -> Result<Filter, SearchError> {
    match modifier {
        None => Ok(each_key(parameters, &pieces, KeyTest::Uri)),
        Some("below") => {
            let mut tests = Vec::new();
            for (piece, parameter) in each(&pieces, parameters) {
                let (field, text) = (parameter.field, unescape(piece));
                tests.push(TermTest { field, of_text: false, with: TermMatch::Prefix, text });
            }
            Ok(Filter::Terms(tests))
        }
        Some("above") => {
            let mut tests = Vec::new();
            for (piece, parameter) in each(&pieces, parameters) {
                let above = ancestors(&unescape(piece));
                tests.extend(above.into_iter().map(|uri| KeyTest::Uri(parameter.field, uri)));
            }
            Ok(Filter::Keys(tests))
        }
        Some(other) => Err(context.modifier(other, &["missing", "below", "above"])),
    }
}

/// Every value with every parameter.
pub(super) fn each<'p, 'v>(
    pieces: &'p [&'v str],
    parameters: &'p [&'p SearchParameter],
) -> impl Iterator<Item = (&'v str, &'p SearchParameter)> + 'p {
    pieces.iter().flat_map(|piece| parameters.iter().map(move |parameter| (*piece, *parameter)))
}

/// A URL and what stands above it, segment by segment. Only URLs have an above (R4 §3.1.1.4.3).
fn ancestors(url: &str) -> Vec<String> {
    let Some(path) = url.find("://").map(|at| at + 3).filter(|_| !url.starts_with("urn:")) else {
        return Vec::new();
    };
    let mut found = vec![url.to_owned()];
    for (at, _) in url[path..].match_indices('/') {
        found.push(url[..path + at].to_owned());
        found.push(url[..=path + at].to_owned());
    }
    found
}

fn quantity(context: &Context<'_>, piece: &str) -> Result<QuantityTest, SearchError> {
    let wrong = || context.value("a quantity such as 5.4, gt5.4||mg or 5.4|system|code");
    let parts = split(piece, b'|');
    if parts.len() > 3 {
        return Err(wrong());
    }
    let exactly = number::exactly(parts[0]).ok_or_else(wrong)?;
    let number = exactly.times(tarn_ucum::Factor::default()).ok_or_else(wrong)?;
    let part = |at: usize| parts.get(at).map(|p| unescape(p)).filter(|p| !p.is_empty());
    Ok(QuantityTest::new(exactly, number, part(1), part(2)))
}
