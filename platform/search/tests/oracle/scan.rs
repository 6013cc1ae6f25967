//! The naive answer: every resource is held against every condition.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::data::BASE;
use crate::lookups;
use crate::model::{
    HIGHEST, LOWEST, Of, PARAMS, Param, Res, Val, billionths, elements, span, values,
};
use crate::question::{Ask, Key, Piece, Question, Where};

/// Midnight of 2026-01-01, which is now as far as `ap` is concerned.
pub(crate) const NOW: i64 = 1_767_225_600_000_000;

/// The matches in the order asked for.
pub(crate) fn answer<'r>(all: &'r [Res], question: &Question) -> Vec<&'r Res> {
    let mut found: Vec<&Res> = all
        .iter()
        .filter(|res| is_in(res, &question.of))
        .filter(|res| question.all.iter().all(|ask| passes(all, res, ask)))
        .collect();
    found.sort_by(|a, b| {
        for key in &question.sort {
            let order = compare(all, a, b, key);
            if order.is_ne() {
                return order;
            }
        }
        a.rid.cmp(&b.rid)
    });
    found
}

fn is_in(res: &Res, of: &Where) -> bool {
    match of {
        Where::Type(type_) => res.type_() == *type_,
        Where::System(types) => types.is_empty() || types.contains(&res.type_()),
        Where::Patient(id, type_) => {
            let subject = res.json["subject"]["reference"].as_str().unwrap_or_default();
            let plain = ours(subject.split("/_history/").next().unwrap_or_default());
            res.type_() == *type_ && plain == format!("Patient/{id}")
        }
    }
}

#[derive(PartialEq, PartialOrd)]
enum Place {
    Number(i128),
    Text(String),
}

fn compare(all: &[Res], a: &Res, b: &Res, key: &Key) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    match (place(all, a, key, 0), place(all, b, key, 0)) {
        (None, None) => Ordering::Equal,
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(a), Some(b)) => {
            let order = a.partial_cmp(&b).expect("of one kind");
            if key.descending { order.reverse() } else { order }
        }
    }
}

fn place(all: &[Res], res: &Res, key: &Key, hop: usize) -> Option<Place> {
    let first = |a: Place, b: Place| if (a < b) == key.descending { b } else { a };
    if let Some((by, to, _)) = key.hops.get(hop) {
        let targets = values(res, by);
        let there = all
            .iter()
            .filter(|other| other.type_() == *to && targets.contains(&Val::Ref(other.name())));
        return there.filter_map(|other| place(all, other, key, hop + 1)).reduce(first);
    }
    if key.param.of == Of::Updated {
        return Some(Place::Number(i128::from(res.updated)));
    }
    let places = values(res, key.param).into_iter().filter_map(|value| match value {
        Val::Token(_, code) => code.map(Place::Text),
        Val::Words(_) => None,
        Val::Str(text) => Some(Place::Text(normal(&text))),
        Val::Uri(text) | Val::Ref(text) => Some(Place::Text(text)),
        Val::RefIdentifier(_, value) => value.map(Place::Text),
        Val::Date(lo, _) => Some(Place::Number(i128::from(lo))),
        Val::Num(lo, _) | Val::Qty { lo, .. } => Some(Place::Number(lo)),
    });
    places.reduce(first)
}

fn passes(all: &[Res], res: &Res, ask: &Ask) -> bool {
    match ask {
        Ask::Missing(param, is) => is_missing(res, param) == *is,
        Ask::Listed => lookups::is_listed(res),
        Ask::Filter(tree) => tree.passes(all, res),
        Ask::Plain { param, modifier: "not-in", any } => {
            !any.iter().any(|piece| has_value(res, param, "in", piece))
        }
        Ask::Plain { param, modifier, any }
            if matches!(param.of, Of::Ref(_)) && matches!(*modifier, "below" | "above") =>
        {
            any.iter().any(|piece| is_at_place(all, res, param, *modifier == "below", piece))
        }
        Ask::Plain { param, modifier: "not", any } => {
            !any.iter().any(|piece| has_value(res, param, "", piece))
        }
        Ask::Plain { param, modifier, any } => {
            any.iter().any(|piece| has_value(res, param, modifier, piece))
        }
        Ask::Chain { by, to, inner, .. } => {
            let targets = values(res, by);
            all.iter().any(|other| {
                other.type_() == *to
                    && targets.contains(&Val::Ref(other.name()))
                    && passes(all, other, inner)
            })
        }
        Ask::Has { from, by, inner } => all.iter().any(|other| {
            other.type_() == *from
                && values(other, by).contains(&Val::Ref(res.name()))
                && passes(all, other, inner)
        }),
        Ask::CodeAndQuantity { in_root, in_parts, any, .. } => {
            let mut groups = Vec::new();
            if *in_root {
                groups.push(&res.json);
            }
            if *in_parts {
                let parts = res.json.get("component").and_then(Value::as_array);
                groups.extend(parts.into_iter().flatten());
            }
            any.iter().any(|pair| groups.iter().any(|group| has_both(group, pair)))
        }
    }
}

