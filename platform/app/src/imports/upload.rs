//! Starts an import of what a client sends along.
//!
//! The stream goes sealed to the disk as it comes, a chunk at a time, so memory stays bounded;
//! only when all of it is there does a job begin.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde_json::json;
use tarn_access::Action;
use tarn_bulk::{Place, SpoolWriter};
use tarn_domain::{Kind, Problem, StoreId};
use tarn_jobs::import::{ImportPlan, Validation};

use super::ImportShown;
use crate::jobs;
use crate::{Act, Call, Platform, authorise_do_account};

/// A client that sends nothing for this long has gone away.
const SILENCE: Duration = Duration::from_secs(60);

/// Bytes that are handed to the disk at once.
const GATHER: usize = 1 << 20;

/// What is said of an upload.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// The file's name, for logs and results.
    pub name: Option<String>,
    /// How closely to look.
    pub validation: Option<Validation>,
}

/// Takes an upload to its end and puts its import into the queue.
///
/// # Errors
/// Refusals, an upload that broke off or is too large, or a full queue.
pub async fn upload(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    said: Upload,
    body: impl Stream<Item = Result<Bytes, Problem>>,
) -> Result<ImportShown, Problem> {
    let input = Place::upload(call.request, said.name.as_deref().unwrap_or_default());
    let asked = json!({
        "datastoreId": store,
        "inputDataConfig": { "upload": input.to_string() },
    });
    let act = Act::new(Action::ImportStart, "StartFHIRImportJob").on(store).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let output = jobs::output(platform, None).await?;
        spool(platform, call, body).await?;
        let validation = said.validation.unwrap_or_default();
        let plan = ImportPlan { input, output, validation };
        match jobs::submit_import(platform, granted, store, &plan).await {
            Ok(job) => Ok(ImportShown::from(&job)),
            Err(problem) => {
                // No job will read it.
                let spools = platform.bulk.spools.clone();
                let request = call.request;
                jobs::off_thread(move || spools.remove(request)).await?;
                Err(problem)
            }
        }
    })
    .await
}

async fn spool(
    platform: &Platform,
    call: &Call,
    body: impl Stream<Item = Result<Bytes, Problem>>,
) -> Result<(), Problem> {
    let (spools, request) = (platform.bulk.spools.clone(), call.request);
    let limit = platform.settings.upload_limit;
    let mut writer = jobs::off_thread(move || spools.create(request, limit)).await?;
    let mut body = std::pin::pin!(body);
    let mut gathered = Vec::new();
    loop {
        let next = tokio::time::timeout(SILENCE, body.next()).await.map_err(|_| silent())?;
        match next {
            Some(chunk) => gathered.push(chunk?),
            None => break,
        }
        if gathered.iter().map(Bytes::len).sum::<usize>() >= GATHER {
            writer = write(writer, std::mem::take(&mut gathered)).await?;
        }
    }
    let writer = write(writer, gathered).await?;
    jobs::off_thread(move || writer.finish()).await?;
    Ok(())
}

async fn write(mut writer: SpoolWriter, chunks: Vec<Bytes>) -> Result<SpoolWriter, Problem> {
    let writing = move || {
        for chunk in &chunks {
            writer.write(chunk)?;
        }
        Ok(writer)
    };
    jobs::off_thread(writing).await
}

fn silent() -> Problem {
    Problem::new(Kind::Invalid, "broken-body", "The upload stopped for a minute and was given up.")
}
