//! One job from its lease to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tarn_actors::{Lease, Progress, StoreHandle};
use tarn_bulk::{Outputs, Place, Results, Sources, Spools};
use tarn_domain::{JobId, Kind, Problem, Timestamp};
use tarn_registry::JobKind;

use crate::bulk_delete::{self, BulkDelete};
use crate::erase::{self, Erase};
use crate::export::{self, Export, ExportPlan};
use crate::import::{self, Import, ImportPlan};
use crate::owner::Owner;
use crate::{Control, JobError, Notebooks, Outcome, RequestDesk, Signal, StoreTarget};

/// The note, among a job's kept results, of what was asked.
pub const REQUEST: &str = "request";

/// What all jobs work with.
#[derive(Clone)]
pub struct Tools {
    /// Finds and opens inputs.
    pub sources: Arc<Sources>,
    /// Writes results.
    pub outputs: Outputs,
    /// Uploads that wait for their job.
    pub spools: Spools,
    /// What is kept for those who asked.
    pub results: Results,
    /// Whoever answers requests that were put off.
    pub requests: RequestDesk,
    /// Where jobs keep notes.
    pub notebooks: Notebooks,
    /// How much an import holds at once.
    pub import: import::Limits,
    /// How much an export holds at once.
    pub export: export::Limits,
}

/// A job's plan, read.
pub(crate) enum Plan {
    Import(ImportPlan),
    Export(ExportPlan),
    /// What is erased stands in the job's kept request.
    Erase,
    /// What is deleted stands in the job's kept request.
    BulkDelete,
    /// What is asked stands in the job's kept request.
    Request,
}

impl Plan {
    pub(crate) fn of(kind: JobKind, plan: &serde_json::Value) -> Result<Self, JobError> {
        use serde::Deserialize;
        match kind {
            JobKind::Import => ImportPlan::deserialize(plan).map(Self::Import),
            JobKind::Export => ExportPlan::deserialize(plan).map(Self::Export),
            JobKind::Erase => Ok(Self::Erase),
            JobKind::BulkDelete => Ok(Self::BulkDelete),
            JobKind::Request => Ok(Self::Request),
        }
        .map_err(JobError::Plan)
    }

    /// The upload that the job reads.
    pub(crate) fn upload(&self) -> Option<tarn_domain::RequestId> {
        match self {
            Self::Import(ImportPlan { input: Place::Upload { request, .. }, .. }) => Some(*request),
            _ => None,
        }
    }
}

/// A leased job's way to hear and tell.
struct Leased<'a> {
    lease: &'a Lease,
    stopping: &'a AtomicBool,
}

impl Control for Leased<'_> {
    fn signal(&self) -> Signal {
        if self.lease.is_cancelled() {
            Signal::Cancel
        } else if self.stopping.load(Ordering::Relaxed) {
            Signal::Stop
        } else {
            Signal::Go
        }
    }

    fn publish(&self, progress: Progress) {
        self.lease.publish(progress);
    }
}

impl Tools {
    /// Runs a leased job once, on the calling thread and its own.
    pub(crate) fn work(
        &self,
        lease: &Lease,
        plan: &Plan,
        store: (StoreHandle, Owner),
        now: Timestamp,
        stopping: &AtomicBool,
    ) -> Result<Outcome, JobError> {
        let control = Leased { lease, stopping };
        let (job, (handle, owner)) = (lease.job.id, store);
        match plan {
            Plan::Import(plan) => {
                let import = Import {
                    store: handle.id(),
                    job,
                    plan,
                    sources: &self.sources,
                    outputs: &self.outputs,
                    notebooks: &self.notebooks,
                    limits: self.import,
                };
                import::run(&import, &StoreTarget::new(&owner, job), &control)
            }
            Plan::Export(plan) => {
                let snapshot = handle.snapshot();
                let wanted = self.wanted(job, plan)?;
                let export = Export {
                    store: handle.id(),
                    job,
                    plan,
                    wanted: wanted.as_ref(),
                    snapshot: &snapshot,
                    // Whoever asks for changes since then misses none: what comes later is dated
                    // no earlier.
                    moment: snapshot.last_change()?.unwrap_or(now),
                    outputs: &self.outputs,
                    limits: self.export,
                };
                export::run(&export, &control)
            }
            Plan::Erase => {
                let wanted = self.kept(job)?;
                erase::run(&Erase { job, wanted: &wanted, store: &owner }, &control)
            }
            Plan::Request => {
                let requests = self.requests.requests()?;
                let (organization, store) = (handle.organization(), handle.id());
                let ending = requests.answer(organization, store, job, &control)?;
                let (figures, output) = (Progress::default(), String::new());
                Ok(Outcome { ending, figures, output })
            }
            Plan::BulkDelete => {
                let wanted = self.kept(job)?;
                bulk_delete::run(&BulkDelete { job, wanted: &wanted, store: &owner }, &control)
            }
        }
    }

    /// What was asked of a kept export beyond its plan.
    fn wanted(&self, job: JobId, plan: &ExportPlan) -> Result<Option<export::Wanted>, JobError> {
        if matches!(plan.output, Place::Kept(_)) { self.kept(job).map(Some) } else { Ok(None) }
    }

    /// What was asked, as it is kept.
    fn kept<T: serde::de::DeserializeOwned>(&self, job: JobId) -> Result<T, JobError> {
        let noted = self.results.noted(job, REQUEST)?.ok_or_else(|| {
            let words = "Its request was removed before it ran.";
            JobError::Refused(Problem::new(Kind::Gone, "request-removed", words))
        })?;
        serde_json::from_slice(&noted).map_err(JobError::Plan)
    }

    /// Throws away what a job that has ended leaves.
    pub(crate) fn clean(&self, job: JobId, plan: Option<&Plan>) -> Result<(), JobError> {
        self.notebooks.discard(job)?;
        if let Some(request) = plan.and_then(Plan::upload) {
            self.spools.remove(request)?;
        }
        Ok(())
    }
}
