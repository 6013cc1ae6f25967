//! Starts an import of what lies at a place.

use serde::Deserialize;
use serde_json::json;
use tarn_access::Action;
use tarn_bulk::Place;
use tarn_domain::{Explain, Problem, StoreId};
use tarn_jobs::import::{ImportPlan, Validation};

use super::ImportShown;
use crate::jobs;
use crate::{Act, Call, Platform, authorise_do_account};

/// What an import is asked to do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewImport {
    /// What to read: `file:///…` or `s3://…`.
    pub input: String,
    /// Where the result folder goes; the export root when nobody says.
    pub output: Option<String>,
    /// How closely to look.
    #[serde(default)]
    pub validation: Validation,
}

/// Puts an import into the queue.
///
/// # Errors
/// Refusals, places that may not be used, or a full queue.
pub async fn start(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    new: NewImport,
) -> Result<ImportShown, Problem> {
    let asked = json!({
        "datastoreId": store,
        "inputDataConfig": { "s3Uri": new.input },
        "outputDataConfig": { "s3Uri": new.output },
        "validationLevel": new.validation,
    });
    let act = Act::new(Action::ImportStart, "StartFHIRImportJob").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let input = Place::parse(&new.input).map_err(|e| e.explain())?;
        let output = jobs::output(platform, new.output.as_deref()).await?;
        jobs::check_input(platform, &input).await?;
        let plan = ImportPlan { input, output, validation: new.validation };
        let job = jobs::submit_import(platform, granted, store, &plan).await?;
        Ok(ImportShown::from(&job))
    })
    .await
}
