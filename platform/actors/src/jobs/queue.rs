//! The queue itself: which job is next. State only, no disk.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tarn_domain::{JobId, StoreId};
use tarn_registry::{Job, JobKind, JobStatus};

use super::view::{JobView, Progress};

/// Jobs of one lane and store run one after the other; lanes run beside each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Imports, exports, deletions: minutes to hours.
    Bulk,
    /// Requests that were put off: seconds.
    Requests,
}

impl Lane {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Requests, Self::Bulk];

    /// The lane of a kind of job.
    pub const fn of(kind: JobKind) -> Self {
        match kind {
            JobKind::Request => Self::Requests,
            _ => Self::Bulk,
        }
    }
}

/// A job that has not ended.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub view: JobView,
    /// The newest lease; 0 before the first.
    pub fence: u64,
    pub running: bool,
    /// Raised when somebody wants it stopped.
    pub cancel: Arc<AtomicBool>,
    /// What its worker last said of how far it is.
    pub progress: Arc<Mutex<Progress>>,
}

impl Open {
    pub(crate) fn new(view: JobView, fence: u64, cancelled: bool) -> Self {
        let progress = Arc::new(Mutex::new(view.progress));
        let cancel = Arc::new(AtomicBool::new(cancelled));
        Self { view, fence, running: false, cancel, progress }
    }

    /// The job as it is at this moment.
    pub(crate) fn now(&self) -> JobView {
        let mut view = self.view.clone();
        view.progress = *self.progress.lock();
        if self.running {
            view.status = JobStatus::InProgress;
        }
        view
    }
}

/// Jobs that have not ended, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub open: Vec<Open>,
}

impl Queue {
    pub(crate) fn of(jobs: Vec<Job>) -> Self {
        let open = |job: Job| {
            let (fence, cancelled) = (job.fence, job.cancelled.is_some());
            Open::new(job.into(), fence, cancelled)
        };
        Self { open: jobs.into_iter().map(open).collect() }
    }

    pub(crate) fn find(&mut self, id: JobId) -> Option<&mut Open> {
        self.open.iter_mut().find(|job| job.view.id == id)
    }

    fn in_lane(&self, lane: Lane) -> impl Iterator<Item = &Open> {
        self.open.iter().filter(move |job| Lane::of(job.view.kind) == lane)
    }

    /// The first job of a lane whose store has none running and none before it there.
    pub(crate) fn next(&self, lane: Lane) -> Option<JobId> {
        let mut taken: HashSet<StoreId> = HashSet::new();
        for job in self.in_lane(lane) {
            let first_of_store = taken.insert(job.view.store);
            if first_of_store && !job.running {
                return Some(job.view.id);
            }
        }
        None
    }

    /// How many wait in a lane.
    pub(crate) fn waiting(&self, lane: Lane) -> usize {
        self.in_lane(lane).filter(|job| !job.running).count()
    }

    /// Whether the store has a job in a lane already.
    pub(crate) fn has_store(&self, lane: Lane, store: StoreId) -> bool {
        self.in_lane(lane).any(|job| job.view.store == store)
    }

    /// Takes out a job; with its lease only where `fence` is its newest.
    pub(crate) fn end(&mut self, id: JobId, fence: u64) -> Option<Open> {
        let at = self.open.iter().position(|job| job.view.id == id && job.fence == fence)?;
        Some(self.open.remove(at))
    }

    /// Marks a job for stopping.
    pub(crate) fn cancel(&mut self, id: JobId) {
        if let Some(job) = self.find(id) {
            job.cancel.store(true, Ordering::Release);
        }
    }
}
