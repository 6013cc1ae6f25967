//! Starts an export of a data store.

use serde::Deserialize;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Problem, StoreId, Timestamp};
use tarn_jobs::export::ExportPlan;
use tarn_registry::JobKind;

use super::ExportShown;
use crate::jobs;
use crate::moment::moment;
use crate::{Act, Call, Platform, authorise_do_account};

/// What an export is asked to do.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewExport {
    /// Where the result folder goes; the export root when nobody says.
    pub output: Option<String>,
    /// Types to export; all when there are none.
    #[serde(default)]
    pub types: Vec<String>,
    /// Only what changed since then: an instant, or a day.
    pub since: Option<String>,
}

/// Puts an export into the queue.
///
/// # Errors
/// Refusals, a place that may not be used, types or times that are none, or a full queue.
pub async fn start(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    new: NewExport,
) -> Result<ExportShown, Problem> {
    let asked = json!({
        "datastoreId": store,
        "outputDataConfig": { "s3Uri": new.output },
        "types": new.types,
        "since": new.since,
    });
    let act = Act::new(Action::ExportStart, "StartFHIRExportJob").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let since = new.since.as_deref().map(moment).transpose()?;
        let output = jobs::output(platform, new.output.as_deref()).await?;
        let since_us = since.map(Timestamp::micros);
        let plan = ExportPlan { output, types: new.types, since_us };
        plan.type_ids()?;
        let plan = serde_json::to_value(plan);
        let job = jobs::submit(platform, granted, store, JobKind::Export, plan).await?;
        Ok(ExportShown::from(&job))
    })
    .await
}
