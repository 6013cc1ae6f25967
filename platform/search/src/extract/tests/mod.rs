//! What is extracted, type by type.

mod clinical;
mod entries;
mod examples;
mod forms;
mod programs;

use tarn_domain::Timestamp;
use tarn_fhir::definitions::{FieldId, TypeId, definitions};
use tarn_fhir::json::Document;
use tarn_store::{Entries, Hasher};

use super::*;

fn type_(name: &str) -> TypeId {
    TypeId::parse(name).expect("a type of R4")
}

fn field(type_name: &str, code: &str) -> FieldId {
    definitions().parameter(type_(type_name), code).expect("a parameter of R4").field
}

fn hasher() -> Hasher {
    Hasher::new(*b"sixteen bytes ok")
}

fn parse(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes()).expect("JSON")
}

/// The entries of a resource, as the first of its block.
fn index(text: &str) -> Entries {
    let doc = parse(text);
    let name = doc.root().get("resourceType").and_then(Json::as_str).expect("a type");
    let mut entries = Entries::default();
    Indexer::index(&R4Indexer, type_(&name), &doc, &hasher(), 0, &mut entries);
    entries
}

/// The values of a parameter, one line each.
fn shown(text: &str, code: &str) -> Vec<String> {
    let doc = parse(text);
    let name = doc.root().get("resourceType").and_then(Json::as_str).expect("a type");
    values(type_(&name), &doc, field(&name, code)).iter().map(show).collect()
}

fn show(value: &Value) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
    match value {
        Value::Token { system: None, code } => or_none(code),
        Value::Token { system, code } => format!("{}|{}", or_none(system), or_none(code)),
        Value::Words(text) => format!("~{text}"),
        Value::String(text) => format!("'{text}'"),
        Value::Uri(uri) => format!("<{uri}>"),
        Value::Reference { type_, id } => format!("{type_}/{id}"),
        Value::Link(url) => format!("-> {url}"),
        Value::Identifier { system, value } => format!("? {}|{}", or_none(system), or_none(value)),
        Value::Date { lo, hi } => format!("{} .. {}", moment(*lo), moment(*hi)),
        Value::Number { lo, hi } => format!("{lo} .. {hi}"),
        Value::Quantity { system, code, unit, lo, hi } => {
            let unit = [or_none(system), or_none(code), or_none(unit)].join("|");
            format!("{lo} .. {hi} {unit}")
        }
        Value::Position { latitude, longitude } => format!("{latitude} N {longitude} E"),
    }
}

fn moment(micros: i64) -> String {
    match micros {
        i64::MIN => "open".to_owned(),
        i64::MAX => "open".to_owned(),
        _ => Timestamp::from_micros(micros).to_string(),
    }
}
