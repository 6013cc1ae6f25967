//! A value of a resource as the value of a Parameters' part.

use std::io::Write as _;
use std::sync::OnceLock;

use tarn_fhir::definitions::{Child, DataType, ElementId, TypeId, definitions};
use tarn_fhir::json::{Kind, Value};

/// One item of an element: its JSON, and for a primitive what stands under its `_` sibling.
#[derive(Clone, Copy)]
pub(super) struct Item<'d> {
    pub(super) value: Option<Value<'d>>,
    pub(super) extra: Option<Value<'d>>,
}

impl<'d> Item<'d> {
    /// The items of an element, in order.
    pub(super) fn all(parent: Value<'d>, child: &Child) -> Vec<Self> {
        let value = parent.get(child.name);
        let extra = child.data_type.is_primitive().then(|| parent.get(&format!("_{}", child.name)));
        let extra = extra.flatten();
        if value.is_none() && extra.is_none() {
            return Vec::new();
        }
        if !child.is_array {
            return vec![Self { value, extra }];
        }
        let list = |value: Option<Value<'d>>| -> Vec<Value<'d>> {
            value.into_iter().flat_map(Value::items).collect()
        };
        let (values, extras) = (list(value), list(extra));
        let something = |all: &[Value<'d>], at: usize| {
            all.get(at).copied().filter(|value| value.kind() != Kind::Null)
        };
        let count = values.len().max(extras.len());
        let item = |at| Self { value: something(&values, at), extra: something(&extras, at) };
        (0..count).map(item).collect()
    }

    /// Whether two items are the same, letter by letter.
    pub(super) fn is(&self, other: &Self) -> bool {
        let same = |a: Option<Value<'_>>, b: Option<Value<'_>>| match (a, b) {
            (Some(a), Some(b)) => {
                a.raw() == b.raw() || a.as_str().is_some_and(|t| b.as_str() == Some(t))
            }
            (None, None) => true,
            _ => false,
        };
        same(self.value, other.value) && same(self.extra, other.extra)
    }

    /// Appends `,"valueString":…`, `,"resource":…` or `,"part":[…]`.
    pub(super) fn write(&self, child: &Child, out: &mut Vec<u8>) {
        let name = child.data_type.name();
        if child.data_type == DataType::Resource {
            self.member("resource", self.value, out);
        } else if child.data_type.is_primitive() {
            let name = if child.data_type == DataType::Xhtml { "String" } else { name };
            self.member(&key(name), self.value, out);
            self.member(&format!("_{}", key(name)), self.extra, out);
        } else if is_open(name) {
            self.member(&key(name), self.value, out);
        } else if let Some(value) = self.value {
            out.extend_from_slice(b",\"part\":[");
            write_parts(value, child.element, out);
            out.push(b']');
        }
    }

    fn member(&self, key: &str, value: Option<Value<'_>>, out: &mut Vec<u8>) {
        if let Some(value) = value {
            // Writing to memory cannot fail.
            let _ = write!(out, ",\"{key}\":{}", value.raw());
        }
    }
}

/// The elements that a value has, in the order of its JSON.
pub(super) fn children<'d>(value: Value<'d>, inside: ElementId) -> Vec<&'static Child> {
    let mut found: Vec<&'static Child> = Vec::new();
    for (key, _) in value.members() {
        let child = definitions().child(inside, key.strip_prefix('_').unwrap_or(&key));
        found.extend(child.filter(|child| !found.iter().any(|known| known.name == child.name)));
    }
    found
}

fn write_parts(value: Value<'_>, inside: ElementId, out: &mut Vec<u8>) {
    let mut is_first = true;
    for child in children(value, inside) {
        for item in Item::all(value, child) {
            if !std::mem::take(&mut is_first) {
                out.push(b',');
            }
            let _ = write!(out, "{{\"name\":\"{}\"", child.path_name);
            item.write(child, out);
            out.push(b'}');
        }
    }
}

/// `valueHumanName`
fn key(type_: &str) -> String {
    let mut letters = type_.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().fold("value".to_owned(), |name, first| format!("{name}{first}"))
        + letters.as_str()
}

/// Whether a type can be the value of a parameter.
fn is_open(type_: &str) -> bool {
    static INSIDE: OnceLock<Option<ElementId>> = OnceLock::new();
    let inside = INSIDE.get_or_init(|| {
        let root = definitions().root(TypeId::parse("Parameters")?);
        definitions().child(root, "parameter").map(|parameter| parameter.element)
    });
    inside.is_some_and(|inside| definitions().child(inside, &key(type_)).is_some())
}
