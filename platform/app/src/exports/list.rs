//! Lists the exports of a store.

use serde::Serialize;
use tarn_access::Action;
use tarn_domain::{Problem, StoreId};
use tarn_registry::JobKind;

use super::ExportShown;
use crate::jobs;
use crate::{Act, Call, Platform, authorise_do_account};

/// The exports of a store.
#[derive(Debug, Clone, Serialize)]
pub struct Exports {
    /// Newest first.
    pub exports: Vec<ExportShown>,
}

/// Lists the newest exports of a store.
///
/// # Errors
/// Refusals.
pub async fn list(platform: &Platform, call: &Call, store: StoreId) -> Result<Exports, Problem> {
    let asked = serde_json::json!({ "datastoreId": store });
    let act = Act::new(Action::ExportList, "ListFHIRExportJobs").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let found = jobs::of_store(granted, store, JobKind::Export).await?;
        Ok(Exports { exports: found.iter().map(ExportShown::from).collect() })
    })
    .await
}
