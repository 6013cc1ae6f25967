//! Shows one export.

use tarn_access::Action;
use tarn_domain::{JobId, Problem, StoreId};
use tarn_registry::JobKind;

use super::ExportShown;
use crate::jobs;
use crate::{Act, Call, Platform, authorise_do_account};

/// Shows an export of a store.
///
/// # Errors
/// Refusals; a job of another store, or of another kind, is not found.
pub async fn describe(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    job: JobId,
) -> Result<ExportShown, Problem> {
    let asked = serde_json::json!({ "datastoreId": store, "jobId": job });
    let act = Act::new(Action::ExportDescribe, "DescribeFHIRExportJob").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let found = jobs::find(granted, store, job, JobKind::Export).await?;
        Ok(ExportShown::from(&found))
    })
    .await
}
