//! What callers and workers hold of a queue.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix::Addr;
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tarn_access::Permit;
use tarn_domain::{JobId, OrganizationId};
use tarn_registry::Registry;
use tokio::sync::oneshot;

use super::actor::{Ask, JobQueueActor};
use super::queue::{Lane, Open};
use super::view::{JobEnding, JobView, NewJob, Progress};
use crate::error::ActorError;

/// How many ended jobs a queue shows.
const SHOWN: u64 = 200;

/// An organisation's job queue.
#[derive(Clone)]
pub struct JobQueueHandle {
    organization: OrganizationId,
    addr: Addr<JobQueueActor>,
    registry: Registry,
    published: Arc<ArcSwap<Vec<Open>>>,
}

impl std::fmt::Debug for JobQueueHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JobQueueHandle({:?})", self.organization)
    }
}

/// The right to run a job, until somebody else gets it.
#[derive(Debug)]
pub struct Lease {
    /// The job, as it was when the lease was given.
    pub job: JobView,
    /// The lease's number: greater than those before it.
    pub fence: u64,
    pub(super) cancel: Arc<AtomicBool>,
    progress: Arc<Mutex<Progress>>,
}

impl Lease {
    pub(super) fn new(
        job: JobView,
        fence: u64,
        cancel: Arc<AtomicBool>,
        progress: Arc<Mutex<Progress>>,
    ) -> Self {
        Self { job, fence, cancel, progress }
    }

    /// Says how far the job is. Costs nearly nothing: readers see it at once.
    pub fn publish(&self, progress: Progress) {
        *self.progress.lock() = progress;
    }
}

const QUEUE: &str = "the job queue";

impl JobQueueHandle {
    pub(crate) fn new(
        organization: OrganizationId,
        addr: Addr<JobQueueActor>,
        registry: Registry,
        published: Arc<ArcSwap<Vec<Open>>>,
    ) -> Self {
        Self { organization, addr, registry, published }
    }

    /// The jobs that have not ended, in the order in which they came.
    pub fn open(&self) -> Vec<JobView> {
        self.published.load().iter().map(Open::now).collect()
    }

    /// One job, ended or not.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn job(&self, id: JobId) -> Result<Option<JobView>, ActorError> {
        if let Some(open) = self.published.load().iter().find(|job| job.view.id == id) {
            return Ok(Some(open.now()));
        }
        Ok(self.registry.job(self.organization, id).await?.map(JobView::from))
    }

    /// The newest jobs, oldest first, ended or not.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn recent(&self) -> Result<Vec<JobView>, ActorError> {
        let open = self.published.load_full();
        let jobs = self.registry.jobs(self.organization, SHOWN).await?;
        let now = |job: tarn_registry::Job| {
            let live = open.iter().find(|open| open.view.id == job.id);
            live.map_or_else(|| JobView::from(job), Open::now)
        };
        Ok(jobs.into_iter().map(now).collect())
    }

    /// Puts a job behind all others.
    ///
    /// # Errors
    /// When as many wait as may, or it cannot be written.
    pub async fn submit(&self, permit: &Permit, new: NewJob) -> Result<JobView, ActorError> {
        self.check(permit)?;
        self.ask(|reply| Ask::Submit(new, reply)).await
    }

    /// Stops a job: at once where it waits, soon where it runs.
    ///
    /// # Errors
    /// When there is none that has not ended, or it cannot be written.
    pub async fn cancel(&self, permit: &Permit, id: JobId) -> Result<JobView, ActorError> {
        self.check(permit)?;
        self.ask(|reply| Ask::Cancel(id, reply)).await
    }

    /// Takes the next job of a lane, for a worker; none where none can run now.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn lease(&self, lane: Lane) -> Result<Option<Lease>, ActorError> {
        self.ask(|reply| Ask::Lease(lane, reply)).await
    }

    /// Ends a leased job.
    ///
    /// # Errors
    /// When the lease is lost, or it cannot be written.
    pub async fn finish(&self, lease: &Lease, ending: JobEnding) -> Result<(), ActorError> {
        self.ask(|reply| Ask::End(lease.job.id, lease.fence, Some(ending), reply)).await
    }

    /// Gives a leased job back, to be taken up again later.
    ///
    /// # Errors
    /// When the lease is lost, or it cannot be written.
    pub async fn give_back(&self, lease: &Lease) -> Result<(), ActorError> {
        self.ask(|reply| Ask::End(lease.job.id, lease.fence, None, reply)).await
    }

    fn check(&self, permit: &Permit) -> Result<(), ActorError> {
        let right = permit.organization() == self.organization;
        right.then_some(()).ok_or(ActorError::WrongPermit)
    }

    async fn ask<T>(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<T, ActorError>>) -> Ask,
    ) -> Result<T, ActorError> {
        let (reply, answer) = oneshot::channel();
        self.addr.try_send(ask(reply)).map_err(|_| ActorError::Busy(QUEUE))?;
        answer.await.map_err(|_| ActorError::Lost(QUEUE))?
    }
}
