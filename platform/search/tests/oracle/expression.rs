//! `_filter`: random ones, and what they mean.

use crate::chance::Chance;
use crate::data::TYPES;
use crate::lookups::{self, VALUE_SETS};
use crate::model::{Of, Param, Res, Val, values};
use crate::question::{Piece, escaped, param, piece, reference_of};
use crate::scan::{has_value, is, is_date, is_missing, normal};

#[derive(Clone)]
pub(crate) enum Tree {
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
    Test { hops: Vec<Hop>, param: &'static Param, op: &'static str, value: Value },
}

/// A step along a reference of ours.
#[derive(Clone)]
pub(crate) struct Hop {
    by: &'static Param,
    to: &'static str,
    typed: bool,
    besides: Option<Box<Tree>>,
}

#[derive(Clone)]
pub(crate) enum Value {
    Is(bool),
    ValueSet(&'static str),
    Piece(Piece),
}

impl Tree {
    pub(crate) fn random(chance: &mut Chance, type_: &'static str, depth: usize) -> Self {
        let some = |chance: &mut Chance| {
            (0..1 + chance.below(3)).map(|_| Self::random(chance, type_, depth + 1)).collect()
        };
        match chance.below(if depth < 3 { 9 } else { 5 }) {
            5 | 6 => Self::All(some(chance)),
            7 => Self::Any(some(chance)),
            8 => Self::Not(Box::new(Self::random(chance, type_, depth + 1))),
            _ => Self::test(chance, type_, depth),
        }
    }

    fn test(chance: &mut Chance, type_: &'static str, depth: usize) -> Self {
        let mut hops = Vec::new();
        let mut at = type_;
        while hops.len() < 2 && chance.once_in(4) {
            let Some(hop) = Hop::random(chance, at, depth) else { break };
            at = hop.to;
            hops.push(hop);
        }
        loop {
            let param = param(chance, &[at]);
            let op = op(chance, param);
            let value = match (op, param.of) {
                ("pr", _) => Value::Is(chance.once_in(2)),
                ("in" | "ni", _) => Value::ValueSet(chance.pick(&VALUE_SETS)),
                ("ss" | "sb", _) => Value::Piece(Piece::Token {
                    system: Some(Some(lookups::SYSTEM.to_owned())),
                    code: Some(chance.pick(&["a", "b", "A", "8867-4", "d$e"]).to_owned()),
                }),
                _ => Value::Piece(without_prefix(piece(chance, param, ""))),
            };
            if can_be_said(&value, op) {
                return Self::Test { hops, param, op, value };
            }
        }
    }

    pub(crate) fn text(&self) -> String {
        let all = |all: &[Self], with: &str| {
            let texts: Vec<_> = all.iter().map(Self::text).collect();
            format!("({})", texts.join(with))
        };
        match self {
            Self::All(trees) => all(trees, " and "),
            Self::Any(trees) => all(trees, " or "),
            Self::Not(inner) => format!("not ({})", inner.text()),
            Self::Test { hops, param, op, value } => {
                let hops: String = hops.iter().map(Hop::text).collect();
                format!("{hops}{} {op} {}", param.code, value.text())
            }
        }
    }

    pub(crate) fn passes(&self, all: &[Res], res: &Res) -> bool {
        match self {
            Self::All(trees) => trees.iter().all(|tree| tree.passes(all, res)),
            Self::Any(trees) => trees.iter().any(|tree| tree.passes(all, res)),
            Self::Not(inner) => !inner.passes(all, res),
            Self::Test { hops, param, op, value } => match hops.split_first() {
                None => compares(res, param, op, value),
                Some((hop, rest)) => {
                    let targets = values(res, hop.by);
                    let rest = Self::Test { hops: rest.to_vec(), param, op, value: value.clone() };
                    all.iter().any(|other| {
                        other.type_() == hop.to
                            && targets.contains(&Val::Ref(other.name()))
                            && hop.besides.as_ref().is_none_or(|tree| tree.passes(all, other))
                            && rest.passes(all, other)
                    })
                }
            },
        }
    }
}

impl Hop {
    fn random(chance: &mut Chance, type_: &str, depth: usize) -> Option<Self> {
        let by = reference_of(chance, type_)?;
        let Of::Ref(targets) = by.of else { return None };
        let known: Vec<&'static str> = TYPES.into_iter().filter(|t| targets.contains(t)).collect();
        if known.is_empty() {
            return None;
        }
        let to = chance.pick(&known);
        let besides =
            chance.once_in(3).then(|| Box::new(Tree::random(chance, to, depth.max(2) + 1)));
        Some(Self { by, to, typed: targets.len() > 1 || chance.once_in(2), besides })
    }

