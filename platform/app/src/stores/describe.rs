//! Shows one data store.

use tarn_access::Action;
use tarn_domain::{Kind, Problem, StoreId};

use super::StoreShown;
use crate::{Act, Call, Platform, authorise_do_account};

/// Shows a store of the caller's organisation.
///
/// # Errors
/// Refusals; a store of somebody else is not found.
pub async fn describe(
    platform: &Platform,
    call: &Call,
    store: StoreId,
) -> Result<StoreShown, Problem> {
    let act = Act::new(Action::StoreDescribe, "DescribeFHIRDatastore").on(store);
    authorise_do_account(platform, call, act, async |granted| {
        let view = granted.tenant().view();
        let found = view.stores.iter().find(|known| known.id == store);
        found.map(|found| StoreShown::of(platform, &view, found)).ok_or_else(unknown)
    })
    .await
}

fn unknown() -> Problem {
    Problem::new(Kind::NotFound, "not-found", "There is no such data store.")
}
