//! Leave for the entries of a transaction: each needs the leave that it would need alone.

use std::collections::BTreeSet;

use tarn_access::{Action, Resource, authorize};
use tarn_domain::{Explain as _, Problem};

use super::entry::{Entry, Method, placed};
use crate::Granted;
use crate::clinical::asking::Asking;
use crate::clinical::operations;
use crate::clinical::target::Target;

/// Refuses a transaction with an entry that its caller may not ask for.
pub(super) fn require(
    asking: Asking<'_>,
    granted: &Granted,
    entries: &[Entry],
) -> Result<(), Problem> {
    let view = granted.tenant().view();
    let synthetic = view.store(asking.store).is_some_and(|store| store.synthetic);
    let resource = Resource::Store { organization: view.organization, id: asking.store, synthetic };
    let standing = granted.tenant().baa().standing();
    let mut asked = BTreeSet::new();
    for entry in entries {
        let action = action(entry);
        if !asked.insert(action) {
            continue;
        }
        let policies = &asking.platform.policies;
        authorize(policies, &asking.call.caller, action, resource, standing, asking.call.request)
            .map_err(|refusal| {
            placed(refusal.explain(), &format!("Bundle.entry[{}].request", entry.index))
        })?;
    }
    Ok(())
}

fn action(entry: &Entry) -> Action {
    if let Some(operation) = operations::find(&entry.target) {
        return operation.action;
    }
    match (entry.method, &entry.target) {
        (Method::Delete, _) => Action::FhirDelete,
        (Method::Post, Target::Type(_)) => Action::FhirCreate,
        (Method::Put, _) => Action::FhirUpdate,
        (Method::Patch, _) => Action::FhirPatch,
        (_, Target::Instance(..)) => Action::FhirRead,
        (_, Target::Version(..)) => Action::FhirVRead,
        (_, Target::InstanceHistory(..) | Target::TypeHistory(_) | Target::SystemHistory) => {
            Action::FhirHistory
        }
        (_, Target::Metadata) => Action::FhirCapabilities,
        _ => Action::FhirSearch,
    }
}
