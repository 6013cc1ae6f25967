//! Flattens StructureDefinitions into shapes: what may stand under each key of each element.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tarn_fhir::definitions::{DataType, TypeId};

use crate::codes::CodeSets;
use crate::error::Error;
use crate::facts::{Child, Facts, Invariant, Shape};
use crate::source::{Constraint, Element, ElementType, Structure};

const PROFILES: &str = "http://hl7.org/fhir/StructureDefinition/";
const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";
/// The asset's shape 0 is that of primitives, which is `Element`'s; shape 1 is any resource.
const PRIMITIVE: usize = 0;
const RESOURCE: usize = 1;

/// Adds the shapes, roots, data types and invariants of all base structures.
pub(crate) fn compile(
    structures: &[Structure],
    codes: &mut CodeSets<'_>,
    facts: &mut Facts,
) -> Result<(), Error> {
    let base = select(structures);
    let places = places(&base);
    let mut compiler =
        Compiler { places: &places, codes, invariants: Vec::new(), known: HashMap::new() };
    let mut shapes: BTreeMap<usize, Shape> = BTreeMap::new();
    let resource = Shape { path: "Resource".into(), invariants: vec![], children: vec![] };
    shapes.insert(RESOURCE, resource);
    for elements in base.values() {
        compiler.structure(elements, &mut shapes)?;
    }
    facts.shapes = shapes.into_values().collect();
    drop_inherited(&mut facts.shapes, &compiler.invariants);
    facts.invariants = compiler.invariants;
    for type_ in TypeId::all() {
        let place = places.get(type_.name());
        facts.roots.push(*place.ok_or_else(|| Error::surprise(type_.name(), "not defined"))?);
    }
    let own = DataType::all().filter(|t| !t.is_primitive() && *t != DataType::Resource);
    for data_type in own {
        let place = places.get(data_type.name());
        let place = place.ok_or_else(|| Error::surprise(data_type.name(), "not defined"))?;
        facts.data_types.push((data_type, *place));
    }
    Ok(())
}

/// The elements of the structures to keep, by name: `Element` first, for it is shape 0.
fn select(structures: &[Structure]) -> BTreeMap<(bool, &str), &[Element]> {
    let keep = |structure: &&Structure| {
        let is_base = structure.derivation.as_deref() != Some("constraint");
        let is_type = structure.kind == "complex-type";
        is_base && (is_type || structure.kind == "resource" && !structure.is_abstract)
    };
    let kept = structures.iter().filter(keep).filter_map(|structure| {
        let elements = structure.snapshot.as_ref()?.element.as_slice();
        Some(((structure.name != "Element", structure.name.as_str()), elements))
    });
    kept.collect()
}

/// The number of each shape by the path of the element whose inside it is.
fn places<'s>(base: &BTreeMap<(bool, &str), &'s [Element]>) -> BTreeMap<&'s str, usize> {
    let mut places = BTreeMap::new();
    for elements in base.values() {
        let parents: BTreeSet<&str> =
            elements.iter().filter_map(|e| Some(e.path.rsplit_once('.')?.0)).collect();
        for element in elements.iter().filter(|e| parents.contains(e.path.as_str())) {
            let next = if places.is_empty() { PRIMITIVE } else { places.len() + 1 };
            places.entry(element.path.as_str()).or_insert(next);
        }
    }
    places
}

struct Compiler<'c, 's, 'p> {
    places: &'c BTreeMap<&'s str, usize>,
    codes: &'c mut CodeSets<'p>,
    invariants: Vec<Invariant>,
    known: HashMap<(String, String), usize>,
}

/// One type that an element can have.
struct Target<'e> {
    type_: Option<&'e ElementType>,
    data_type: DataType,
    shape: usize,
}

