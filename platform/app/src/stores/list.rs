//! Lists data stores.

use serde::Serialize;
use tarn_access::Action;
use tarn_domain::Problem;

use super::StoreShown;
use crate::{Act, Call, Platform, authorise_do_account};

/// The stores of an organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Stores {
    /// All of them, oldest first.
    pub stores: Vec<StoreShown>,
}

/// Lists the stores of the caller's organisation.
///
/// # Errors
/// Refusals.
pub async fn list(platform: &Platform, call: &Call) -> Result<Stores, Problem> {
    let act = Act::new(Action::StoreList, "ListFHIRDatastores");
    authorise_do_account(platform, call, act, async |granted| {
        let view = granted.tenant().view();
        let stores = view.stores.iter().map(|store| StoreShown::of(platform, &view, store));
        Ok(Stores { stores: stores.collect() })
    })
    .await
}
