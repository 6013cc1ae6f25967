//! Cancels an import.

use tarn_access::Action;
use tarn_domain::{JobId, Problem, StoreId};
use tarn_registry::JobKind;

use super::ImportShown;
use crate::jobs;
use crate::{Act, Call, Platform, authorise_do_account};

/// Cancels an import that has not ended. What it has written stays.
///
/// # Errors
/// Refusals; a conflict where it has ended.
pub async fn cancel(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    job: JobId,
) -> Result<ImportShown, Problem> {
    let asked = serde_json::json!({ "datastoreId": store, "jobId": job });
    let act = Act::new(Action::ImportCancel, "CancelFHIRImportJob").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let cancelled = jobs::cancel(granted, store, job, JobKind::Import).await?;
        Ok(ImportShown::from(&cancelled))
    })
    .await
}
