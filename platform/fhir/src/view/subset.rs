//! Leaving out what was not asked for, and saying so.

use super::Part;
use crate::definitions::{Child, DataType, ElementId, TypeId, definitions};
use crate::json::{Document, Kind, Value, escape_into};
use crate::stored::minify;

/// `meta.tag` of a resource that is not whole (R4 §3.1.1.5.8).
const SUBSETTED: &str =
    r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

/// Appends the part of a resource that was asked for, tagged as `SUBSETTED`. What R4 does not
/// define is left out, except by [`Part::Data`].
pub fn subset(doc: &Document<'_>, part: &Part, out: &mut Vec<u8>) {
    let name = doc.root().get("resourceType").and_then(Value::as_str);
    let type_ = name.and_then(|name| TypeId::parse(&name));
    let root = type_.map_or(ElementId::RESOURCE, |type_| definitions().root(type_));
    let mut members = Members::open(out);
    let mut has_meta = false;
    for (key, value) in doc.root().members() {
        match &*key {
            "meta" => {
                has_meta = true;
                members.key(&key);
                meta(value, members.out);
            }
            "resourceType" | "id" => {
                members.key(&key);
                minify(value, members.out);
            }
            _ => {
                let child = definitions().child(root, key.strip_prefix('_').unwrap_or(&key));
                if keeps(part, child, &key) {
                    members.key(&key);
                    content(part, child.filter(|_| !key.starts_with('_')), value, members.out);
                }
            }
        }
    }
    if !has_meta {
        members.key("meta");
        members.out.extend_from_slice(b"{\"tag\":[");
        members.out.extend_from_slice(SUBSETTED.as_bytes());
        members.out.extend_from_slice(b"]}");
    }
    members.close();
}

/// Whether a member of the top level was asked for.
fn keeps(part: &Part, child: Option<&Child>, key: &str) -> bool {
    let Some(child) = child else { return *part == Part::Data };
    match part {
        Part::Summary => child.is_summary || child.min > 0,
        Part::Text => child.name == "text" || child.min > 0,
        Part::Data => key != "text",
        Part::Elements(names) => {
            let is_named = names.iter().any(|name| name == child.path_name || name == child.name);
            is_named || child.min > 0 || child.is_modifier
        }
    }
}

fn content(part: &Part, child: Option<&Child>, value: Value<'_>, out: &mut Vec<u8>) {
    match child.filter(|_| *part == Part::Summary) {
        Some(child) => summary(child, value, out),
        None => minify(value, out),
    }
}

/// The summary elements of what is in an element.
fn summary(child: &Child, value: Value<'_>, out: &mut Vec<u8>) {
    match value.kind() {
        Kind::Array => {
            out.push(b'[');
            for (at, item) in value.items().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                summary(child, item, out);
            }
            out.push(b']');
        }
        Kind::Object => object(child, value, out),
        _ => minify(value, out),
    }
}

fn object(child: &Child, value: Value<'_>, out: &mut Vec<u8>) {
    let mut element = child.element;
    if child.data_type == DataType::Resource {
        let name = value.get("resourceType").and_then(Value::as_str);
        match name.and_then(|name| TypeId::parse(&name)) {
            Some(type_) => element = definitions().root(type_),
            None => return minify(value, out),
        }
    }
    let start = out.len();
    let mut members = Members::open(out);
    for (key, value) in value.members() {
        let plain = key.strip_prefix('_').unwrap_or(&key);
        let inner = definitions().child(element, plain);
        let is_whole = key == "resourceType" || inner.is_some_and(|inner| inner.min > 0);
        if is_whole || inner.is_some_and(|inner| inner.is_summary) {
            members.key(&key);
            content(&Part::Summary, inner.filter(|_| plain == key), value, members.out);
        }
    }
    let is_empty = members.is_first;
    members.close();
    if is_empty {
        // An element with nothing in it is not FHIR: an extension or a bare id stays whole.
        out.truncate(start);
        minify(value, out);
    }
}

/// `meta` with the tag that says that the resource is not whole.
fn meta(value: Value<'_>, out: &mut Vec<u8>) {
    let mut members = Members::open(out);
    let mut is_tagged = false;
    for (key, value) in value.members() {
        members.key(&key);
        if key == "tag" {
            is_tagged = true;
            tags(value, members.out);
        } else {
            minify(value, members.out);
        }
    }
    if !is_tagged {
        members.key("tag");
        members.out.push(b'[');
        members.out.extend_from_slice(SUBSETTED.as_bytes());
        members.out.push(b']');
    }
    members.close();
}

fn tags(value: Value<'_>, out: &mut Vec<u8>) {
    out.push(b'[');
    let is_ours =
        |tag: Value<'_>| tag.get("code").and_then(Value::as_str).is_some_and(|c| c == "SUBSETTED");
    for tag in value.items().filter(|tag| !is_ours(*tag)) {
        minify(tag, out);
        out.push(b',');
    }
    out.extend_from_slice(SUBSETTED.as_bytes());
    out.push(b']');
}

/// The members of an object that is being written.
struct Members<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl<'o> Members<'o> {
    fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, is_first: true }
    }

    fn key(&mut self, key: &str) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        escape_into(key, self.out);
        self.out.push(b':');
    }

    fn close(self) {
        self.out.push(b'}');
    }
}