impl Compiler<'_, '_, '_> {
    fn structure(
        &mut self,
        elements: &[Element],
        shapes: &mut BTreeMap<usize, Shape>,
    ) -> Result<(), Error> {
        for element in elements {
            let invariants = self.invariants(&element.constraint);
            if let Some((parent, _)) = element.path.rsplit_once('.') {
                let children = self.children(element, &invariants, elements)?;
                let place = self.places[parent];
                let shape = shapes
                    .get_mut(&place)
                    .ok_or_else(|| Error::surprise(&element.path, "comes before its parent"))?;
                shape.children.extend(children);
            }
            if let Some(place) = self.places.get(element.path.as_str()) {
                let path = element.path.clone();
                shapes.insert(*place, Shape { path, invariants, children: Vec::new() });
            }
        }
        Ok(())
    }

    /// One child, or for a choice one for each type.
    fn children(
        &mut self,
        element: &Element,
        invariants: &[usize],
        all: &[Element],
    ) -> Result<Vec<Child>, Error> {
        let name = element.path.rsplit('.').next().unwrap_or_default();
        let choice = name.strip_suffix("[x]");
        let max = match element.max.as_str() {
            "*" => 0,
            max => max.parse().map_err(|_| Error::surprise(&element.path, "odd max"))?,
        };
        let mut children = Vec::new();
        for target in self.targets(element, all)? {
            children.push(Child {
                name: choice.map_or_else(|| name.into(), |name| choice_key(name, &target)),
                path_name: choice.unwrap_or(name).into(),
                data_type: target.data_type,
                shape: target.shape,
                is_array: max != 1,
                is_summary: element.is_summary,
                is_modifier: element.is_modifier,
                is_choice: choice.is_some(),
                min: element.min,
                max,
                code_set: self.code_set(element, target.data_type),
                targets: reference_targets(target.type_, &element.path)?,
                invariants: invariants.to_vec(),
            });
        }
        Ok(children)
    }

    fn targets<'e>(
        &self,
        element: &'e Element,
        all: &'e [Element],
    ) -> Result<Vec<Target<'e>>, Error> {
        if let Some(reference) = &element.content_reference {
            let path = reference.trim_start_matches('#');
            let shape = self.places.get(path).copied();
            let shape = shape.ok_or_else(|| Error::surprise(reference, "points at nothing"))?;
            let there = all.iter().find(|e| e.path == path);
            let code = there.and_then(|e| e.types.first()).map_or("BackboneElement", |t| &t.code);
            let data_type = data_type(code, reference)?;
            return Ok(vec![Target { type_: None, data_type, shape }]);
        }
        let of = |type_: &'e ElementType| {
            let data_type = data_type(fhir_type(element, type_), &element.path)?;
            let own = self.places.get(element.path.as_str()).copied();
            let shape = match data_type {
                DataType::Resource => RESOURCE,
                primitive if primitive.is_primitive() => PRIMITIVE,
                complex => own
                    .or_else(|| self.places.get(complex.name()).copied())
                    .ok_or_else(|| Error::surprise(&element.path, "has no inside"))?,
            };
            Ok(Target { type_: Some(type_), data_type, shape })
        };
        element.types.iter().map(of).collect()
    }

    fn code_set(&mut self, element: &Element, data_type: DataType) -> Option<usize> {
        let bindable =
            matches!(data_type, DataType::Code | DataType::Coding | DataType::CodeableConcept);
        let binding = element.binding.as_ref().filter(|b| bindable && b.strength == "required")?;
        binding.value_set.as_deref().map(|url| self.codes.place(url))
    }

    fn invariants(&mut self, constraints: &[Constraint]) -> Vec<usize> {
        let kept = constraints.iter().filter_map(|constraint| {
            let expression = constraint.expression.clone()?;
            let name = (constraint.key.clone(), expression.clone());
            let next = self.invariants.len();
            let place = *self.known.entry(name).or_insert(next);
            if place == next {
                let is_error = constraint.severity == "error";
                let key = constraint.key.clone();
                self.invariants.push(Invariant { key, is_error, expression });
            }
            Some(place)
        });
        kept.collect()
    }
}

/// Takes from each child what its inside says already.
fn drop_inherited(shapes: &mut [Shape], invariants: &[Invariant]) {
    let keys: Vec<BTreeSet<&str>> = shapes
        .iter()
        .map(|shape| shape.invariants.iter().map(|at| invariants[*at].key.as_str()).collect())
        .collect();
    for child in shapes.iter_mut().flat_map(|shape| &mut shape.children) {
        let inside = &keys[child.shape];
        child.invariants.retain(|at| !inside.contains(invariants[*at].key.as_str()));
    }
}

fn choice_key(name: &str, target: &Target<'_>) -> String {
    let type_name = target.data_type.name();
    let (first, rest) = type_name.split_at(1);
    format!("{name}{}{rest}", first.to_ascii_uppercase())
}

/// What a `System.String` of the snapshot is in FHIR. The package says `string` for the ids of
/// resources, which are of type `id` (R4 §2.26.3.1).
fn fhir_type<'e>(element: &Element, type_: &'e ElementType) -> &'e str {
    let is_resource_id = element.path.ends_with(".id")
        && element.path.matches('.').count() == 1
        && element.path.split('.').next().is_some_and(|name| TypeId::parse(name).is_some());
    if is_resource_id {
        return "id";
    }
    let named = type_.extension.iter().find(|extension| extension.url == FHIR_TYPE);
    named.and_then(|extension| extension.value_url.as_deref()).unwrap_or(&type_.code)
}

fn data_type(code: &str, place: &str) -> Result<DataType, Error> {
    DataType::parse(code).ok_or_else(|| Error::surprise(place, format!("unknown type `{code}`")))
}

/// The resource types allowed; none when any is.
fn reference_targets(type_: Option<&ElementType>, place: &str) -> Result<Vec<TypeId>, Error> {
    let mut targets = Vec::new();
    for profile in type_.iter().flat_map(|type_| &type_.target_profile) {
        let name = profile.strip_prefix(PROFILES).unwrap_or(profile);
        if name == "Resource" {
            return Ok(Vec::new());
        }
        let target = TypeId::parse(name);
        targets.push(target.ok_or_else(|| Error::surprise(place, format!("target `{name}`")))?);
    }
    targets.sort_unstable();
    targets.dedup();
    Ok(targets)
}
