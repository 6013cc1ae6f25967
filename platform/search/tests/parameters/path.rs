//! Where a search parameter's expression leads, read in a way of its own.

use serde_json::{Value, json};
use tarn_fhir::definitions::{Child, ElementId, TypeId, definitions};

use crate::make::minimal_inside;

/// One way down to an element.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) path: String,
    root: ElementId,
    hops: Vec<Hop>,
    /// The type that a reference there must lead to: `where(resolve() is Patient)`.
    pub(crate) only: Option<TypeId>,
    /// What is asked is whether the value is there and not `false`.
    pub(crate) is_there: bool,
}

#[derive(Clone)]
struct Hop {
    child: &'static Child,
    /// A member that the element must have: `where(system='phone')`.
    with: Option<(String, Value)>,
}

impl Place {
    /// What R4 says of the element.
    pub(crate) fn child(&self) -> Option<&'static Child> {
        self.hops.last().map(|hop| hop.child)
    }

    /// Members that its value must have.
    pub(crate) fn with(&self) -> Option<(&str, &Value)> {
        let (key, value) = self.hops.last()?.with.as_ref()?;
        Some((key, value))
    }

    fn inside_of(&self) -> ElementId {
        self.child().map_or(self.root, |child| child.element)
    }

    /// The places that an expression leads to from this one; `%resource` leads from the root.
    pub(crate) fn inside(&self, expression: &str) -> Vec<Self> {
        let from = |text: &str| match text.strip_prefix("%resource.") {
            Some(rest) => {
                let root = Self { hops: Vec::new(), ..self.clone() };
                walk(vec![root], rest)
            }
            None => walk(vec![self.clone()], text),
        };
        alternatives(expression).into_iter().flat_map(|text| from(&text)).collect()
    }
}

/// The places of an expression from a type's root.
pub(crate) fn places(type_: TypeId, expression: &str) -> Vec<Place> {
    let start = |path: &str| Place {
        path: path.to_owned(),
        root: definitions().root(type_),
        hops: Vec::new(),
        only: None,
        is_there: false,
    };
    let mut found = Vec::new();
    for text in alternatives(expression) {
        // The type's own name, or R4's for every type, begins it.
        let rest = text.split_once('.').filter(|(head, _)| head.starts_with(char::is_uppercase));
        match rest {
            Some((_, rest)) => found.extend(walk(vec![start(&text)], rest)),
            None => found.push(start(&text)),
        }
    }
    found
}

/// Splits at ` | ` outside parentheses, and takes `(x as T)` apart to `x.as(T)`.
fn alternatives(expression: &str) -> Vec<String> {
    let (mut parts, mut depth, mut part) = (Vec::new(), 0, String::new());
    for letter in expression.chars() {
        match letter {
            '|' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth += i32::from(letter == '(') - i32::from(letter == ')');
                part.push(letter);
            }
        }
    }
    parts.push(part);
    parts.into_iter().map(|part| plain(part.trim())).collect()
}

fn plain(text: &str) -> String {
    if let Some((path, _)) = text.split_once(".exists() and ") {
        return format!("{path}.is_there()");
    }
    if let Some(rest) = text.strip_prefix('(')
        && let Some((inner, tail)) = rest.split_once(')')
        && let Some((path, type_)) = inner.split_once(" as ")
    {
        return format!("{path}.as({type_}){tail}");
    }
    match text.split_once(" as ") {
        Some((path, type_)) => format!("{path}.as({type_})"),
        None => text.to_owned(),
    }
}

fn walk(mut at: Vec<Place>, rest: &str) -> Vec<Place> {
    for step in steps(rest) {
        at = at.into_iter().flat_map(|place| next(place, &step)).collect();
    }
    at
}

/// Splits at dots outside parentheses.
fn steps(text: &str) -> Vec<String> {
    let (mut steps, mut depth) = (vec![String::new()], 0);
    for letter in text.chars() {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        match (letter, depth) {
            ('.', 0) => steps.push(String::new()),
            _ => steps.last_mut().expect("one").push(letter),
        }
    }
    steps
}

fn next(mut place: Place, step: &str) -> Vec<Place> {
    let (name, argument) = match step.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or(rest)),
        None => (step.split('[').next().unwrap_or(step), ""),
    };
    let of_type = |child: &Child| child.data_type.name().eq_ignore_ascii_case(argument);
    match name {
        "as" | "ofType" => place.child().filter(|child| of_type(child)).map(|_| place.clone()),
        "is_there" => {
            place.is_there = true;
            Some(place)
        }
        "where" => {
            if let Some(type_) = argument.strip_prefix("resolve() is ") {
                place.only = TypeId::parse(type_);
            } else {
                place.hops.last_mut().expect("an element").with = condition(argument);
            }
            Some(place)
        }
        "extension" if !argument.is_empty() => {
            let child = definitions().child(place.inside_of(), "extension").expect("everywhere");
            let url = json!(argument.trim_matches('\''));
            place.hops.push(Hop { child, with: Some(("url".to_owned(), url)) });
            // R4 writes the extension and means its value.
            return next(place, "value");
        }
        name => {
            let all = definitions().named(place.inside_of(), name);
            let down = |child| {
                let mut place = place.clone();
                place.hops.push(Hop { child, with: None });
                place
            };
            return all.map(down).collect();
        }
    }
    .into_iter()
    .collect()
}

/// The member that `where(…)` asks for.
fn condition(text: &str) -> Option<(String, Value)> {
    if let Some(url) = text.strip_prefix("hasExtension(") {
        let url = url.trim_end_matches(')').trim_matches('\'');
        return Some(("extension".to_owned(), json!([{"url": url, "valueBoolean": true}])));
    }
    let (key, value) = text.split_once('=')?;
    Some((key.trim().to_owned(), json!(value.trim().trim_matches('\''))))
}

/// Puts a value at a place. What is on the way there is made as far as it must be.
pub(crate) fn set(resource: &mut Value, place: &Place, value: Value) {
    let mut at = resource;
    for (number, hop) in place.hops.iter().enumerate() {
        let is_last = number + 1 == place.hops.len();
        let siblings = definitions().named(parent(place, number), hop.child.path_name);
        for other in siblings.filter(|other| other.name != hop.child.name) {
            at.as_object_mut().expect("an object").remove(other.name);
        }
        let slot = &mut at[hop.child.name];
        let one = match (hop.child.is_array, slot.is_null()) {
            (true, true) => {
                *slot = json!([minimal_inside(hop.child)]);
                &mut slot[0]
            }
            (true, false) => &mut slot[0],
            (false, is_new) => {
                if is_new {
                    *slot = minimal_inside(hop.child);
                }
                slot
            }
        };
        if is_last {
            *one = value.clone();
        }
        if let Some((key, value)) = &hop.with {
            one[key.as_str()] = json!(value);
        }
        at = one;
    }
}

fn parent(place: &Place, number: usize) -> ElementId {
    number.checked_sub(1).map_or(place.root, |before| place.hops[before].child.element)
}
