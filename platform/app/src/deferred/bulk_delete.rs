//! `$bulk-delete`: deletes all that a search finds, as a job.
//!
//! The operation is HealthLake's; its `isHardDelete`, `_since`, `start` and `end` are taken, and any
//! search parameters besides, so that it can delete less than a whole type.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain as _, JobId, Kind, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_jobs::bulk_delete::DeleteWanted;
use tarn_registry::JobKind;

use super::asked::Asked;
use super::{Deferred, Given};
use crate::clinical::Asking;
use crate::clinical::parameters::refuse_parameter;
use crate::jobs::{self, off_thread};
use crate::{Act, authorise_do_account};

/// A request to delete what a search finds.
#[derive(Debug, Clone)]
pub struct NewBulkDelete {
    /// Only of this type; of every type where there is none.
    pub type_: Option<TypeId>,
    /// What was sent.
    pub given: Given,
    /// The URL that was asked.
    pub url: String,
}

/// Puts a deleting job into the queue.
///
/// # Errors
/// Refusals; invalid for a search that is not understood, or that would mean the whole store; busy
/// where too many jobs wait.
pub async fn bulk_delete(asking: Asking<'_>, new: NewBulkDelete) -> Result<Deferred, Problem> {
    let names: Vec<&str> = new.given.iter().map(|(name, _)| name).collect();
    let hard = is_hard(&new.given)?;
    let action = if hard { Action::FhirErase } else { Action::FhirDelete };
    let type_ = new.type_.map(TypeId::name);
    let what = json!({
        "datastoreId": asking.store, "resourceType": type_, "parameters": names, "hard": hard,
    });
    let act = Act::new(action, "StartFHIRBulkDeleteJob").on(asking.store).with(what);
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let wanted = DeleteWanted {
            type_: type_.map(str::to_owned),
            query: query(&new.given)?,
            before_us: asking.platform.clock().now().micros(),
            hard,
            base: asking.base(),
        };
        if wanted.type_.is_none() && wanted.query.is_empty() {
            let words = "Without a type and without a search this would delete everything: \
                         delete the data store instead.";
            return Err(Problem::new(Kind::Invalid, "no-criteria", words));
        }
        wanted.parse().map_err(|e| e.explain())?;
        let job = JobId::fresh(asking.platform.ids());
        let noted = serde_json::to_vec(&wanted).map_err(Problem::internal)?;
        let results = asking.platform.bulk.results.clone();
        off_thread(move || results.note(job, tarn_jobs::REQUEST, &noted)).await?;
        Asked { url: new.url.clone(), by: None }.keep(asking, job).await?;
        let (kind, plan) = ((job, JobKind::BulkDelete), Ok(json!({ "hard": hard })));
        jobs::submit_kept(asking.platform, granted, asking.store, kind, plan).await?;
        Ok(Deferred { job })
    })
    .await
}

fn is_hard(given: &Given) -> Result<bool, Problem> {
    match given.get("isHardDelete") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(refuse_parameter("isHardDelete", "takes `true` or `false`")),
    }
}

/// The search that the parameters ask for.
fn query(given: &Given) -> Result<Vec<(String, String)>, Problem> {
    let mut query = Vec::new();
    for (name, value) in given.iter() {
        match name {
            "isHardDelete" | "_format" | "_pretty" => {}
            "deleteAuditEvent" if value == "false" => {}
            "deleteAuditEvent" => {
                return Err(refuse_parameter(name, "takes `false`: the audit trail is kept"));
            }
            "_since" | "start" => query.push(("_lastUpdated".to_owned(), format!("ge{value}"))),
            "end" => query.push(("_lastUpdated".to_owned(), format!("le{value}"))),
            "_count" | "_sort" | "_include" | "_revinclude" | "_summary" | "_elements"
            | "_total" => return Err(refuse_parameter(name, "has no meaning for a deletion")),
            _ => query.push((name.to_owned(), value.to_owned())),
        }
    }
    Ok(query)
}