/// Whether a resource refers to an encounter, or to one below or above it.
fn is_at_place(all: &[Res], res: &Res, param: &Param, is_below: bool, piece: &Piece) -> bool {
    let Piece::Ref(text) = piece else { return false };
    let is_part_of = |p: &&Param| p.code == "part-of";
    let part_of = PARAMS.iter().find(is_part_of).expect("Encounter has it");
    let id = ours(text).trim_start_matches("Encounter/");
    let places = lookups::encounters(all, part_of, id, is_below);
    values(res, param).iter().any(|value| match value {
        Val::Ref(to) => places.contains(ours(to)),
        _ => false,
    })
}

/// Whether one element has the code and the quantity.
fn has_both(group: &Value, (code, quantity): &(Piece, Piece)) -> bool {
    let param = |of, paths| Param { type_: None, code: "", of, paths };
    let alone = Res { json: group.clone(), rid: 0, updated: 0 };
    has_value(&alone, &param(Of::Token, &["code"]), "", code)
        && has_value(&alone, &param(Of::Qty, &["valueQuantity"]), "", quantity)
}

pub(crate) fn is_missing(res: &Res, param: &Param) -> bool {
    let is_always_there = matches!(param.of, Of::Id | Of::Updated) || param.code == "deceased";
    !is_always_there && elements(res, param).is_empty()
}

pub(crate) fn has_value(res: &Res, param: &Param, modifier: &str, piece: &Piece) -> bool {
    values(res, param).iter().any(|value| is(value, param, modifier, piece))
}

pub(crate) fn is(value: &Val, param: &Param, modifier: &str, piece: &Piece) -> bool {
    match (value, piece) {
        (Val::Token(system, code), Piece::Text(name)) => {
            modifier == "in" && lookups::is_in(name, system.as_deref(), code.as_deref())
        }
        (
            Val::Token(Some(system), Some(code)),
            Piece::Token { system: Some(Some(of)), code: Some(asked) },
        ) if modifier == "below" || modifier == "above" => {
            let (code, top) = if modifier == "below" { (code, asked) } else { (asked, code) };
            system == of && lookups::is_below(code, top)
        }
        (_, Piece::Token { .. }) if modifier == "below" || modifier == "above" => false,
        (Val::Token(system, code), Piece::Token { .. }) => is_token(system, code, piece),
        (Val::RefIdentifier(system, code), Piece::Token { .. }) => {
            modifier == "identifier" && is_token(system, code, piece)
        }
        (Val::Words(words), Piece::Text(text)) => {
            modifier == "text" && normal(words).starts_with(&normal(text))
        }
        (Val::Str(string), Piece::Text(text)) => match modifier {
            "exact" => string == text,
            "contains" => normal(string).contains(&normal(text)),
            _ => normal(string).starts_with(&normal(text)),
        },
        (Val::Uri(uri), Piece::Text(text)) => match modifier {
            "below" => uri.starts_with(text),
            "above" => !text.starts_with("urn:") && is_above(uri, text),
            _ => uri == text,
        },
        (Val::Ref(to), Piece::Ref(text)) => is_reference(to, param, modifier, text),
        (Val::Date(lo, hi), Piece::Date(prefix, text)) => is_date(*lo, *hi, prefix, text),
        (Val::Num(lo, hi), Piece::Num(prefix, text)) => is_number(*lo, *hi, prefix, text),
        (
            Val::Qty { system, code, unit, lo, hi },
            Piece::Qty { prefix, number, system: of, unit: asked, .. },
        ) => {
            let is_unit = match (of, asked) {
                (None, None) => true,
                (None, asked) => asked == code || asked == unit,
                (of, None) => of == system,
                (of, asked) => {
                    let milligrams = (grams(of, asked), grams(system, code));
                    if let (Some(asked), Some(found)) = milligrams {
                        let (lo, hi) = (scaled(*lo, found), scaled(*hi, found));
                        return is_number_of(lo, hi, prefix, number, asked);
                    }
                    of == system && asked == code
                }
            };
            is_unit && is_number(*lo, *hi, prefix, number)
        }
        _ => false,
    }
}