    fn text(&self) -> String {
        let to = if self.typed { format!(":{}", self.to) } else { String::new() };
        let besides = self.besides.as_ref().map(|tree| format!("[{}]", tree.text()));
        format!("{}{to}{}.", self.by.code, besides.unwrap_or_default())
    }
}

impl Value {
    fn text(&self) -> String {
        let text = match self {
            Self::Is(is) => is.to_string(),
            Self::ValueSet(name) => (*name).to_owned(),
            Self::Piece(piece) => plain(piece),
        };
        let needs_quotes = text.contains([' ', ')', ']', '"', '\\']);
        if needs_quotes { serde_json::Value::from(text).to_string() } else { text }
    }
}

/// As in a parameter, but commas and `\` stand for themselves.
fn plain(piece: &Piece) -> String {
    match piece {
        Piece::Text(text) | Piece::Ref(text) => text.clone(),
        other => other.text().replace("\\,", ",").replace("\\$", "$"),
    }
}

/// What would be read in another way has no place in `_filter`: codes with `|` or `\` in them.
fn can_be_said(value: &Value, op: &str) -> bool {
    match value {
        Value::Piece(Piece::Token { system, code }) => {
            let odd = |text: &String| text.contains(['|', '\\']);
            !code.as_ref().is_some_and(odd)
                && !system.iter().flatten().any(odd)
                && (op == "eq" || code.is_some())
        }
        Value::Piece(Piece::Text(text) | Piece::Ref(text)) => escaped(text) == *text,
        _ => true,
    }
}

fn without_prefix(piece: Piece) -> Piece {
    match piece {
        Piece::Date(_, text) => Piece::Date("", text),
        Piece::Num(_, text) => Piece::Num("", text),
        Piece::Qty { number, system, unit, bars, .. } => {
            Piece::Qty { prefix: "", number, system, unit, bars }
        }
        other => other,
    }
}

fn op(chance: &mut Chance, param: &Param) -> &'static str {
    const COMPARED: [&str; 10] = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap", "pr"];
    match param.of {
        Of::Token => chance.pick(&["eq", "ne", "pr", "in", "ni", "ss", "sb"]),
        Of::Id => chance.pick(&["eq", "ne"]),
        Of::Str => chance.pick(&["eq", "ne", "co", "sw", "ew", "pr"]),
        Of::Ref(_) => chance.pick(&["eq", "ne", "re", "pr"]),
        Of::Uri => chance.pick(&["eq", "ne", "sw", "pr"]),
        Of::Date | Of::Updated if chance.once_in(8) => "po",
        _ => chance.pick(&COMPARED),
    }
}

fn compares(res: &Res, param: &Param, op: &'static str, value: &Value) -> bool {
    let all = values(res, param);
    let piece = match value {
        Value::Is(is) => return is_missing(res, param) != *is,
        Value::ValueSet(name) => {
            let inside = all.iter().any(|value| match value {
                Val::Token(system, code) => {
                    lookups::is_in(name, system.as_deref(), code.as_deref())
                }
                _ => false,
            });
            return inside == (op == "in");
        }
        Value::Piece(piece) => piece,
    };
    match (op, piece) {
        ("ss", piece) => has_value(res, param, "below", piece),
        ("sb", piece) => has_value(res, param, "above", piece),
        ("ne", Piece::Token { .. }) => all
            .iter()
            .any(|value| matches!(value, Val::Token(_, Some(_))) && !is(value, param, "", piece)),
        ("ne", Piece::Ref(_)) => {
            all.iter().any(|value| matches!(value, Val::Ref(_)) && !is(value, param, "", piece))
        }
        (_, Piece::Text(text)) if param.of == Of::Str => all.iter().any(|value| {
            let Val::Str(own) = value else { return false };
            let (own, text) = (normal(own), normal(text));
            match op {
                "eq" => own == text,
                "ne" => own != text,
                "co" => own.contains(&text),
                "sw" => own.starts_with(&text),
                _ => own.ends_with(&text),
            }
        }),
        ("ne", Piece::Text(_)) => all.iter().any(|value| !is(value, param, "", piece)),
        ("sw", piece) => has_value(res, param, "below", piece),
        ("po", Piece::Date(_, text)) => all.iter().any(|value| match value {
            Val::Date(lo, hi) => is_date(*lo, *hi, "po", text),
            _ => false,
        }),
        (op, Piece::Date(_, text)) => has_value(res, param, "", &Piece::Date(op, text.clone())),
        (op, Piece::Num(_, text)) => has_value(res, param, "", &Piece::Num(op, text.clone())),
        (op, Piece::Qty { number, system, unit, bars, .. }) => {
            let (number, system, unit) = (number.clone(), system.clone(), unit.clone());
            let piece = Piece::Qty { prefix: op, number, system, unit, bars: *bars };
            has_value(res, param, "", &piece)
        }
        (_, piece) => has_value(res, param, "", piece),
    }
}
