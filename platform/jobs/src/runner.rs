//! Takes jobs from the queues of all organisations, runs them, and tells how they ended.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tarn_actors::{ActorError, Directory, JobEnding, Lane, Lease, StoreHandle, TenantHandle};
use tarn_domain::{Clock, Explain, JobId, RequestId};
use tarn_registry::{JobKind, JobStatus, Registry};
use tokio::sync::{Notify, Semaphore};

use crate::owner::Owner;
use crate::work::Plan;
use crate::{Ending, JobError, Outcome, Tools};

/// Without a bell, so often is a look at the queues worth it.
const LOOK: Duration = Duration::from_secs(5);
/// Tries without any progress in between, before a job is given up.
const TRIES: u32 = 8;
/// Requests that were put off and are answered at once.
const REQUESTS: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How many jobs run at once.
#[derive(Debug, Clone, Copy)]
pub struct Slots(pub usize);

/// Runs jobs.
pub struct Runner {
    directory: Arc<Directory>,
    registry: Registry,
    clock: Arc<dyn Clock>,
    tools: Arc<Tools>,
    slots: Arc<Semaphore>,
    request_slots: Arc<Semaphore>,
    all_slots: u32,
    stopping: Arc<AtomicBool>,
    stop: Notify,
}

impl Runner {
    /// A runner that does nothing yet.
    pub fn new(
        directory: Arc<Directory>,
        registry: Registry,
        clock: Arc<dyn Clock>,
        tools: Tools,
        slots: Slots,
    ) -> Arc<Self> {
        let all = slots.0.clamp(1, 1_000);
        Arc::new(Self {
            directory,
            registry,
            clock,
            tools: Arc::new(tools),
            slots: Arc::new(Semaphore::new(all)),
            request_slots: Arc::new(Semaphore::new(REQUESTS as usize)),
            all_slots: all as u32,
            stopping: Arc::default(),
            stop: Notify::new(),
        })
    }

    /// Throws away notes and uploads that no open job needs. For the start, before new uploads can
    /// come.
    ///
    /// # Errors
    /// The records or the disk could not be used.
    pub async fn sweep(&self) -> Result<(), JobError> {
        let failed = |error: tarn_registry::RegistryError| JobError::Store(error.to_string());
        let mut jobs: HashSet<JobId> = HashSet::new();
        let mut uploads: HashSet<RequestId> = HashSet::new();
        for id in self.registry.organizations_with_open_jobs().await.map_err(failed)? {
            for job in self.registry.open_jobs(id).await.map_err(failed)? {
                jobs.insert(job.id);
                let plan = Plan::of(job.kind, &job.plan).ok();
                uploads.extend(plan.as_ref().and_then(Plan::upload));
            }
        }
        let tools = Arc::clone(&self.tools);
        let swept = tokio::task::spawn_blocking(move || {
            tools.notebooks.sweep(|job| jobs.contains(&job))?;
            tools.spools.sweep(|request| uploads.contains(&request))?;
            Ok(())
        });
        swept.await.unwrap_or_else(|_| Err(JobError::Broken { at: "sweeping".to_owned() }))
    }

