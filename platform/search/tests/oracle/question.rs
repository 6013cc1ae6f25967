//! Random questions, and the text in which they are asked.

use crate::chance::Chance;
use crate::data::{BASE, CODES, DATES, GENDERS, IDS, NUMBERS, SYSTEMS, TYPES, UNITS, URIS, WORDS};
use crate::expression::Tree;
use crate::includes::Include;
use crate::lookups::{LIST, SYSTEM, VALUE_SETS};
use crate::model::{Of, PARAMS, Param};

/// A condition, as it is asked.
#[derive(Clone)]
pub(crate) enum Ask {
    Plain {
        param: &'static Param,
        modifier: &'static str,
        any: Vec<Piece>,
    },
    Missing(&'static Param, bool),
    /// By a reference of ours; the type stands in the text or not.
    Chain {
        by: &'static Param,
        to: &'static str,
        typed: bool,
        inner: Box<Ask>,
    },
    /// By a reference of theirs.
    Has {
        from: &'static str,
        by: &'static Param,
        inner: Box<Ask>,
    },
    /// In one of the world's lists.
    Listed,
    Filter(Tree),
    /// A composite of a code and a quantity; in the resource itself, its components, or both.
    CodeAndQuantity {
        code: &'static str,
        in_root: bool,
        in_parts: bool,
        any: Vec<(Piece, Piece)>,
    },
}

/// One of the values with commas between them.
#[derive(Clone)]
pub(crate) enum Piece {
    Token {
        system: Option<Option<String>>,
        code: Option<String>,
    },
    Text(String),
    Date(&'static str, String),
    Num(&'static str, String),
    Qty {
        prefix: &'static str,
        number: String,
        system: Option<String>,
        unit: Option<String>,
        bars: bool,
    },
    Ref(String),
}

/// A sort key.
pub(crate) struct Key {
    /// References followed first: the parameter, where to, whether that is said.
    pub(crate) hops: Vec<(&'static Param, &'static str, bool)>,
    pub(crate) param: &'static Param,
    pub(crate) descending: bool,
}

impl Key {
    fn random(chance: &mut Chance, types: &[&'static str]) -> Self {
        let mut hops = Vec::new();
        let mut at = types.to_vec();
        while let ([type_], true) = (&at[..], hops.len() < 3 && chance.once_in(4)) {
            let Some(by) = reference_of(chance, type_) else { break };
            let Of::Ref(targets) = by.of else { break };
            let known: Vec<&'static str> =
                TYPES.into_iter().filter(|type_| targets.contains(type_)).collect();
            if known.is_empty() {
                break;
            }
            let to = chance.pick(&known);
            hops.push((by, to, targets.len() > 1 || chance.once_in(2)));
            at = vec![to];
        }
        Self { hops, param: param(chance, &at), descending: chance.once_in(2) }
    }

    fn text(&self) -> String {
        let hop = |(by, to, typed): &(&Param, &str, bool)| {
            let to = if *typed { format!(":{to}") } else { String::new() };
            format!("{}{to}.", by.code)
        };
        let hops: String = self.hops.iter().map(hop).collect();
        format!("{}{hops}{}", if self.descending { "-" } else { "" }, self.param.code)
    }
}

/// Where is looked.
pub(crate) enum Where {
    Type(&'static str),
    System(Vec<&'static str>),
    Patient(&'static str, &'static str),
}

pub(crate) struct Question {
    pub(crate) of: Where,
    pub(crate) all: Vec<Ask>,
    pub(crate) sort: Vec<Key>,
    pub(crate) includes: Vec<Include>,
    pub(crate) count: usize,
}

const PREFIXES: [&str; 10] = ["", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];

impl Question {
    pub(crate) fn random(chance: &mut Chance) -> Self {
        let of = match chance.below(10) {
            0 => {
                let mut types: Vec<_> = TYPES.into_iter().filter(|_| chance.once_in(2)).collect();
                types.dedup();
                Where::System(types)
            }
            1 => Where::Patient(chance.pick(&IDS), chance.pick(&TYPES[1..])),
            _ => Where::Type(chance.pick(&TYPES)),
        };
        let types: Vec<&'static str> = match &of {
            Where::Type(type_) | Where::Patient(_, type_) => vec![type_],
            Where::System(types) => types.clone(),
        };
        let conditions = [0, 1, 1, 1, 2, 2, 3][chance.below(7)];
        let all = (0..conditions).map(|_| ask(chance, &types, 0)).collect();
        let keys = [0, 0, 1, 1, 2][chance.below(5)];
        let sort = (0..keys).map(|_| Key::random(chance, &types)).collect();
        let wanted = if chance.once_in(8) { 1 + chance.below(3) } else { 0 };
        let includes = (0..wanted).map(|_| Include::random(chance)).collect();
        let count = 1 + chance.below(12);
        Self { of, all, sort, includes, count }
    }

    /// Names and values, as a door would hand them over.
    pub(crate) fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs: Vec<_> = self.all.iter().map(Ask::pair).collect();
        if let Where::System(types) = &self.of
            && !types.is_empty()
        {
            pairs.push(("_type".to_owned(), types.join(",")));
        }
        if !self.sort.is_empty() {
            let keys: Vec<_> = self.sort.iter().map(Key::text).collect();
            pairs.push(("_sort".to_owned(), keys.join(",")));
        }
        pairs.extend(self.includes.iter().map(Include::pair));
        pairs.push(("_count".to_owned(), self.count.to_string()));
        pairs
    }

    pub(crate) fn text(&self) -> String {
        let of = match &self.of {
            Where::Type(type_) => (*type_).to_owned(),
            Where::System(_) => String::new(),
            Where::Patient(id, type_) => format!("Patient/{id}/{type_}"),
        };
        let pairs: Vec<_> = self.pairs().into_iter().map(|(n, v)| format!("{n}={v}")).collect();
        format!("{of}?{}", pairs.join("&"))
    }
}

/// A parameter that all the types have.
pub(crate) fn param(chance: &mut Chance, types: &[&str]) -> &'static Param {
    let fits = |param: &&Param| match (param.type_, types) {
        (None, _) => true,
        (Some(type_), [only]) => type_ == *only,
        _ => false,
    };
    let known: Vec<&'static Param> = PARAMS.iter().filter(fits).collect();
    chance.pick(&known)
}

pub(crate) fn reference_of(chance: &mut Chance, type_: &str) -> Option<&'static Param> {
    let fits = |p: &&Param| p.type_ == Some(type_) && matches!(p.of, Of::Ref(_));
    let known: Vec<&'static Param> = PARAMS.iter().filter(fits).collect();
    if known.is_empty() { None } else { Some(chance.pick(&known)) }
}

fn ask(chance: &mut Chance, types: &[&'static str], links: usize) -> Ask {
    if chance.once_in(25) {
        return Ask::Listed;
    }
    if let ([type_], true) = (types, links < 2) {
        match chance.below(12) {
            0 | 1 => {
                if let Some(ask) = chain(chance, type_, links) {
                    return ask;
                }
            }
            2 => {
                if let Some(ask) = has(chance, type_, links) {
                    return ask;
                }
            }
            3 if *type_ == "Observation" => return composite(chance),
            4 | 5 if links == 0 => return Ask::Filter(Tree::random(chance, type_, 0)),
            _ => {}
        }
    }
    let param = param(chance, types);
    if chance.once_in(8) {
        return Ask::Missing(param, chance.once_in(2));
    }
    let modifier = modifier(chance, param);
    let any = (0..1 + chance.below(3)).map(|_| piece(chance, param, modifier)).collect();
    Ask::Plain { param, modifier, any }
}

fn chain(chance: &mut Chance, type_: &str, links: usize) -> Option<Ask> {
    let by = reference_of(chance, type_)?;
    let Of::Ref(targets) = by.of else { return None };
    let known: Vec<&'static str> = TYPES.into_iter().filter(|t| targets.contains(t)).collect();
    if known.is_empty() {
        return None;
    }
    let to = chance.pick(&known);
    let inner = Box::new(ask(chance, &[to], links + 1));
    // Without a type only where there is but one.
    let typed = targets.len() > 1 || chance.once_in(2);
    Some(Ask::Chain { by, to, typed, inner })
}

fn has(chance: &mut Chance, type_: &str, links: usize) -> Option<Ask> {
    let from = chance.pick(&TYPES);
    let by = reference_of(chance, from)?;
    let Of::Ref(targets) = by.of else { return None };
    if !targets.contains(&type_) {
        return None;
    }
    let inner = Box::new(ask(chance, &[from], links + 1));
    Some(Ask::Has { from, by, inner })
}

fn composite(chance: &mut Chance) -> Ask {
    let (code, in_root, in_parts) = chance.pick(&[
        ("code-value-quantity", true, false),
        ("component-code-value-quantity", false, true),
        ("combo-code-value-quantity", true, true),
    ]);
    let any = (0..1 + chance.below(2)).map(|_| (token(chance, &CODES), quantity(chance)));
    Ask::CodeAndQuantity { code, in_root, in_parts, any: any.collect() }
}

fn modifier(chance: &mut Chance, param: &Param) -> &'static str {
    match param.of {
        Of::Token => {
            chance.pick(&["", "", "", "", "not", "text", "in", "not-in", "below", "above"])
        }
        Of::Id => chance.pick(&["", "", "not"]),
        Of::Str => chance.pick(&["", "exact", "contains"]),
        Of::Ref(targets) if targets.contains(&"Encounter") && chance.once_in(3) => {
            chance.pick(&["below", "above"])
        }
        Of::Ref(targets) => match chance.below(4) {
            0 => "identifier",
            1 => targets.iter().find(|t| TYPES.contains(t)).copied().unwrap_or(""),
            _ => "",
        },
        Of::Uri => chance.pick(&["", "", "below", "above"]),
        _ => "",
    }
}

pub(crate) fn piece(chance: &mut Chance, param: &Param, modifier: &str) -> Piece {
    match param.of {
        Of::Token if modifier == "text" => Piece::Text(word(chance)),
        Of::Token if matches!(modifier, "in" | "not-in") => {
            Piece::Text(chance.pick(&VALUE_SETS).to_owned())
        }
        Of::Token if matches!(modifier, "below" | "above") => Piece::Token {
            system: Some(Some(SYSTEM.to_owned())),
            code: Some(chance.pick(&CODES).to_owned()),
        },
        Of::Token if param.code == "gender" => token(chance, &GENDERS),
        Of::Token if matches!(param.code, "active" | "deceased") => {
            Piece::Token { system: None, code: Some(chance.once_in(2).to_string()) }
        }
        Of::Token if param.code == "status" => token(chance, &["final", "planned", "finished"]),
        Of::Token => token(chance, &CODES),
        Of::Id => Piece::Token { system: None, code: Some(chance.pick(&IDS).to_owned()) },
        Of::Str => Piece::Text(word(chance)),
        Of::Date => Piece::Date(chance.pick(&PREFIXES), chance.pick(&DATES).to_owned()),
        Of::Updated => {
            let seconds = 10 + chance.below(50);
            let text = format!("2026-01-01T00:00:{seconds}Z");
            Piece::Date(chance.pick(&PREFIXES), text)
        }
        Of::Num => Piece::Num(chance.pick(&PREFIXES), chance.pick(&NUMBERS).to_owned()),
        Of::Qty => quantity(chance),
        Of::Ref(_) if modifier == "identifier" => loop {
            let token = token(chance, &CODES);
            if matches!(token, Piece::Token { code: Some(_), .. }) {
                break token;
            }
        },
        Of::Ref(_) if matches!(modifier, "below" | "above") => {
            let id = chance.pick(&IDS);
            Piece::Ref(match chance.below(3) {
                0 => id.to_owned(),
                1 => format!("{BASE}/Encounter/{id}"),
                _ => format!("Encounter/{id}"),
            })
        }
        Of::Ref(targets) => reference(chance, targets, modifier),
        Of::Uri => {
            let tail = chance.pick(&["", "", "/e", "|1.0"]);
            Piece::Text(format!("{}{tail}", chance.pick(&URIS)))
        }
    }
}

fn token(chance: &mut Chance, codes: &[&str]) -> Piece {
    let code = Some(chance.pick(codes).to_owned());
    let system = Some(chance.pick(&SYSTEMS).to_owned());
    match chance.below(5) {
        0 => Piece::Token { system: Some(system), code },
        1 => Piece::Token { system: Some(None), code },
        2 => Piece::Token { system: Some(system), code: None },
        _ => Piece::Token { system: None, code },
    }
}

/// A word, or a piece of one.
fn word(chance: &mut Chance) -> String {
    let word: Vec<char> = chance.pick(&WORDS).chars().collect();
    let from = if chance.once_in(3) { chance.below(word.len()) } else { 0 };
    let to = from + 1 + chance.below(word.len() - from);
    let piece: String = word[from..to].iter().collect();
    let piece = if chance.once_in(4) { piece.to_uppercase() } else { piece };
    if piece.trim().is_empty() { "s".to_owned() } else { piece }
}

fn quantity(chance: &mut Chance) -> Piece {
    let (system, code, unit) = chance.pick(&UNITS);
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let (system, unit) = match chance.below(4) {
        0 => (None, None),
        1 => (owned(system), owned(code)),
        2 => (owned(system), None),
        _ => (None, owned(code.or(unit))),
    };
    let number = chance.pick(&NUMBERS).to_owned();
    let bars = system.is_some() || unit.is_some();
    Piece::Qty { prefix: chance.pick(&PREFIXES), number, system, unit, bars }
}

fn reference(chance: &mut Chance, targets: &[&str], modifier: &str) -> Piece {
    let id = chance.pick(&IDS);
    let type_ = if modifier.is_empty() { chance.pick(targets) } else { modifier };
    Piece::Ref(match chance.below(6) {
        0 => (*id).to_owned(),
        1 => format!("http://else.where/{type_}/1"),
        2 => format!("{BASE}/{type_}/{id}"),
        3 => "urn:uuid:0b5f61f5-7c65-4d07-b47c-5b5b1d7b0b0e".to_owned(),
        _ => format!("{type_}/{id}"),
    })
}

impl Ask {
    fn pair(&self) -> (String, String) {
        match self {
            Self::Plain { param, modifier, any } => {
                let colon = if modifier.is_empty() { "" } else { ":" };
                let name = format!("{}{colon}{modifier}", param.code);
                (name, any.iter().map(Piece::text).collect::<Vec<_>>().join(","))
            }
            Self::Missing(param, is) => (format!("{}:missing", param.code), is.to_string()),
            Self::Chain { by, to, typed, inner } => {
                let (name, value) = inner.pair();
                let to = if *typed { format!(":{to}") } else { String::new() };
                (format!("{}{to}.{name}", by.code), value)
            }
            Self::Has { from, by, inner } => {
                let (name, value) = inner.pair();
                (format!("_has:{from}:{}:{name}", by.code), value)
            }
            Self::Listed => ("_list".to_owned(), LIST.to_owned()),
            Self::Filter(tree) => ("_filter".to_owned(), tree.text()),
            Self::CodeAndQuantity { code, any, .. } => {
                let each = |(c, q): &(Piece, Piece)| format!("{}${}", c.text(), q.text());
                ((*code).to_owned(), any.iter().map(each).collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl Piece {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Token { system, code } => {
                let code = code.as_deref().map(escaped).unwrap_or_default();
                match system {
                    None => code,
                    Some(system) => {
                        format!("{}|{code}", system.as_deref().map(escaped).unwrap_or_default())
                    }
                }
            }
            Self::Text(text) | Self::Ref(text) => escaped(text),
            Self::Date(prefix, text) | Self::Num(prefix, text) => format!("{prefix}{text}"),
            Self::Qty { prefix, number, system, unit, bars } => {
                let part = |text: &Option<String>| text.as_deref().map(escaped).unwrap_or_default();
                let tail =
                    if *bars { format!("|{}|{}", part(system), part(unit)) } else { String::new() };
                format!("{prefix}{number}{tail}")
            }
        }
    }
}

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if matches!(letter, ',' | '|' | '$' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
