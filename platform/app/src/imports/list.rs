//! Lists the imports of a store.

use serde::Serialize;
use tarn_access::Action;
use tarn_domain::{Problem, StoreId};
use tarn_registry::JobKind;

use super::ImportShown;
use crate::jobs;
use crate::{Act, Call, Platform, authorise_do_account};

/// The imports of a store.
#[derive(Debug, Clone, Serialize)]
pub struct Imports {
    /// Newest first.
    pub imports: Vec<ImportShown>,
}

/// Lists the newest imports of a store.
///
/// # Errors
/// Refusals.
pub async fn list(platform: &Platform, call: &Call, store: StoreId) -> Result<Imports, Problem> {
    let asked = serde_json::json!({ "datastoreId": store });
    let act = Act::new(Action::ImportList, "ListFHIRImportJobs").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let found = jobs::of_store(granted, store, JobKind::Import).await?;
        Ok(Imports { imports: found.iter().map(ImportShown::from).collect() })
    })
    .await
}
