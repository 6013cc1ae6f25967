//! `$erase` and `$purge`: resources that are gone for good, with all their versions.
//!
//! `[type]/[id]/$erase` takes one resource; of a Patient, and by `Patient/[id]/$purge`
//! (<https://hl7.org/fhir/R5/patient-operation-purge.html>), all that is in their compartment, and
//! the patient's key with it.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain as _, JobId, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_jobs::erase::EraseWanted;
use tarn_registry::JobKind;

use super::asked::Asked;
use super::{Deferred, Given};
use crate::clinical::Asking;
use crate::clinical::parameters::refuse_parameter;
use crate::jobs::{self, off_thread};
use crate::{Act, authorise_do_account};

/// A request to erase.
#[derive(Debug, Clone)]
pub struct NewErasure {
    /// The resource's type.
    pub type_: TypeId,
    /// Its id.
    pub id: LogicalId,
    /// What was sent along: nothing is taken.
    pub given: Given,
    /// The URL that was asked.
    pub url: String,
}

/// Puts an erasing job into the queue.
///
/// # Errors
/// Refusals; not found where there never was such a resource; busy where too many jobs wait.
pub async fn erase(asking: Asking<'_>, new: NewErasure) -> Result<Deferred, Problem> {
    let (type_, id) = (new.type_, &new.id);
    let whole_patient = type_.name() == "Patient";
    let event = if whole_patient { "PurgePatient" } else { "EraseResource" };
    let what = json!({
        "datastoreId": asking.store, "resourceType": type_.name(), "resourceId": id.as_str(),
    });
    let act = Act::new(Action::FhirErase, event).on(asking.store).with(what);
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let unknown = new.given.iter().find(|(name, _)| !["_format", "_pretty"].contains(name));
        if let Some((name, _)) = unknown {
            return Err(refuse_parameter(name, "is not taken: the audit trail is never erased"));
        }
        let store = granted.tenant().store(asking.store).await.map_err(|e| e.explain())?;
        let found = store.snapshot().lookup(type_, id.as_str()).map_err(|e| e.explain())?;
        if found.is_none() {
            let words = "There is no such resource, and no deleted one either.";
            return Err(Problem::new(Kind::NotFound, "not-found", words));
        }
        let wanted =
            EraseWanted { type_: type_.name().to_owned(), id: id.to_string(), whole_patient };
        let job = JobId::fresh(asking.platform.ids());
        let noted = serde_json::to_vec(&wanted).map_err(Problem::internal)?;
        let results = asking.platform.bulk.results.clone();
        off_thread(move || results.note(job, tarn_jobs::REQUEST, &noted)).await?;
        Asked { url: new.url.clone(), by: None }.keep(asking, job).await?;
        let (kind, plan) = ((job, JobKind::Erase), Ok(json!({})));
        jobs::submit_kept(asking.platform, granted, asking.store, kind, plan).await?;
        Ok(Deferred { job })
    })
    .await
}
