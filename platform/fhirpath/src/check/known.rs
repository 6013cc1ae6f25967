//! What is known of a collection before there is one.

use tarn_fhir::definitions::{DataType, ElementId, definitions};

use crate::types::{FhirType, SystemType, TypeName, Wanted};

/// A type, and what is inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) type_: TypeName,
    element: ElementId,
}

/// What is known of a collection.
#[derive(Debug, Clone)]
pub(super) struct Known {
    /// The types that its items may have; none: any.
    pub(super) types: Option<Vec<Shape>>,
    /// Whether its order means something.
    pub(super) ordered: bool,
}

impl Known {
    pub(super) fn anything() -> Self {
        Self { types: None, ordered: true }
    }

    pub(super) fn nothing() -> Self {
        Self { types: Some(Vec::new()), ordered: true }
    }

    pub(super) fn system(type_: SystemType) -> Self {
        let shape = Shape { type_: TypeName::System(type_), element: ElementId::RESOURCE };
        Self { types: Some(vec![shape]), ordered: true }
    }

    pub(super) fn fhir(type_: FhirType) -> Self {
        let element = match type_ {
            FhirType::Resource(type_) => definitions().root(type_),
            FhirType::Data(DataType::BackboneElement | DataType::Element | DataType::Resource)
            | FhirType::AnyResource
            | FhirType::AnyDomainResource => return Self::anything(),
            FhirType::Data(data_type) => definitions().data_type(data_type),
        };
        let shape = Shape { type_: TypeName::Fhir(type_), element };
        Self { types: Some(vec![shape]), ordered: true }
    }

    /// The elements of that name; none where no type has one.
    pub(super) fn named(&self, name: &str) -> Option<Self> {
        let Some(types) = &self.types else { return Some(self.clone()) };
        let mut found: Vec<Shape> = Vec::new();
        let mut is_known = types.is_empty();
        for shape in types {
            match shape.type_ {
                TypeName::System(SystemType::Quantity | SystemType::Any) => {
                    return Some(Self { types: None, ordered: self.ordered });
                }
                TypeName::System(_) => {}
                TypeName::Fhir(_) => {
                    for child in definitions().named(shape.element, name) {
                        is_known = true;
                        if child.data_type == DataType::Resource {
                            return Some(Self { types: None, ordered: self.ordered });
                        }
                        let type_ = TypeName::Fhir(FhirType::Data(child.data_type));
                        let child = Shape { type_, element: child.element };
                        if !found.contains(&child) {
                            found.push(child);
                        }
                    }
                }
            }
        }
        is_known.then_some(Self { types: Some(found), ordered: self.ordered })
    }

    /// Either of both.
    pub(super) fn or(mut self, other: Self) -> Self {
        self.ordered &= other.ordered;
        self.types = match (self.types, other.types) {
            (Some(mut types), Some(others)) => {
                types.extend(others);
                let mut kept: Vec<Shape> = Vec::new();
                for shape in types {
                    if !kept.contains(&shape) {
                        kept.push(shape);
                    }
                }
                Some(kept)
            }
            _ => None,
        };
        self
    }

    /// Those of it that are of a type.
    pub(super) fn of(&self, wanted: Wanted) -> Self {
        let ordered = self.ordered;
        if let Some(types) = &self.types {
            let kept: Vec<Shape> =
                types.iter().filter(|shape| wanted.takes(shape.type_)).copied().collect();
            if !kept.is_empty() {
                return Self { types: Some(kept), ordered };
            }
        }
        let known = match (wanted.fhir(), wanted.system()) {
            (Some(type_), _) => Self::fhir(type_),
            (None, Some(type_)) => Self::system(type_),
            (None, None) => Self::anything(),
        };
        Self { ordered, ..known }
    }

    /// Whether something of it can be a resource or data type, or be one of its kinds.
    pub(super) fn may_be(&self, type_: FhirType) -> bool {
        self.types.as_ref().is_none_or(|types| {
            types.iter().any(|shape| match shape.type_ {
                TypeName::Fhir(known) => known.is_a(type_) || type_.is_a(known),
                TypeName::System(_) => false,
            })
        })
    }

    /// Whether FHIRPath can make one of these types of something of it.
    pub(super) fn converts_to(&self, wanted: &[SystemType]) -> bool {
        self.types.as_ref().is_none_or(|types| {
            types.is_empty()
                || types.iter().any(|shape| match shape.type_ {
                    TypeName::System(SystemType::Any) => true,
                    TypeName::System(type_) => wanted.contains(&type_),
                    TypeName::Fhir(type_) => {
                        type_.to_system().is_some_and(|type_| wanted.contains(&type_))
                    }
                })
        })
    }

    /// The names of its types, for people.
    pub(super) fn names(&self) -> String {
        let types = self.types.iter().flatten();
        let names: Vec<_> = types
            .map(|shape| match shape.type_ {
                TypeName::Fhir(FhirType::Data(DataType::BackboneElement | DataType::Element)) => {
                    definitions().shape(shape.element).path
                }
                type_ => type_.name(),
            })
            .collect();
        names.join(" or ")
    }
}
