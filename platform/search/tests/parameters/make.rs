//! Makes resources with nothing but what they must have, and values for search parameters.

use serde_json::{Map, Value, json};
use tarn_fhir::definitions::{
    Child, DataType, ElementId, ParamKind, SearchParameter, TypeId, definitions,
};

use crate::path::Place;

/// A value, and how a query asks for it.
pub(crate) struct Made {
    pub(crate) json: Value,
    pub(crate) asked: String,
}

/// A resource with what it must have.
pub(crate) fn minimal(type_: TypeId) -> Value {
    let mut made = inside(definitions().root(type_));
    if let Some(made) = made.as_object_mut() {
        // The metadata that a bare resource would get otherwise.
        made.retain(|name, _| !matches!(name.as_str(), "meta" | "implicitRules" | "language"));
    }
    made["resourceType"] = json!(type_.name());
    made
}

/// What an element must have inside.
pub(crate) fn minimal_inside(child: &Child) -> Value {
    plain(child, 0, false).map_or_else(|| inside(child.element), |(json, _)| json)
}

fn inside(element: ElementId) -> Value {
    let mut made = Map::new();
    let mut done: Vec<&str> = Vec::new();
    for child in definitions().shape(element).children.iter().filter(|child| child.min > 0) {
        if done.contains(&child.path_name) {
            continue;
        }
        done.push(child.path_name);
        let one = minimal_inside(child);
        made.insert(child.name.to_owned(), if child.is_array { json!([one]) } else { one });
    }
    if made.is_empty() {
        // Nothing must be there, but something must.
        let own = |child: &&Child| !matches!(child.name, "id" | "extension" | "modifierExtension");
        let mut children = definitions().shape(element).children.iter().filter(own);
        let first = children.find_map(|child| Some((child, plain(child, 0, false)?.0)));
        if let Some((child, one)) = first {
            made.insert(child.name.to_owned(), if child.is_array { json!([one]) } else { one });
        }
    }
    Value::Object(made)
}

/// A value for a parameter at a place, the `other` one different; none where the place can have
/// no value that means something to it.
pub(crate) fn value(
    place: &Place,
    parameter: &SearchParameter,
    number: usize,
    other: bool,
) -> Option<Made> {
    value_of(place, parameter.kind, &parameter.targets, number, other)
}

/// The same, by kind.
pub(crate) fn value_of(
    place: &Place,
    kind: ParamKind,
    targets: &[TypeId],
    number: usize,
    other: bool,
) -> Option<Made> {
    let child = place.child()?;
    if place.is_there {
        return is_there(child, number, other);
    }
    if kind == ParamKind::Reference && child.data_type == DataType::Reference {
        return reference(place, child, targets, number, other);
    }
    if kind == ParamKind::Special {
        let north = if other { 60 } else { 10 };
        let json = json!({"latitude": north, "longitude": 20});
        return Some(Made { json, asked: format!("{north}|20|1|km") });
    }
    let (mut json, text) = plain(child, number, other)?;
    if let Some((key, value)) = place.with() {
        // A filter on the element's own code leaves that value no choice.
        json[key] = json!(value);
    }
    means(kind, child.data_type).then_some(Made { json, asked: text })
}

/// `deceased`: any date is true, and the boolean is what it is.
fn is_there(child: &Child, number: usize, other: bool) -> Option<Made> {
    let json = match child.data_type {
        DataType::Boolean => json!(!other),
        _ if other => return None,
        _ => plain(child, number, other)?.0,
    };
    Some(Made { json, asked: "true".to_owned() })
}

fn reference(
    place: &Place,
    child: &Child,
    targets: &[TypeId],
    number: usize,
    other: bool,
) -> Option<Made> {
    let is_allowed = |type_: &TypeId| {
        (child.targets.is_empty() || child.targets.contains(type_))
            && (targets.is_empty() || targets.contains(type_))
    };
    let type_ = match place.only {
        Some(only) => only,
        None => TypeId::all().find(is_allowed)?,
    };
    let text = format!("{type_}/{}{number}", if other { "o" } else { "r" });
    Some(Made { json: json!({"reference": text}), asked: text })
}

