//! The one writer of an organisation's job queue.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix::prelude::*;
use arc_swap::ArcSwap;
use tarn_domain::{Clock, JobId, OrganizationId};
use tarn_registry::{JobEnd, JobStatus, Registry};
use tokio::sync::{Notify, oneshot};

use super::handle::Lease;
use super::queue::{Lane, Open, Queue};
use super::view::{JobEnding, JobView, NewJob};
use crate::error::ActorError;

pub(crate) struct JobQueueActor {
    pub organization: OrganizationId,
    pub registry: Registry,
    pub clock: Arc<dyn Clock>,
    pub queue: Queue,
    /// How many jobs may wait.
    pub most: usize,
    /// How many requests that were put off may wait.
    pub most_requests: usize,
    /// Jobs that have not ended, for readers.
    pub published: Arc<ArcSwap<Vec<Open>>>,
    /// Rung when there may be work.
    pub bell: Arc<Notify>,
}

type Reply<T> = oneshot::Sender<Result<T, ActorError>>;

pub(super) enum Ask {
    Submit(NewJob, Reply<JobView>),
    Cancel(JobId, Reply<JobView>),
    Lease(Lane, Reply<Option<Lease>>),
    /// Fence, and how it ended; none where the worker gives it back.
    End(JobId, u64, Option<JobEnding>, Reply<()>),
}

impl Message for Ask {
    type Result = ();
}

impl Actor for JobQueueActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Context<Self>) {
        ctx.set_mailbox_capacity(256);
        self.publish();
    }
}

impl JobQueueActor {
    fn publish(&self) {
        self.published.store(Arc::new(self.queue.open.clone()));
        if Lane::ALL.into_iter().any(|lane| self.queue.next(lane).is_some()) {
            self.bell.notify_one();
        }
    }

    fn submit(&mut self, new: NewJob, reply: Reply<JobView>, ctx: &mut Context<Self>) {
        let lane = Lane::of(new.kind);
        let most = match lane {
            Lane::Bulk => self.most,
            Lane::Requests => self.most_requests,
        };
        if self.queue.waiting(lane) >= most {
            let _ = reply.send(Err(ActorError::QueueFull(most)));
            return;
        }
        let queued = self.queue.has_store(lane, new.store);
        let status = if queued { JobStatus::Queued } else { JobStatus::Submitted };
        let record = tarn_registry::NewJob {
            id: new.id,
            organization: self.organization,
            store: new.store,
            kind: new.kind,
            status,
            plan: new.plan,
            progress: serde_json::json!({}),
            submitted: self.clock.now(),
        };
        let (registry, of, id) = (self.registry.clone(), self.organization, new.id);
        let work = async move {
            registry.add_job(record).await?;
            registry.job(of, id).await?.ok_or(ActorError::NotFound("job"))
        };
        // The next wish waits, so that jobs stand in the queue as they stand on record.
        ctx.wait(work.into_actor(self).map(|done, actor, _| {
            let answer = done.map(|job| {
                let open = Open::new(job.into(), 0, false);
                let view = open.now();
                actor.queue.open.push(open);
                actor.publish();
                view
            });
            let _ = reply.send(answer);
        }));
    }

    fn cancel(&mut self, id: JobId, reply: Reply<JobView>, ctx: &mut Context<Self>) {
        let Some(job) = self.queue.find(id) else {
            let _ = reply.send(Err(ActorError::NotFound("job")));
            return;
        };
        let (running, fence) = (job.running, job.fence);
        let (registry, now, of) = (self.registry.clone(), self.clock.now(), self.organization);
        let progress = serde_json::to_value(*job.progress.lock()).unwrap_or_default();
        let work = async move {
            registry.mark_job_cancelled(id, now).await?;
            if !running {
                let status = JobStatus::Cancelled;
                let end = JobEnd { status, progress, output: None, error: None, ended: now };
                registry.end_job(id, fence, end).await?;
            }
            registry.job(of, id).await?.ok_or(ActorError::NotFound("job"))
        };
        ctx.wait(work.into_actor(self).map(move |done, actor, _| {
            let answer = done.map(|job| {
                if running {
                    actor.queue.cancel(id);
                } else {
                    actor.queue.end(id, fence);
                }
                actor.publish();
                JobView::from(job)
            });
            let _ = reply.send(answer);
        }));
    }

    fn lease(&mut self, lane: Lane, reply: Reply<Option<Lease>>, ctx: &mut Context<Self>) {
        let Some(id) = self.queue.next(lane) else {
            let _ = reply.send(Ok(None));
            return;
        };
        let (registry, now) = (self.registry.clone(), self.clock.now());
        let work = async move { registry.lease_job(id, now).await };
        ctx.wait(work.into_actor(self).map(move |done, actor, _| {
            let answer = done.map_err(ActorError::from).map(|fence| {
                let job = actor.queue.find(id)?;
                job.fence = fence;
                job.running = true;
                job.view.status = JobStatus::InProgress;
                job.view.started = job.view.started.or(Some(now));
                let lease = Lease::new(job.now(), fence, job.cancel.clone(), job.progress.clone());
                actor.publish();
                Some(lease)
            });
            let _ = reply.send(answer);
        }));
    }

    fn end(
        &mut self,
        id: JobId,
        fence: u64,
        ending: Option<JobEnding>,
        reply: Reply<()>,
        ctx: &mut Context<Self>,
    ) {
        let held = self.queue.find(id).is_some_and(|job| job.running && job.fence == fence);
        if !held {
            let _ = reply.send(Err(ActorError::LeaseLost));
            return;
        }
        let (registry, now) = (self.registry.clone(), self.clock.now());
        let given_back = ending.is_none();
        let work = async move {
            match ending {
                Some(ending) => {
                    let progress = serde_json::to_value(ending.progress).unwrap_or_default();
                    let JobEnding { status, output, error, .. } = ending;
                    let end = JobEnd { status, progress, output, error, ended: now };
                    registry.end_job(id, fence, end).await
                }
                None => registry.set_job_waiting(id, fence, JobStatus::Submitted).await,
            }
        };
        ctx.wait(work.into_actor(self).map(move |done, actor, _| {
            let answer = done.map_err(ActorError::from).map(|()| {
                if given_back {
                    if let Some(job) = actor.queue.find(id) {
                        job.running = false;
                        job.view.status = JobStatus::Submitted;
                    }
                } else {
                    actor.queue.end(id, fence);
                }
                actor.publish();
            });
            let _ = reply.send(answer);
        }));
    }
}

impl Handler<Ask> for JobQueueActor {
    type Result = ();

    fn handle(&mut self, ask: Ask, ctx: &mut Context<Self>) {
        match ask {
            Ask::Submit(new, reply) => self.submit(new, reply, ctx),
            Ask::Cancel(id, reply) => self.cancel(id, reply, ctx),
            Ask::Lease(lane, reply) => self.lease(lane, reply, ctx),
            Ask::End(id, fence, ending, reply) => self.end(id, fence, ending, reply, ctx),
        }
    }
}

impl Lease {
    /// Whether somebody wants the job stopped.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Acquire)
    }
}
