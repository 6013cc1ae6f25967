//! Makes a data store.

use serde::Deserialize;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain, Kind, Problem, StoreId};

use super::StoreShown;
use crate::{Act, Call, Platform, authorise_do_account};

/// What a new store is asked to be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewStore {
    /// Its name: 1 to 256 characters.
    pub name: String,
    /// Whether it is to hold synthetic data only.
    #[serde(default)]
    pub synthetic: bool,
    /// Whether it is to follow AWS HealthLake where that differs from FHIR's standard.
    #[serde(default)]
    pub aws_compat: bool,
    /// What it holds from the start.
    #[serde(default)]
    pub preload: Preload,
}

/// Data that a new store begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preload {
    /// Nothing.
    #[default]
    None,
}

/// Makes a store. It is `ACTIVE` when this returns.
///
/// # Errors
/// Refusals, a name that is none, or the owner's own problem.
pub async fn create(
    platform: &Platform,
    call: &Call,
    new: NewStore,
) -> Result<StoreShown, Problem> {
    let asked = json!({ "datastoreName": new.name, "datastoreTypeVersion": "R4" });
    let act = Act::new(Action::StoreCreate, "CreateFHIRDatastore").with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let name = name(&new.name)?;
        let id = StoreId::fresh(platform.ids());
        let account = granted.tenant().view().account;
        granted.answers(json!({
            "datastoreId": id,
            "datastoreArn": platform.store_arn(account, id),
            "datastoreStatus": "ACTIVE",
        }));
        granted.announce().await?;
        let NewStore { synthetic, aws_compat, .. } = new;
        let asked = tarn_actors::NewStore { id, name, synthetic, aws_compat };
        let made = granted.tenant().create_store(granted.permit(), asked).await;
        let made = made.map_err(|e| e.explain())?;
        Ok(StoreShown::of(platform, &granted.tenant().view(), &made))
    })
    .await
}

/// A name that people can read: no control characters, not empty, at most 256 of them.
fn name(given: &str) -> Result<String, Problem> {
    let name = given.trim();
    let length = name.chars().count();
    if !(1..=256).contains(&length) || name.chars().any(char::is_control) {
        let words = "A store's name has 1 to 256 characters, none of them a control character.";
        return Err(Problem::new(Kind::Invalid, "bad-name", words));
    }
    Ok(name.to_owned())
}