/// Whether elements of a type mean something to a kind of parameter
/// (<https://hl7.org/fhir/R4/search.html#ptypes>, the tables of types).
fn means(kind: ParamKind, type_: DataType) -> bool {
    use DataType as T;
    let is_text = matches!(type_, T::String | T::Markdown | T::Code | T::Id);
    let is_uri = matches!(type_, T::Uri | T::Url | T::Oid | T::Uuid | T::Canonical);
    match kind {
        ParamKind::Token => {
            is_text
                || (is_uri && type_ != T::Canonical)
                || matches!(type_, T::Boolean | T::Coding | T::CodeableConcept)
                || matches!(type_, T::Identifier | T::ContactPoint)
        }
        ParamKind::String => {
            is_text
                || matches!(type_, T::HumanName | T::Address)
                || (is_uri && type_ != T::Canonical)
        }
        ParamKind::Uri | ParamKind::Reference => is_uri,
        ParamKind::Date => {
            matches!(type_, T::Date | T::DateTime | T::Instant | T::Period | T::Timing)
        }
        ParamKind::Number => {
            matches!(type_, T::Decimal | T::Integer | T::PositiveInt | T::UnsignedInt | T::Range)
        }
        ParamKind::Quantity => {
            matches!(type_, T::Quantity | T::Money | T::Range | T::Age | T::Duration | T::Count)
                || type_ == T::Distance
        }
        ParamKind::Composite | ParamKind::Special => false,
    }
}

/// A value of a type and how it is asked for; none for types that are only containers.
fn plain(child: &Child, number: usize, other: bool) -> Option<(Value, String)> {
    use DataType as T;
    let letter = if other { "o" } else { "r" };
    let word = format!("{letter}{number}");
    let figure = if other { 23 } else { 17 };
    let day = if other { "1999-05-05" } else { "2001-01-02" };
    let text = |text: String| (json!(text), text);
    Some(match child.data_type {
        T::Boolean => (json!(!other), (!other).to_string()),
        T::Code => match bound(child, other) {
            Some((_, code)) => text(code.to_owned()),
            None => text(word),
        },
        T::Id | T::String | T::Markdown => text(word),
        T::Base64Binary => text("YQ==".to_owned()),
        T::Xhtml => text("<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>".to_owned()),
        T::Uri | T::Url | T::Canonical => text(format!("http://x.test/{word}")),
        T::Oid => text(format!("urn:oid:1.2.{}{number}", u8::from(other) + 1)),
        T::Uuid => text(format!("urn:uuid:{}0000000-0000-0000-0000-{number:012}", u8::from(other))),
        T::Date | T::DateTime => text(day.to_owned()),
        T::Instant => (json!(format!("{day}T10:00:00Z")), day.to_owned()),
        T::Time => text("10:00:00".to_owned()),
        T::Decimal | T::Integer | T::PositiveInt | T::UnsignedInt => {
            (json!(figure), figure.to_string())
        }
        T::Period => (json!({"start": day, "end": day}), day.to_owned()),
        T::Timing => (json!({"event": [day]}), day.to_owned()),
        T::Range => {
            let end = json!({"value": figure});
            (json!({"low": end, "high": end}), figure.to_string())
        }
        T::Quantity | T::Count | T::Distance => {
            (json!({"value": figure, "unit": "x"}), figure.to_string())
        }
        T::Age | T::Duration => {
            let json = json!({"value": figure, "system": "http://unitsofmeasure.org", "code": "a"});
            (json, figure.to_string())
        }
        T::Money => (json!({"value": figure, "currency": "EUR"}), figure.to_string()),
        T::HumanName => (json!({"family": word}), word),
        T::Address => (json!({"city": word}), word),
        T::ContactPoint => (json!({"value": word, "system": "other"}), word),
        T::Identifier => (json!({"system": "urn:s", "value": word}), format!("urn:s|{word}")),
        T::Coding | T::CodeableConcept => {
            let (system, code) = bound(child, other).unwrap_or(("urn:s", &word));
            let coding = json!({"system": system, "code": code});
            let is_coding = child.data_type == T::Coding;
            let json = if is_coding { coding } else { json!({"coding": [coding]}) };
            (json, format!("{system}|{code}"))
        }
        T::Reference => {
            let type_ = child.targets.first().map_or("Basic", |type_| type_.name());
            text_reference(type_, &word)
        }
        T::Resource => (json!({"resourceType": "Basic", "code": {"text": "x"}}), String::new()),
        _ => return None,
    })
}

/// A system and code that R4 asks for here; another one, where there are more.
fn bound(child: &Child, other: bool) -> Option<(&'static str, &'static str)> {
    let set = child.codes.filter(|set| set.is_complete)?;
    set.codes().get(usize::from(other)).or(set.codes().first()).copied()
}

fn text_reference(type_: &str, id: &str) -> (Value, String) {
    (json!({"reference": format!("{type_}/{id}")}), format!("{type_}/{id}"))
}
