//! Changes the settings of a data store.

use serde::Deserialize;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain, Kind, Problem, StoreId};

use super::StoreShown;
use crate::{Act, Call, Platform, authorise_do_account};

/// The settings to change; those that are not named stay as they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreChange {
    /// Whether it follows AWS HealthLake where that differs from FHIR's standard.
    pub aws_compat: Option<bool>,
}

/// Changes them: in force for every call that begins after this returns.
///
/// # Errors
/// Refusals; invalid where nothing is named; a store of somebody else is not found.
pub async fn update(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    change: StoreChange,
) -> Result<StoreShown, Problem> {
    let asked = json!({ "datastoreId": store, "awsCompat": change.aws_compat });
    let act = Act::new(Action::StoreUpdate, "UpdateFHIRDatastore").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let Some(on) = change.aws_compat else {
            let words = "Name what is to be changed: `aws_compat`.";
            return Err(Problem::new(Kind::Invalid, "nothing-to-change", words));
        };
        granted.announce().await?;
        let changed = granted.tenant().set_aws_compat(granted.permit(), store, on).await;
        let changed = changed.map_err(|e| e.explain())?;
        Ok(StoreShown::of(platform, &granted.tenant().view(), &changed))
    })
    .await
}
