//! Composite parameters: tuples of values that stand together in one element.
//!
//! Each element that the composite's own expression yields gives one tuple
//! (<https://hl7.org/fhir/R4/search.html#composite>); the parts' expressions start there.

use tarn_fhir::definitions::{
    Child, Component, DataType, ElementId, FieldId, ParamKind, SearchParameter, TypeId, definitions,
};
use tarn_fhir::json::{Kind, Value as Json};

use super::draft::natural_kind;
use super::expression::{self, Path, Step};
use super::program::{Program, compile_one};
use super::value::{Collector, Value};
use super::walk::walk;

/// A composite parameter of a type, ready to run.
#[derive(Debug)]
pub(super) struct Composite {
    field: FieldId,
    kinds: Vec<ParamKind>,
    bases: Vec<Base>,
}

/// One alternative of the composite's expression.
#[derive(Debug)]
struct Base {
    /// The JSON keys from the resource to the elements.
    keys: Vec<&'static str>,
    parts: Vec<Part>,
}

/// What is read for one part.
#[derive(Debug)]
struct Part {
    field: FieldId,
    /// From the resource, not from the element.
    from_resource: bool,
    /// None where the elements of this alternative can have no such value.
    program: Option<Program>,
}

impl Composite {
    /// Compiles a composite parameter; none if R4 says it in a way not known here.
    pub(super) fn compile(type_: TypeId, parameter: &SearchParameter) -> Option<Self> {
        let root = definitions().root(type_);
        let mut elements = Vec::new();
        for path in expression::paths(parameter.expression)? {
            elements.push(descend(root, &path)?);
        }
        let (_, first) = elements.first()?;
        let parts: Vec<_> = parameter.components.iter().collect();
        let kinds: Vec<_> =
            parts.iter().map(|part| kind(root, *first, part)).collect::<Option<_>>()?;
        let mut bases = Vec::new();
        for (keys, element) in elements {
            let parts =
                parts.iter().zip(&kinds).map(|(part, kind)| part_of(root, element, part, *kind));
            bases.push(Base { keys, parts: parts.collect::<Option<_>>()? });
        }
        Some(Self { field: parameter.field, kinds, bases })
    }

    pub(super) fn field(&self) -> FieldId {
        self.field
    }

    /// The kind of each part, as its query text is to be read.
    pub(super) fn kinds(&self) -> &[ParamKind] {
        &self.kinds
    }

    /// For each element, the values of each part; only elements in which every part has one.
    pub(super) fn tuples(&self, resource: Json<'_>) -> Vec<Vec<Vec<Value>>> {
        let mut tuples = Vec::new();
        for base in &self.bases {
            each_at(resource, &base.keys, &mut |element| {
                let values = base.parts.iter().map(|part| part.values(resource, element));
                let tuple: Vec<Vec<Value>> = values.collect();
                if tuple.iter().all(|values| !values.is_empty()) {
                    tuples.push(tuple);
                }
            });
        }
        tuples
    }
}

impl Part {
    fn values(&self, resource: Json<'_>, element: Json<'_>) -> Vec<Value> {
        let Some(program) = &self.program else { return Vec::new() };
        let mut collector = Collector::new(self.field);
        let focus = if self.from_resource { resource } else { element };
        walk(program, resource, focus, &mut collector);
        collector.values
    }
}

fn part_of(root: ElementId, element: ElementId, part: &Component, kind: ParamKind) -> Option<Part> {
    let paths = expression::paths(part.expression)?;
    let from_resource = paths.iter().any(|path| path.from_resource);
    let focus = if from_resource { root } else { element };
    let program = compile_one(focus, &paths, kind, part.field);
    Some(Part { field: part.field, from_resource, program })
}

/// The kind of the parameter that a part is defined by, unless the elements cannot be read so:
/// R4's `DocumentReference.relationship` has the definitions of its two parts interchanged.
fn kind(root: ElementId, element: ElementId, part: &Component) -> Option<ParamKind> {
    let defined = definitions().field(part.field)?.kind;
    let paths = expression::paths(part.expression)?;
    let from_resource = paths.iter().any(|path| path.from_resource);
    let focus = if from_resource { root } else { element };
    if compile_one(focus, &paths, defined, part.field).is_some() {
        return Some(defined);
    }
    paths.iter().find_map(|path| natural_kind(last(focus, path)?.data_type))
}

/// The element that a plain path leads to.
fn last(root: ElementId, path: &Path<'_>) -> Option<&'static Child> {
    let mut element = root;
    let mut found = None;
    for step in &path.steps {
        let Step::Child(name) = step else { continue };
        let child = definitions().named(element, name).next()?;
        element = child.element;
        found = Some(child);
    }
    found
}

/// The JSON keys of a path without choices and filters, and what is inside the element there.
fn descend(root: ElementId, path: &Path<'_>) -> Option<(Vec<&'static str>, ElementId)> {
    let mut keys = Vec::new();
    let mut element = root;
    for step in &path.steps {
        let Step::Child(name) = step else { return None };
        let child = definitions().child(element, name)?;
        if child.data_type == DataType::Resource {
            return None;
        }
        keys.push(child.name);
        element = child.element;
    }
    Some((keys, element))
}

fn each_at(value: Json<'_>, keys: &[&str], found: &mut dyn FnMut(Json<'_>)) {
    if value.kind() == Kind::Array {
        return value.items().for_each(|item| each_at(item, keys, found));
    }
    match keys.split_first() {
        None => found(value),
        Some((key, rest)) => {
            if let Some(member) = value.get(key) {
                each_at(member, rest, found);
            }
        }
    }
}
