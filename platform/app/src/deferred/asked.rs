//! What is kept of a deferred request beside its job, and who may ask after it.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tarn_access::Action;
use tarn_actors::JobView;
use tarn_domain::{Explain as _, JobId, Kind, Problem, Timestamp};
use tarn_registry::JobKind;

use crate::clinical::Asking;
use crate::jobs::off_thread;
use crate::{Act, Granted};

/// The name of the note.
const ASKED: &str = "asked";

/// The request as it came in. Its URL may name patients, so it lies sealed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The URL that was asked.
    pub(super) url: String,
    /// The only caller that may ask after it, where not everybody may who may ask for it.
    #[serde(default)]
    pub(super) by: Option<String>,
}

impl Asked {
    /// Keeps it.
    pub(super) async fn keep(&self, asking: Asking<'_>, job: JobId) -> Result<(), Problem> {
        let text = serde_json::to_vec(self).map_err(Problem::internal)?;
        let results = asking.platform.bulk.results.clone();
        off_thread(move || results.note(job, ASKED, &text)).await
    }

    /// Finds it; not found where there is none any more.
    pub(super) async fn find(asking: Asking<'_>, job: JobId) -> Result<Self, Problem> {
        let results = asking.platform.bulk.results.clone();
        let noted = off_thread(move || results.noted(job, ASKED)).await?;
        serde_json::from_slice(&noted.ok_or_else(unknown)?).map_err(Problem::internal)
    }
}

/// What a caller does with a deferred request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// Asks how far it is.
    Status,
    /// Fetches what came of it.
    Fetch,
    /// Cancels it, or throws away what came of it.
    Forget,
}

/// The act that it is, by the kind of its job. A job that is not there is asked after as an export
/// is, and then not found.
pub(super) async fn act(asking: Asking<'_>, job: JobId, after: After) -> Result<Act, Problem> {
    let tenant = asking.platform.tenant(asking.call.caller.organization).await?;
    let found = tenant.jobs().job(job).await.map_err(|e| e.explain())?;
    let kind = found.map_or(JobKind::Export, |job| job.kind);
    let (action, event) = match (kind, after) {
        (JobKind::Export, After::Status) => (Action::ExportDescribe, "DescribeFHIRExportJob"),
        (JobKind::Export, After::Fetch) => (Action::ExportRead, "GetExportedFile"),
        (JobKind::Export, After::Forget) => (Action::ExportCancel, "CancelFHIRExportJob"),
        (JobKind::Import, After::Status | After::Fetch) => {
            (Action::ImportDescribe, "DescribeFHIRImportJob")
        }
        (JobKind::Request, After::Forget) => (Action::FhirDeferred, "CancelDeferredRequest"),
        (JobKind::Request, _) => (Action::FhirDeferred, "GetDeferredRequest"),
        // Whoever may ask for it may follow it.
        (JobKind::Erase, _) => (Action::FhirErase, "DescribeEraseJob"),
        (JobKind::BulkDelete, _) => (Action::FhirDelete, "DescribeFHIRBulkDeleteJob"),
        (JobKind::Import, After::Forget) => (Action::ImportCancel, "CancelFHIRImportJob"),
    };
    Ok(Act::new(action, event).with(json!({ "datastoreId": asking.store, "jobId": job })))
}

/// The job of this store for which something is kept still; any other is unknown.
pub(super) async fn find(
    asking: Asking<'_>,
    granted: &Granted,
    job: JobId,
) -> Result<(JobView, Asked), Problem> {
    let found = granted.tenant().jobs().job(job).await.map_err(|e| e.explain())?;
    let found = found.filter(|job| job.store == asking.store).ok_or_else(unknown)?;
    let asked = Asked::find(asking, job).await?;
    if asked.by.as_ref().is_some_and(|by| *by != asking.call.caller.principal.to_string()) {
        return Err(unknown());
    }
    match expires(asking, &found) {
        Some(end) if end <= asking.platform.clock().now() => Err(unknown()),
        _ => Ok((found, asked)),
    }
}

/// When what came of an ended job is thrown away.
pub(super) fn expires(asking: Asking<'_>, job: &JobView) -> Option<Timestamp> {
    job.ended.map(|ended| ended.plus(asking.platform.settings().results_kept))
}

pub(super) fn unknown() -> Problem {
    let words = "There is no such request, or what came of it is no longer kept.";
    Problem::new(Kind::NotFound, "not-found", words)
}
