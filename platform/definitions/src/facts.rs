//! The facts as they go into the asset, before they are written.

use tarn_fhir::definitions::{DataType, ParamKind, TypeId};

/// Everything that is written, in the asset's order.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) code_sets: Vec<CodeSet>,
    pub(crate) invariants: Vec<Invariant>,
    pub(crate) shapes: Vec<Shape>,
    /// By type.
    pub(crate) roots: Vec<usize>,
    pub(crate) data_types: Vec<(DataType, usize)>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) compartments: Vec<Compartment>,
}

/// Whose compartment, and for each type in it the parameters that put it there.
pub(crate) type Compartment = (TypeId, Vec<(TypeId, Vec<String>)>);

#[derive(Debug)]
pub(crate) struct CodeSet {
    pub(crate) url: String,
    pub(crate) is_complete: bool,
    /// (system, its codes), both sorted.
    pub(crate) groups: Vec<(String, Vec<String>)>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Invariant {
    pub(crate) key: String,
    pub(crate) is_error: bool,
    pub(crate) expression: String,
}

#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) path: String,
    pub(crate) invariants: Vec<usize>,
    pub(crate) children: Vec<Child>,
}

#[derive(Debug)]
pub(crate) struct Child {
    pub(crate) name: String,
    pub(crate) path_name: String,
    pub(crate) data_type: DataType,
    pub(crate) shape: usize,
    pub(crate) is_array: bool,
    pub(crate) is_summary: bool,
    pub(crate) is_modifier: bool,
    pub(crate) is_choice: bool,
    pub(crate) min: u16,
    /// 0: any number.
    pub(crate) max: u16,
    pub(crate) code_set: Option<usize>,
    pub(crate) targets: Vec<TypeId>,
    pub(crate) invariants: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    /// None: every type.
    pub(crate) base: Option<TypeId>,
    pub(crate) code: String,
    pub(crate) kind: ParamKind,
    pub(crate) expression: String,
    pub(crate) url: String,
    pub(crate) targets: Vec<TypeId>,
    pub(crate) components: Vec<(usize, String)>,
}
