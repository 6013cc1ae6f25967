//! What a FHIR Bulk Data client asked for beyond types and a beginning
//! (<https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters>).
//!
//! It may name patients and values of theirs, so it never lies in a queue's record: it is kept,
//! sealed, with the job's results.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::view::Part;

/// Whose resources are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// Everything in the store.
    #[default]
    Store,
    /// What is in the compartment of any patient.
    Patients,
    /// What is in the compartment of a member of the Group with that id.
    Group(String),
}

/// A search that resources of a type must pass (`_typeFilter`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeFilter {
    /// The type's name.
    pub type_: String,
    /// Names and values, decoded.
    pub query: Vec<(String, String)>,
}

impl std::fmt::Debug for TypeFilter {
    /// Prints the type only: values may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TypeFilter({})", self.type_)
    }
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Wanted {
    /// Whose resources.
    pub whose: Whose,
    /// Ids of the only patients wanted; all where there are none.
    pub patients: Vec<String>,
    /// Nothing that was changed later than this: microseconds since 1970.
    pub until_us: Option<i64>,
    /// Of a type that has filters, only what passes one of them.
    pub filters: Vec<TypeFilter>,
    /// `_elements`: names, with or without their type before a dot; all where there are none.
    pub elements: Vec<String>,
    /// Where the store is served: references that begin so are its own.
    pub base: String,
}

impl Wanted {
    /// The last moment of which changes are wanted.
    pub fn until(&self) -> Option<Timestamp> {
        self.until_us.map(Timestamp::from_micros)
    }

    /// Which part of each type's resources is wanted; a type that is not there is wanted whole.
    pub fn parts(&self, types: &[TypeId]) -> BTreeMap<TypeId, Part> {
        let mut parts = BTreeMap::new();
        for type_ in types {
            let of_type = self.elements.iter().filter_map(|name| match name.split_once('.') {
                Some((owner, element)) if TypeId::parse(owner).is_some() => {
                    (owner == type_.name()).then(|| top(element))
                }
                _ => Some(top(name)),
            });
            let names: Vec<String> = of_type.collect();
            if !names.is_empty() {
                parts.insert(*type_, Part::Elements(names));
            }
        }
        parts
    }
}

fn top(element: &str) -> String {
    element.split('.').next().unwrap_or(element).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_of_every_type_or_of_one() {
        let types = ["Patient", "Observation", "Encounter"].map(|n| TypeId::parse(n).unwrap());
        let elements = ["Patient.birthDate", "Observation.code.coding"].map(str::to_owned);
        let mut wanted = Wanted { elements: elements.to_vec(), ..Wanted::default() };
        let names = |wanted: &Wanted, at: usize| wanted.parts(&types).get(&types[at]).cloned();
        assert_eq!(names(&wanted, 0), Some(Part::Elements(vec!["birthDate".into()])));
        assert_eq!(names(&wanted, 1), Some(Part::Elements(vec!["code".into()])));
        assert_eq!(names(&wanted, 2), None);
        wanted.elements.push("id".into());
        assert_eq!(names(&wanted, 2), Some(Part::Elements(vec!["id".into()])));
    }
}
