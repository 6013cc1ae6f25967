//! How far a deferred request is, and what came of it.

use std::io::Read as _;
use std::time::Duration;

use serde_json::{Value, json};
use tarn_actors::JobView;
use tarn_bulk::Results;
use tarn_domain::{JobId, Kind, Problem, Timestamp};
use tarn_jobs::export::MANIFEST;
use tarn_registry::{JobKind, JobStatus};

use super::answer::ANSWER;
use super::asked::{After, Asked, act, expires, find, unknown};
use super::{Deferred, PATH};
use crate::authorise_do_account;
use crate::clinical::Asking;
use crate::jobs::off_thread;

/// How a deferred request stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Status {
    /// It waits or runs: words about how far it is, and when to ask again.
    Running(String, Duration),
    /// It is done: a JSON text, and until when what came of it is kept.
    Done(Value, Timestamp),
    /// It was answered: with that status, and that resource.
    Answered(u16, Vec<u8>, Timestamp),
}

/// The longest that a client is told to wait.
const LONGEST: u64 = 60;

/// Tells how a request stands.
///
/// # Errors
/// Refusals; not found where nothing is kept of it; what it came to where it failed.
pub async fn status(asking: Asking<'_>, job: JobId) -> Result<Status, Problem> {
    let act = act(asking, job, After::Status).await?.on(asking.store);
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let (found, asked) = find(asking, granted, job).await?;
        let Some(end) = expires(asking, &found) else { return Ok(running(&found)) };
        match found.status {
            JobStatus::Cancelled => Err(unknown()),
            JobStatus::Failed => Err(failed(&found)),
            _ if found.kind == JobKind::Request => {
                let (status, body) = answer(asking, job).await?;
                Ok(Status::Answered(status, body, end))
            }
            _ => Ok(Status::Done(done(asking, found, asked).await?, end)),
        }
    })
    .await
}

fn running(job: &JobView) -> Status {
    let progress = &job.progress;
    let words = match job.status {
        JobStatus::InProgress => format!(
            "in progress: {} resources looked at, {} done",
            progress.resources_read, progress.resources_done
        ),
        _ => "waiting".to_owned(),
    };
    let wait = progress.eta_seconds.unwrap_or(1).clamp(1, LONGEST);
    Status::Running(words, Duration::from_secs(wait))
}

fn failed(job: &JobView) -> Problem {
    let words = job.error.clone().unwrap_or_else(|| "The job failed.".to_owned());
    Problem::new(Kind::Unprocessable, "job-failed", words)
}

async fn done(asking: Asking<'_>, job: JobView, asked: Asked) -> Result<Value, Problem> {
    match job.kind {
        JobKind::Export => manifest(asking, &job, asked).await,
        JobKind::Erase => Ok(counts(&[
            ("resources", job.progress.resources_done),
            ("versions", job.progress.resources_read),
        ])),
        JobKind::BulkDelete => Ok(counts(&[("resources", job.progress.resources_done)])),
        JobKind::Import => imported(asking, &job, asked).await,
        JobKind::Request => Err(unknown()),
    }
}

/// The answer to a request, as it is kept: its status, a line end, its body.
async fn answer(asking: Asking<'_>, job: JobId) -> Result<(u16, Vec<u8>), Problem> {
    let results = asking.platform.bulk.results.clone();
    let mut kept = off_thread(move || results.noted(job, ANSWER)).await?.ok_or_else(unknown)?;
    let end = kept.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let status = std::str::from_utf8(&kept[..end]).ok().and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| Problem::internal("a kept answer without a status"))?;
    Ok((status, kept.split_off(end + 1)))
}

/// What an import came to: how many resources, and where the logs are of those that failed.
async fn imported(asking: Asking<'_>, job: &JobView, asked: Asked) -> Result<Value, Problem> {
    let (results, id) = (asking.platform.bulk.results.clone(), job.id);
    let files = off_thread(move || results.files(id)).await?;
    let place = Deferred { job: id }.location(asking);
    let failures = files.iter().filter(|name| name.starts_with("FAILURE-"));
    let errors: Vec<Value> =
        failures.map(|name| json!({ "url": format!("{place}/{name}") })).collect();
    Ok(json!({
        "transactionTime": job.ended.map(|ended| ended.to_string()),
        "request": asked.url,
        "requiresAccessToken": true,
        "output": [{ "count": job.progress.resources_done }],
        "error": errors,
        "extension": {
            "resourcesRead": job.progress.resources_read,
            "resourcesFailed": job.progress.resources_failed,
            "manifest": format!("{place}/{MANIFEST}"),
        },
    }))
}

/// Parameters that say how many.
fn counts(all: &[(&str, u64)]) -> Value {
    let parameters: Vec<Value> =
        all.iter().map(|(name, count)| json!({ "name": name, "valueDecimal": count })).collect();
    json!({ "resourceType": "Parameters", "parameter": parameters })
}

/// The manifest of an export, with our URLs in place of where the files lie.
async fn manifest(asking: Asking<'_>, job: &JobView, asked: Asked) -> Result<Value, Problem> {
    let (results, id) = (asking.platform.bulk.results.clone(), job.id);
    let text = off_thread(move || whole(&results, id, MANIFEST)).await?.ok_or_else(unknown)?;
    let mut manifest: Value = serde_json::from_slice(&text).map_err(Problem::internal)?;
    let inside = format!("kept://{id}/");
    let outside = format!("{}/", Deferred { job: id }.location(asking));
    for list in ["output", "deleted"] {
        // Not by index, which would add a `null` where there is no such list.
        let files = manifest.get_mut(list).and_then(Value::as_array_mut);
        for file in files.into_iter().flatten() {
            let name = file["url"].as_str().and_then(|url| url.strip_prefix(&inside));
            let name = name.map(Results::file_name).unwrap_or_default();
            file["url"] = json!(format!("{outside}{name}"));
        }
    }
    manifest["request"] = json!(asked.url);
    // Our URLs open with the same key that the request came with.
    manifest["requiresAccessToken"] = json!(true);
    Ok(manifest)
}

fn whole(
    results: &Results,
    job: JobId,
    name: &str,
) -> Result<Option<Vec<u8>>, tarn_bulk::BulkError> {
    let Some(mut file) = results.file(job, name)? else { return Ok(None) };
    let mut text = Vec::new();
    let failed = |source| tarn_bulk::BulkError::Disk { act: "read", path: PATH.into(), source };
    file.read_to_end(&mut text).map_err(failed)?;
    Ok(Some(text))
}
