//! Where a node is in its document, found when somebody asks.

use std::fmt;

use tarn_fhir::definitions::{Definitions, ElementId, TypeId, definitions};
use tarn_fhir::json::{Kind, Value as Json};

use crate::node::Node;

/// One step from the root of a document towards a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of an object, by its JSON key.
    Key(String),
    /// An item of an array.
    Index(usize),
}

/// A place in a document: the JSON steps, and the same as FHIRPath.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The JSON steps from the document's root. Of a primitive that has extensions only they lead
    /// to its `_` sibling.
    pub steps: Vec<Step>,
    path: String,
}

impl fmt::Display for Location {
    /// As a FHIRPath of element names and indexes: `Patient.name[0].given[1]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Node<'_> {
    /// Where it is; none for what is in no document.
    pub fn location(&self) -> Option<Location> {
        let target = self.json().or(self.sibling())?;
        let mut at = target.root();
        let type_of = |value: Json<'_>| {
            value.get("resourceType").and_then(Json::as_str).and_then(|name| TypeId::parse(&name))
        };
        let mut path = type_of(at).map_or("", TypeId::name).to_owned();
        let mut element = type_of(at).map(|type_| definitions().root(type_));
        let mut steps = Vec::new();
        while !at.is_same(target) {
            let is_here = |value: &Json<'_>| value.span().contains(&target.offset());
            if at.kind() == Kind::Array {
                let (index, item) = at.items().enumerate().find(|(_, item)| is_here(item))?;
                path.push_str(&format!("[{index}]"));
                steps.push(Step::Index(index));
                at = item;
            } else {
                let (key, value) = at.members().find(|(_, value)| is_here(value))?;
                let (name, inside) = step_into(definitions(), element, &key);
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
                element = inside;
                steps.push(Step::Key(key.into_owned()));
                at = value;
            }
            if element == Some(ElementId::RESOURCE) && at.kind() == Kind::Object {
                element = type_of(at).map(|type_| definitions().root(type_));
            }
        }
        Some(Location { steps, path })
    }
}

/// A key's FHIRPath name, and what is inside of it.
fn step_into<'k>(
    definitions: &'static Definitions,
    element: Option<ElementId>,
    key: &'k str,
) -> (&'k str, Option<ElementId>) {
    let name = key.strip_prefix('_').unwrap_or(key);
    match element.and_then(|element| definitions.child(element, name)) {
        Some(child) => (child.path_name, Some(child.element)),
        None => (name, None),
    }
}
