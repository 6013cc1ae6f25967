//! Jobs as callers see them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tarn_domain::{JobId, OrganizationId, StoreId, Timestamp};
use tarn_registry::{Job, JobKind, JobStatus};

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// Files dealt with.
    pub files: u64,
    /// Resources seen in the input, or in the snapshot.
    pub resources_read: u64,
    /// Resources written to their target.
    pub resources_done: u64,
    /// Resources that could not be.
    pub resources_failed: u64,
    /// Bytes of input read as they lie there, or of output written.
    pub bytes: u64,
    /// All bytes of input, where that is known.
    pub bytes_total: Option<u64>,
    /// Resources done a second, since the job was started or taken up again.
    pub resources_per_second: f64,
    /// Seconds to go, as far as can be told.
    pub eta_seconds: Option<u64>,
}

/// A job to be.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The store it works on.
    pub store: StoreId,
    /// What is asked for.
    pub plan: Value,
}

/// A job.
#[derive(Debug, Clone)]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// The organisation whose queue it is in.
    pub organization: OrganizationId,
    /// What it does.
    pub kind: JobKind,
    /// The store it works on.
    pub store: StoreId,
    /// How far it is, in HealthLake's words.
    pub status: JobStatus,
    /// What was asked for.
    pub plan: Value,
    /// How far it is, in numbers.
    pub progress: Progress,
    /// When it was asked for.
    pub submitted: Timestamp,
    /// When it first ran.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Where its results are.
    pub output: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
}

/// How a job ended.
#[derive(Debug, Clone)]
pub struct JobEnding {
    /// A final status.
    pub status: JobStatus,
    /// The last figures.
    pub progress: Progress,
    /// Where its results are.
    pub output: Option<String>,
    /// Why it failed, for the caller.
    pub error: Option<String>,
}

impl From<Job> for JobView {
    fn from(job: Job) -> Self {
        Self {
            id: job.id,
            organization: job.organization,
            kind: job.kind,
            store: job.store,
            status: job.status,
            plan: job.plan,
            progress: serde_json::from_value(job.progress).unwrap_or_default(),
            submitted: job.submitted,
            started: job.started,
            ended: job.ended,
            output: job.output,
            error: job.error,
        }
    }
}