    /// Runs jobs until [`Runner::stop`]. Organisations that have open jobs are woken first.
    pub async fn run(self: Arc<Self>) {
        if let Err(error) = self.directory.wake_queues().await {
            tracing::error!(%error, "job queues cannot be woken");
        }
        let bell = self.directory.bell();
        while !self.stopping.load(Ordering::Relaxed) {
            let pause = match self.start_next().await {
                Ok(true) => continue,
                Ok(false) => LOOK,
                Err(error) => {
                    tracing::warn!(%error, "no job can be leased");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = bell.notified() => {}
                () = self.stop.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Starts a job of a lane that has a slot free; false where there is none.
    async fn start_next(self: &Arc<Self>) -> Result<bool, ActorError> {
        for lane in Lane::ALL {
            let Ok(slot) = Arc::clone(self.slots(lane)).try_acquire_owned() else { continue };
            if let Some((tenant, lease)) = self.directory.lease(lane).await? {
                let (runner, bell) = (Arc::clone(self), self.directory.bell());
                tokio::spawn(async move {
                    runner.job(&tenant, lease).await;
                    drop(slot);
                    // Another may have waited for the slot.
                    bell.notify_one();
                });
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn slots(&self, lane: Lane) -> &Arc<Semaphore> {
        match lane {
            Lane::Bulk => &self.slots,
            Lane::Requests => &self.request_slots,
        }
    }

    /// Takes no more jobs, asks those that run to stop between blocks, and returns when they have.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.stop.notify_one();
        // Every slot is free once the last job has stopped.
        let _ = self.slots.acquire_many(self.all_slots).await;
        let _ = self.request_slots.acquire_many(REQUESTS).await;
    }

    /// Runs a leased job to its end and tells it.
    async fn job(&self, tenant: &TenantHandle, lease: Lease) {
        let lease = Arc::new(lease);
        let (id, kind) = (lease.job.id, lease.job.kind);
        tracing::info!(job.id = %id, job.kind = kind.as_str(), store.id = %lease.job.store, "job runs");
        let (plan, done) = match Plan::of(kind, &lease.job.plan).map(Arc::new) {
            Ok(plan) => (Some(Arc::clone(&plan)), self.tries(tenant, &lease, &plan).await),
            Err(error) => (None, Err(error)),
        };
        let ending = match done {
            Ok(None) => return self.give_back(tenant, &lease).await,
            Ok(Some(outcome)) => ended(kind, outcome),
            Err(error) => failed(tenant, &lease, &error),
        };
        let status = ending.status;
        if let Err(error) = tenant.jobs().finish(&lease, ending).await {
            // Somebody else holds the lease, or the record cannot be written: the notes stay, so
            // that the job can be taken up again.
            tracing::error!(job.id = %id, %error, "a job's end cannot be recorded");
            return;
        }
        tracing::info!(job.id = %id, job.status = status.as_str(), "job ended");
        self.clean(tenant, &lease, plan).await;
    }

    /// Runs a job, again from its checkpoint where a try may help. None: it was asked to stop.
    async fn tries(
        &self,
        tenant: &TenantHandle,
        lease: &Arc<Lease>,
        plan: &Arc<Plan>,
    ) -> Result<Option<Outcome>, JobError> {
        let (mut tries, mut pause) = (0, FIRST_PAUSE);
        let mut reached = None;
        loop {
            let error = match self.once(tenant, lease, plan).await {
                Ok(Outcome { ending: Ending::Stopped, .. }) => return Ok(None),
                Ok(outcome) => return Ok(Some(outcome)),
                Err(error) => error,
            };
            if self.stopping.load(Ordering::Relaxed) && error.is_passing() {
                return Ok(None);
            }
            let now = self.checkpoint(tenant, lease).await;
            if now != reached {
                (tries, pause, reached) = (0, FIRST_PAUSE, now);
            }
            tries += 1;
            if !error.is_passing() || tries >= TRIES || lease.is_cancelled() {
                return Err(error);
            }
            tracing::warn!(job.id = %lease.job.id, %error, tries, "job tries again");
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn once(
        &self,
        tenant: &TenantHandle,
        lease: &Arc<Lease>,
        plan: &Arc<Plan>,
    ) -> Result<Outcome, JobError> {
        let store = self.store(tenant, lease).await?;
        let reason = match lease.job.kind {
            JobKind::Import => "import job",
            JobKind::Export => "export job",
            JobKind::Erase => "erasing job",
            JobKind::BulkDelete => "deleting job",
            JobKind::Request => "deferred request",
        };
        let owner = Owner::new(store.clone(), reason);
        let (tools, lease, plan) = (Arc::clone(&self.tools), Arc::clone(lease), Arc::clone(plan));
        let (now, stopping) = (self.clock.now(), Arc::clone(&self.stopping));
        let work = move || tools.work(&lease, &plan, (store, owner), now, &stopping);
        let broken = |_| Err(JobError::Broken { at: "its own thread".to_owned() });
        tokio::task::spawn_blocking(work).await.unwrap_or_else(broken)
    }

    /// The store, opened anew where its owner has gone.
    async fn store(&self, tenant: &TenantHandle, lease: &Lease) -> Result<StoreHandle, JobError> {
        tenant.store(lease.job.store).await.map_err(|error| match error {
            tarn_actors::ActorError::NotFound(_) => JobError::Refused(error.explain()),
            other => JobError::Store(other.to_string()),
        })
    }

    async fn checkpoint(&self, tenant: &TenantHandle, lease: &Lease) -> Option<Vec<u8>> {
        let store = self.store(tenant, lease).await.ok()?;
        store.checkpoint(lease.job.id).await.ok()?
    }

    async fn give_back(&self, tenant: &TenantHandle, lease: &Lease) {
        if let Err(error) = tenant.jobs().give_back(lease).await {
            tracing::error!(job.id = %lease.job.id, %error, "a job cannot be given back");
        }
    }

    /// Throws away what is of use to nobody now. What cannot be is swept at the next start.
    async fn clean(&self, tenant: &TenantHandle, lease: &Lease, plan: Option<Arc<Plan>>) {
        let id = lease.job.id;
        if let Ok(store) = self.store(tenant, lease).await
            && let Err(error) = store.forget_checkpoint(id).await
        {
            tracing::warn!(job.id = %id, %error, "a job's checkpoint stays");
        }
        let tools = Arc::clone(&self.tools);
        let cleaned = tokio::task::spawn_blocking(move || tools.clean(id, plan.as_deref())).await;
        if let Ok(Err(error)) = cleaned {
            tracing::warn!(job.id = %id, %error, "a job's notes stay");
        }
    }
}

fn ended(kind: JobKind, outcome: Outcome) -> JobEnding {
    let Outcome { ending, figures: progress, output } = outcome;
    let (status, error) = match ending {
        Ending::Completed { with_errors: true } => {
            let words = format!(
                "{} of {} resources were not imported: the logs in `{output}FAILURE/` say why.",
                progress.resources_failed, progress.resources_read
            );
            (JobStatus::CompletedWithErrors, Some(words))
        }
        Ending::Completed { .. } => (JobStatus::Completed, None),
        // A job that the server stopped is given back before it comes here.
        Ending::Cancelled | Ending::Stopped => (JobStatus::Cancelled, None),
    };
    // Nothing is left of half an export.
    let nothing = kind == JobKind::Export && status == JobStatus::Cancelled;
    let output = (!nothing && !output.is_empty()).then_some(output);
    JobEnding { status, progress, output, error }
}

fn failed(tenant: &TenantHandle, lease: &Lease, error: &JobError) -> JobEnding {
    let problem = error.explain();
    let internal = problem.internal.as_deref().unwrap_or_default();
    tracing::error!(job.id = %lease.job.id, %error, internal, "job failed");
    let last = tenant.jobs().open().into_iter().find(|job| job.id == lease.job.id);
    JobEnding {
        status: JobStatus::Failed,
        progress: last.map_or(lease.job.progress, |job| job.progress),
        output: None,
        error: Some(problem.public().to_owned()),
    }
}

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
