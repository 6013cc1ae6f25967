//! Types whose resources stand in a hierarchy of their own kind: `Location.partOf` …

use tarn_fhir::definitions::{FieldId, ParamKind, TypeId, definitions};

/// The reference of a type that leads to what it is part of, if that is of the same type.
pub(crate) fn hierarchy_of(type_: TypeId) -> Option<FieldId> {
    let parent = format!("{type_}.partOf");
    let is_parent = |parameter: &&&tarn_fhir::definitions::SearchParameter| {
        parameter.kind == ParamKind::Reference
            && parameter.expression == parent
            && (parameter.targets.is_empty() || parameter.targets.contains(&type_))
    };
    definitions().parameters(type_).iter().find(is_parent).map(|parameter| parameter.field)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_organisations_stand_in_hierarchies() {
        let having = TypeId::all().filter(|type_| hierarchy_of(*type_).is_some());
        let names: Vec<_> = having.map(TypeId::name).collect();
        for name in ["Encounter", "Location", "Organization", "Procedure", "Task"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(!names.contains(&"Patient"), "{names:?}");
    }
}
