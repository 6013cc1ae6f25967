//! Elements of a document, with the types that FHIR gives them.

use tarn_fhir::definitions::{Child, DataType, ElementId, TypeId, definitions};
use tarn_fhir::json::{Document, Kind, Value as Json};

use crate::types::FhirType;

/// An element of a document. A primitive has its value, its `_` sibling, or both.
#[derive(Debug, Clone, Copy)]
pub struct Node<'d> {
    value: Option<Json<'d>>,
    sibling: Option<Json<'d>>,
    element: ElementId,
    type_: FhirType,
}

impl<'d> Node<'d> {
    /// The resource of a document.
    pub fn resource(document: &'d Document<'_>) -> Self {
        Self::resource_at(document.root())
    }

    /// A resource somewhere in a document. Its type is the one that it says itself.
    pub fn resource_at(value: Json<'d>) -> Self {
        let name = value.get("resourceType").and_then(Json::as_str);
        let type_ = name.and_then(|name| TypeId::parse(&name));
        let (element, type_) = match type_ {
            Some(type_) => (definitions().root(type_), FhirType::Resource(type_)),
            None => (ElementId::RESOURCE, FhirType::AnyResource),
        };
        Self { value: Some(value), sibling: None, element, type_ }
    }

    /// A value of a data type.
    pub fn data(value: Json<'d>, data_type: DataType) -> Self {
        let element = definitions().data_type(data_type);
        Self { value: Some(value), sibling: None, element, type_: FhirType::Data(data_type) }
    }

    /// A resource of which no more is known than its type, such as a reference tells.
    pub fn unseen(type_: TypeId) -> Self {
        let element = definitions().root(type_);
        Self { value: None, sibling: None, element, type_: FhirType::Resource(type_) }
    }

    /// An element by what R4 says of it: its value, and what stands under its name with a `_`.
    pub fn of(child: &Child, value: Option<Json<'d>>, sibling: Option<Json<'d>>) -> Self {
        let value = value.filter(|value| value.kind() != Kind::Null);
        let sibling = sibling.filter(|sibling| sibling.kind() == Kind::Object);
        if child.data_type == DataType::Resource
            && let Some(value) = value
        {
            return Self::resource_at(value);
        }
        let type_ = FhirType::Data(child.data_type);
        Self { value, sibling, element: child.element, type_ }
    }

    /// Its type.
    pub fn fhir_type(&self) -> FhirType {
        self.type_
    }

    /// What is inside it, as FHIR defines it.
    pub fn element(&self) -> ElementId {
        self.element
    }

    /// Its JSON; none for a primitive that has only extensions.
    pub fn json(&self) -> Option<Json<'d>> {
        self.value
    }

    /// The `_` sibling of a primitive.
    pub fn sibling(&self) -> Option<Json<'d>> {
        self.sibling
    }

    /// Whether it is a primitive with a value.
    pub fn has_value(&self) -> bool {
        self.is_primitive() && self.value.is_some()
    }

    /// Whether it is a primitive.
    pub fn is_primitive(&self) -> bool {
        matches!(self.type_, FhirType::Data(data_type) if data_type.is_primitive())
    }

    /// Whether it is that very element, not one that looks the same.
    pub fn is_same(&self, other: &Self) -> bool {
        let same = |a: Option<Json<'d>>, b: Option<Json<'d>>| match (a, b) {
            (Some(a), Some(b)) => a.is_same(b),
            (None, None) => true,
            _ => false,
        };
        same(self.value, other.value)
            && same(self.sibling, other.sibling)
            && (self.value.is_some() || self.sibling.is_some())
    }

    /// The object that holds its children.
    fn inside(&self) -> Option<Json<'d>> {
        if self.is_primitive() { self.sibling } else { self.value }
    }

    /// Adds its children of that FHIRPath name, and says whether FHIR knows the name here.
    pub(crate) fn named(&self, name: &str, out: &mut dyn FnMut(Self)) -> bool {
        let shape = definitions().shape(self.element);
        let plain = shape.child(name).filter(|child| !child.is_choice);
        let Some(inside) = self.inside() else { return plain.is_some() };
        if let Some(child) = plain {
            let sibling = child
                .data_type
                .is_primitive()
                .then(|| find(inside, |key| key.strip_prefix('_') == Some(name)))
                .flatten();
            expand(child, inside.get(name), sibling, out);
            return true;
        }
        self.choice(inside, name, out)
    }

    /// Adds a choice's value, under whichever of its keys it is.
    fn choice(&self, inside: Json<'d>, name: &str, out: &mut dyn FnMut(Self)) -> bool {
        let shape = definitions().shape(self.element);
        for (key, value) in inside.members() {
            let (key, is_sibling) = match key.strip_prefix('_') {
                Some(rest) => (rest, true),
                None => (&*key, false),
            };
            if key.len() <= name.len() || !key.starts_with(name) {
                continue;
            }
            let Some(child) = shape.child(key).filter(|child| child.path_name == name) else {
                continue;
            };
            if is_sibling && inside.get(key).is_some() {
                continue;
            }
            if is_sibling {
                expand(child, None, Some(value), out);
            } else {
                let sibling = find(inside, |other| other.strip_prefix('_') == Some(key));
                expand(child, Some(value), sibling, out);
            }
            return true;
        }
        shape.children.iter().any(|child| child.path_name == name)
    }

    /// Adds all its children.
    pub(crate) fn children(&self, out: &mut dyn FnMut(Self)) {
        self.defined_children(&mut |_, node| out(node));
    }

    /// Adds all its children, each with what R4 says about its place.
    pub(crate) fn defined_children(&self, out: &mut dyn FnMut(&'static Child, Self)) {
        let Some(inside) = self.inside() else { return };
        let shape = definitions().shape(self.element);
        for (key, value) in inside.members() {
            if let Some(child) = shape.child(&key) {
                let sibling = child
                    .data_type
                    .is_primitive()
                    .then(|| find(inside, |other| other.strip_prefix('_') == Some(&key)))
                    .flatten();
                expand(child, Some(value), sibling, &mut |node| out(child, node));
            } else if let Some(rest) = key.strip_prefix('_')
                && let Some(child) = shape.child(rest)
                && inside.get(rest).is_none()
            {
                expand(child, None, Some(value), &mut |node| out(child, node));
            }
        }
    }
}

fn find<'d>(object: Json<'d>, is_it: impl Fn(&str) -> bool) -> Option<Json<'d>> {
    object.members().find(|(key, _)| is_it(key)).map(|(_, value)| value)
}

/// Adds one node for a single value, one for each item of an array.
fn expand<'d>(
    child: &Child,
    value: Option<Json<'d>>,
    sibling: Option<Json<'d>>,
    out: &mut dyn FnMut(Node<'d>),
) {
    let is_array = |json: Option<Json<'d>>| json.is_some_and(|json| json.kind() == Kind::Array);
    let mut add = |value, sibling| {
        let node = Node::of(child, value, sibling);
        if node.value.is_some() || node.sibling.is_some() {
            out(node);
        }
    };
    if !is_array(value) && !is_array(sibling) {
        return add(value, sibling);
    }
    let mut values = value.into_iter().flat_map(Json::items);
    let mut siblings = sibling.into_iter().flat_map(Json::items);
    loop {
        match (values.next(), siblings.next()) {
            (None, None) => return,
            (value, sibling) => add(value, sibling),
        }
    }
}
