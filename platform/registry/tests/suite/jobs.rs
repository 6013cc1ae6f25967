//! Jobs: order, leases, ends.

use serde_json::{Value, json};
use tarn_domain::{FreshIds, JobId, OrganizationId, StoreId};
use tarn_registry::{JobEnd, JobKind, JobStatus, NewJob, Registry, RegistryError};

use crate::fixture::{Place, at, found, store};

async fn submit(registry: &Registry, organization: OrganizationId, store: StoreId) -> JobId {
    let id = JobId::fresh(&FreshIds);
    let new = NewJob {
        id,
        organization,
        store,
        kind: JobKind::Import,
        status: JobStatus::Submitted,
        plan: json!({ "input": "file:///inbox" }),
        progress: Value::Null,
        submitted: at(7),
    };
    registry.add_job(new).await.unwrap();
    id
}

fn end(status: JobStatus) -> JobEnd {
    JobEnd {
        status,
        progress: json!({ "files": 2 }),
        output: Some("file:///outbox".into()),
        error: None,
        ended: at(9),
    }
}

#[tokio::test]
async fn open_jobs_keep_the_order_in_which_they_came() {
    let place = Place::new();
    let registry = place.open().await;
    let id = found(&registry, "One").await;
    let store = store(&registry, id).await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(submit(&registry, id, store).await);
    }
    registry.end_job(jobs[1], 0, end(JobStatus::Cancelled)).await.unwrap();
    registry.close().await.unwrap();
    let registry = place.open().await;
    let ids = |all: Vec<tarn_registry::Job>| all.into_iter().map(|job| job.id).collect::<Vec<_>>();
    let open = ids(registry.open_jobs(id).await.unwrap());
    assert_eq!(open, [jobs[0], jobs[2], jobs[3], jobs[4]]);
    assert_eq!(ids(registry.jobs(id, 3).await.unwrap()), jobs[2..]);
    assert_eq!(registry.organizations_with_open_jobs().await.unwrap(), [id]);
}

#[tokio::test]
async fn only_the_newest_lease_may_write() {
    let place = Place::new();
    let registry = place.open().await;
    let id = found(&registry, "One").await;
    let store = store(&registry, id).await;
    let job = submit(&registry, id, store).await;
    let first = registry.lease_job(job, at(8)).await.unwrap();
    let second = registry.lease_job(job, at(9)).await.unwrap();
    assert!(second > first && first > 0);
    let stale = registry.set_job_progress(job, first, &json!(1)).await;
    assert!(matches!(stale, Err(RegistryError::Fenced)));
    let stale = registry.end_job(job, first, end(JobStatus::Failed)).await;
    assert!(matches!(stale, Err(RegistryError::Fenced)));
    registry.set_job_progress(job, second, &json!({ "files": 1 })).await.unwrap();
    let seen = registry.job(id, job).await.unwrap().unwrap();
    assert_eq!((seen.status, seen.fence), (JobStatus::InProgress, second));
    assert_eq!((seen.started, seen.progress), (Some(at(8)), json!({ "files": 1 })));
    assert_eq!(seen.plan, json!({ "input": "file:///inbox" }));
}

#[tokio::test]
async fn an_ended_job_is_neither_leased_nor_written_again() {
    let place = Place::new();
    let registry = place.open().await;
    let id = found(&registry, "One").await;
    let store = store(&registry, id).await;
    let job = submit(&registry, id, store).await;
    let fence = registry.lease_job(job, at(8)).await.unwrap();
    registry.mark_job_cancelled(job, at(8)).await.unwrap();
    registry.mark_job_cancelled(job, at(9)).await.unwrap();
    registry.end_job(job, fence, end(JobStatus::Completed)).await.unwrap();
    let leased = registry.lease_job(job, at(10)).await;
    assert!(matches!(leased, Err(RegistryError::Missing { .. })));
    let again = registry.end_job(job, fence, end(JobStatus::Failed)).await;
    assert!(matches!(again, Err(RegistryError::Fenced)));
    let seen = registry.job(id, job).await.unwrap().unwrap();
    assert_eq!((seen.status, seen.ended), (JobStatus::Completed, Some(at(9))));
    assert_eq!(seen.cancelled, Some(at(8)));
    assert_eq!(seen.output.as_deref(), Some("file:///outbox"));
}

#[tokio::test]
async fn another_organisation_does_not_see_a_job() {
    let place = Place::new();
    let registry = place.open().await;
    let (one, two) = (found(&registry, "One").await, found(&registry, "Two").await);
    let store = store(&registry, one).await;
    let job = submit(&registry, one, store).await;
    assert_eq!(registry.job(two, job).await.unwrap(), None);
    assert!(registry.job(one, job).await.unwrap().is_some());
}
