//! What imports and exports have in common: places, the queue, finding and cancelling.

use tarn_actors::JobView;
use tarn_bulk::{BulkError, Place};
use tarn_domain::{Explain, JobId, Kind, Problem, StoreId};
use tarn_jobs::import::ImportPlan;
use tarn_registry::JobKind;

use crate::Platform;
use crate::authorise::Granted;

/// Runs work that blocks away from the threads that serve requests.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BulkError> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|e| e.explain()),
        Err(error) => Err(Problem::internal(error)),
    }
}

/// Where a job's result folder goes.
pub(crate) async fn output(platform: &Platform, asked: Option<&str>) -> Result<Place, Problem> {
    let outputs = platform.bulk.outputs.clone();
    let Some(asked) = asked else { return Ok(outputs.default_place()) };
    let place = Place::parse(asked).map_err(|e| e.explain())?;
    let checked = place.clone();
    off_thread(move || outputs.check(&checked)).await?;
    Ok(place)
}

/// Whether an input is there and may be read.
pub(crate) async fn check_input(platform: &Platform, place: &Place) -> Result<(), Problem> {
    let (sources, place) = (platform.bulk.sources.clone(), place.clone());
    off_thread(move || sources.check(&place)).await
}

/// Puts an import into the organisation's queue.
pub(crate) async fn submit_import(
    platform: &Platform,
    granted: &Granted,
    store: StoreId,
    plan: &ImportPlan,
) -> Result<JobView, Problem> {
    submit(platform, granted, store, JobKind::Import, serde_json::to_value(plan)).await
}

/// Puts a job into the organisation's queue for which something is kept already; where it cannot
/// be put there, that is thrown away.
pub(crate) async fn submit_kept(
    platform: &Platform,
    granted: &Granted,
    store: StoreId,
    (id, kind): (JobId, JobKind),
    plan: Result<serde_json::Value, serde_json::Error>,
) -> Result<JobView, Problem> {
    let submitted = submit_as(granted, store, (id, kind), plan).await;
    if submitted.is_err() {
        let results = platform.bulk.results.clone();
        off_thread(move || results.remove(id)).await?;
    }
    submitted
}

/// Puts a job into the organisation's queue.
pub(crate) async fn submit(
    platform: &Platform,
    granted: &Granted,
    store: StoreId,
    kind: JobKind,
    plan: Result<serde_json::Value, serde_json::Error>,
) -> Result<JobView, Problem> {
    submit_as(granted, store, (JobId::fresh(platform.ids()), kind), plan).await
}

async fn submit_as(
    granted: &Granted,
    store: StoreId,
    (id, kind): (JobId, JobKind),
    plan: Result<serde_json::Value, serde_json::Error>,
) -> Result<JobView, Problem> {
    granted.answers(serde_json::json!({ "jobId": id, "jobStatus": "SUBMITTED" }));
    granted.announce().await?;
    let plan = plan.map_err(Problem::internal)?;
    let new = tarn_actors::NewJob { id, kind, store, plan };
    let submitted = granted.tenant().jobs().submit(granted.permit(), new).await;
    submitted.map_err(|e| e.explain())
}

/// A job of that store and kind; any other is as unknown as one that never was.
pub(crate) async fn find(
    granted: &Granted,
    store: StoreId,
    job: JobId,
    kind: JobKind,
) -> Result<JobView, Problem> {
    let found = granted.tenant().jobs().job(job).await.map_err(|e| e.explain())?;
    let fits = |found: &JobView| found.store == store && found.kind == kind;
    found.filter(fits).ok_or_else(|| {
        Problem::new(Kind::NotFound, "not-found", "There is no such job of this data store.")
    })
}

/// The newest jobs of a store, newest first.
pub(crate) async fn of_store(
    granted: &Granted,
    store: StoreId,
    kind: JobKind,
) -> Result<Vec<JobView>, Problem> {
    let mut all = granted.tenant().jobs().recent().await.map_err(|e| e.explain())?;
    all.retain(|job| job.store == store && job.kind == kind);
    all.reverse();
    Ok(all)
}

/// Cancels a job that has not ended.
pub(crate) async fn cancel(
    granted: &Granted,
    store: StoreId,
    job: JobId,
    kind: JobKind,
) -> Result<JobView, Problem> {
    let found = find(granted, store, job, kind).await?;
    if found.ended.is_some() {
        let words = format!("The job has ended already: it is {}.", found.status.as_str());
        return Err(Problem::new(Kind::Conflict, "job-ended", words));
    }
    let cancelled = granted.tenant().jobs().cancel(granted.permit(), job).await;
    cancelled.map_err(|e| e.explain())
}
