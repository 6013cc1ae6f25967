//! What R4 defines: resource types, elements, data types, codes, search parameters, compartments.
//!
//! The facts come from the official package, compiled by `platform/definitions` into
//! `assets/r4.bin.zst` and decoded once, on first use.

mod asset;
mod codes;
mod data_type;
mod elements;
mod parameters;
mod type_id;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use asset::AssetError;
pub use codes::CodeSet;
pub use data_type::DataType;
pub use elements::{Child, ElementId, Invariant, Shape};
pub use parameters::{Base, Component, FieldId, ParamKind, SearchParameter};
pub use type_id::TypeId;

/// The definitions of R4. Decoded on first use, in a few milliseconds.
pub fn definitions() -> &'static Definitions {
    static ONCE: OnceLock<&'static Definitions> = OnceLock::new();
    ONCE.get_or_init(|| {
        let packed = include_bytes!("../../assets/r4.bin.zst");
        let decoded = Definitions::decode(packed).expect("a test decodes the committed asset");
        Box::leak(Box::new(decoded))
    })
}

/// Everything that R4 defines and Tarn needs.
#[derive(Debug)]
pub struct Definitions {
    shapes: Vec<Shape>,
    /// By type number - 1.
    roots: Vec<ElementId>,
    /// By data type; none for those without an inside of their own.
    data_types: Vec<Option<ElementId>>,
    code_sets: Vec<&'static CodeSet>,
    invariants: Vec<&'static Invariant>,
    /// By field number.
    fields: Vec<&'static SearchParameter>,
    /// By type number - 1: its own and the common ones, sorted by code.
    by_type: Vec<Vec<&'static SearchParameter>>,
    common: Vec<&'static SearchParameter>,
    /// (compartment's type, type in it) to the parameters that put it there.
    compartments: HashMap<(TypeId, TypeId), Vec<&'static SearchParameter>>,
}

impl Definitions {
    /// The search parameter of a type with that code, those of every type (`_id`) included.
    pub fn parameter(&self, type_: TypeId, code: &str) -> Option<&'static SearchParameter> {
        let all = self.parameters(type_);
        all.binary_search_by(|parameter| parameter.code.cmp(code)).ok().map(|at| all[at])
    }

    /// The search parameters of a type, those of every type included, sorted by code.
    pub fn parameters(&self, type_: TypeId) -> &[&'static SearchParameter] {
        let place = usize::from(type_.0).checked_sub(1);
        place.and_then(|at| self.by_type.get(at)).map_or(&[], Vec::as_slice)
    }

    /// The search parameters that every type has, sorted by code.
    pub fn common_parameters(&self) -> &[&'static SearchParameter] {
        &self.common
    }

    /// Every search parameter, by field number.
    pub fn fields(&self) -> &[&'static SearchParameter] {
        &self.fields
    }

    /// The search parameter with that number.
    pub fn field(&self, field: FieldId) -> Option<&'static SearchParameter> {
        self.fields.get(usize::from(field.0)).copied()
    }

    /// The parameters whose reference to a `compartment` resource (Patient, Encounter,
    /// Practitioner, RelatedPerson, Device) puts a resource of `type_` into its compartment.
    /// Empty where the type cannot be in it. A resource is always in its own compartment,
    /// whatever this says for the compartment's own type.
    pub fn compartment(&self, compartment: TypeId, type_: TypeId) -> &[&'static SearchParameter] {
        self.compartments.get(&(compartment, type_)).map_or(&[], Vec::as_slice)
    }

    /// The types that have compartments, sorted.
    pub fn compartments(&self) -> Vec<TypeId> {
        let mut types: Vec<_> = self.compartments.keys().map(|(owner, _)| *owner).collect();
        types.sort_unstable();
        types.dedup();
        types
    }

    /// The inside of a resource of that type.
    pub fn root(&self, type_: TypeId) -> ElementId {
        let place = usize::from(type_.0).checked_sub(1);
        place.and_then(|at| self.roots.get(at)).copied().unwrap_or(ElementId::RESOURCE)
    }

    /// The inside of a data type.
    pub fn data_type(&self, data_type: DataType) -> ElementId {
        let own = self.data_types.get(data_type as usize).copied().flatten();
        let is_primitive = data_type.is_primitive();
        own.unwrap_or(if is_primitive { ElementId::PRIMITIVE } else { ElementId::RESOURCE })
    }

    /// What is inside an element.
    pub fn shape(&self, element: ElementId) -> &Shape {
        &self.shapes[usize::from(element.0)]
    }

    /// What may stand under a JSON key inside an element. Inside [`ElementId::RESOURCE`] nothing
    /// is known: go on from the [`Definitions::root`] of the type that the value itself names.
    pub fn child(&self, element: ElementId, key: &str) -> Option<&Child> {
        self.shape(element).child(key)
    }

    /// The children with that FHIRPath name: one, or for a choice one for each type.
    pub fn named<'d>(&'d self, element: ElementId, name: &str) -> impl Iterator<Item = &'d Child> {
        self.shape(element).children.iter().filter(move |child| child.path_name == name)
    }

    /// Every invariant, by its number.
    pub fn invariants(&self) -> &[&'static Invariant] {
        &self.invariants
    }

    /// Every code set of a required binding.
    pub fn code_sets(&self) -> &[&'static CodeSet] {
        &self.code_sets
    }
}
