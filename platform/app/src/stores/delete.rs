//! Deletes a data store.

use serde::Serialize;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain, Problem, StoreId};

use crate::{Act, Call, Platform, authorise_do_account};

/// What is left of a store.
#[derive(Debug, Clone, Serialize)]
pub struct Deleted {
    /// Its id.
    pub id: String,
    /// `DELETED`: its key is gone, so nothing can be read any more.
    pub status: &'static str,
}

/// Deletes a store with all that is in it.
///
/// # Errors
/// Refusals; a store of somebody else is not found.
pub async fn delete(platform: &Platform, call: &Call, store: StoreId) -> Result<Deleted, Problem> {
    let asked = json!({ "datastoreId": store });
    let act = Act::new(Action::StoreDelete, "DeleteFHIRDatastore").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        granted.answers(json!({ "datastoreId": store, "datastoreStatus": "DELETED" }));
        granted.announce().await?;
        let deleted = granted.tenant().delete_store(granted.permit(), store).await;
        deleted.map_err(|e| e.explain())?;
        Ok(Deleted { id: store.to_string(), status: "DELETED" })
    })
    .await
}
