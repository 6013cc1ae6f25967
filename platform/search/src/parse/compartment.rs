//! Searching in what belongs to a resource: `Patient/1/Observation`.

use tarn_domain::LogicalId;
use tarn_fhir::definitions::{TypeId, definitions};

use crate::error::SearchError;
use crate::filter::{Filter, KeyTest};

/// The types to look in, and the condition of belonging to the compartment. `named` are the only
/// types wanted (empty: all) where the path names none.
pub(super) fn scope(
    owner: TypeId,
    id: &str,
    type_: Option<TypeId>,
    named: &[TypeId],
    base_url: Option<&str>,
) -> Result<(Vec<TypeId>, Filter), SearchError> {
    let name = || format!("{owner}/…/{}", type_.map_or("*", TypeId::name));
    if !LogicalId::is_valid(id) || !definitions().compartments().contains(&owner) {
        return Err(SearchError::Link { name: name(), why: "there is no such compartment" });
    }
    let types: Vec<TypeId> = match type_ {
        Some(type_) => vec![type_],
        None if named.is_empty() => TypeId::all().filter(|type_| belongs(owner, *type_)).collect(),
        None => named.to_vec(),
    };
    if !types.iter().all(|type_| belongs(owner, *type_)) {
        return Err(SearchError::Link {
            name: name(),
            why: "resources of this type are in no such compartment",
        });
    }
    let mut keys = Vec::new();
    for type_ in &types {
        for parameter in definitions().compartment(owner, *type_) {
            let reference = format!("{owner}/{id}");
            if let Some(base) = base_url {
                keys.push(KeyTest::Reference(parameter.field, format!("{base}/{reference}")));
            }
            keys.push(KeyTest::Reference(parameter.field, reference));
        }
    }
    let mut any = vec![Filter::Keys(keys)];
    if types.contains(&owner) {
        any.push(Filter::Is(owner, id.to_owned()));
    }
    Ok((types, Filter::Any(any)))
}

fn belongs(owner: TypeId, type_: TypeId) -> bool {
    owner == type_ || !definitions().compartment(owner, type_).is_empty()
}