fn is_token(system: &Option<String>, code: &Option<String>, piece: &Piece) -> bool {
    let Piece::Token { system: of, code: asked } = piece else { return false };
    of.as_ref().is_none_or(|of| of == system) && (asked.is_none() || asked == code)
}

/// Whether `text` is the URL or stands below it, at a slash.
fn is_above(url: &str, text: &str) -> bool {
    let Some(rest) = text.strip_prefix(url) else { return false };
    rest.is_empty() || rest.starts_with('/') || (url.ends_with('/') && url.len() > 8)
}

fn is_reference(to: &str, param: &Param, modifier: &str, text: &str) -> bool {
    let Of::Ref(targets) = param.of else { return false };
    let (to, text) = (ours(to), ours(text));
    if text.contains(['/', ':']) {
        return to == text;
    }
    let types = if modifier.is_empty() { targets } else { &[modifier][..] };
    types.iter().any(|type_| to == format!("{type_}/{text}"))
}

/// A reference of our own, without where we are.
pub(crate) fn ours(text: &str) -> &str {
    text.strip_prefix(BASE).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text)
}

pub(crate) fn is_date(lo: i64, hi: i64, prefix: &str, text: &str) -> bool {
    let (from, to) = span(text);
    let within = from <= lo && hi <= to;
    match prefix {
        "ne" => !within,
        "gt" => hi > to,
        "lt" => lo < from,
        "ge" => hi > to || within,
        "le" => lo < from || within,
        "sa" => lo > to,
        "eb" => hi < from,
        "po" => lo <= to && from <= hi,
        "ap" => {
            let slack = (NOW - from).abs() / 10;
            lo <= to + slack && from - slack <= hi
        }
        _ => within,
    }
}

/// Milligrams in a unit of mass, by UCUM.
fn grams(system: &Option<String>, code: &Option<String>) -> Option<i128> {
    system.as_deref().filter(|system| *system == "http://unitsofmeasure.org")?;
    match code.as_deref()? {
        "mg" => Some(1),
        "g" => Some(1_000),
        _ => None,
    }
}

/// A number in other units; what is open stays open.
fn scaled(number: i128, by: i128) -> i128 {
    if number == LOWEST || number == HIGHEST { number } else { number * by }
}

fn is_number(lo: i128, hi: i128, prefix: &str, text: &str) -> bool {
    is_number_of(lo, hi, prefix, text, 1)
}

/// The same with a number of so many units.
fn is_number_of(lo: i128, hi: i128, prefix: &str, text: &str, of: i128) -> bool {
    let number = billionths(text) * of;
    let digits = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let half = 10i128.pow(9 - digits as u32) / 2 * of;
    let within = number - half <= lo && hi < number + half;
    match prefix {
        "ne" => !within,
        "gt" => hi > number,
        "lt" => lo < number,
        "ge" => hi >= number,
        "le" => lo <= number,
        "sa" => lo > number && lo != LOWEST,
        "eb" => hi < number && hi != HIGHEST,
        "ap" => {
            let slack = half.max(number.abs() / 10);
            lo <= number + slack && number - slack <= hi
        }
        _ => within,
    }
}

/// Without case, accents and idle white space.
pub(crate) fn normal(text: &str) -> String {
    let plain: String = text.nfkd().filter(|letter| !is_combining_mark(*letter)).collect();
    plain.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
