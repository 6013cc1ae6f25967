//! Which types of resources a resource contains: where `_contained` looks.

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Value as Json;
use tarn_store::{Entries, Hasher};

use super::keys;

/// Adds a key for each type that is contained.
pub(super) fn add_keys(resource: Json<'_>, hasher: &Hasher, ordinal: u32, into: &mut Entries) {
    let Some(contained) = resource.get("contained") else { return };
    let mut types: Vec<TypeId> = contained.items().filter_map(type_of).collect();
    types.sort_unstable();
    types.dedup();
    for key in types.into_iter().filter_map(|type_| keys::contains(hasher, type_)) {
        into.add_key(key, ordinal);
    }
}

/// The type that a contained resource says it has.
pub(crate) fn type_of(resource: Json<'_>) -> Option<TypeId> {
    TypeId::parse(&resource.get("resourceType")?.as_str()?)
}
