//! An export as callers see it.

use serde::Serialize;
use tarn_actors::JobView;

/// What callers see of an export.
#[derive(Debug, Clone, Serialize)]
pub struct ExportShown {
    /// The job's id.
    pub id: String,
    /// `SUBMITTED QUEUED IN_PROGRESS COMPLETED COMPLETED_WITH_ERRORS FAILED CANCELLED`.
    pub status: &'static str,
    /// How far it is.
    pub progress: ExportProgress,
    /// Where its results are, once there are any.
    pub output: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub submitted: String,
    /// When it first ran.
    pub started: Option<String>,
    /// When it ended.
    pub ended: Option<String>,
}

/// How far an export is.
#[derive(Debug, Clone, Serialize)]
pub struct ExportProgress {
    /// Files dealt with.
    pub files: u64,
    /// Resources looked at.
    pub resources_read: u64,
    /// Resources written.
    pub resources_exported: u64,
    /// Resources that could not be.
    pub resources_failed: u64,
    /// Bytes of output written.
    pub bytes_written: u64,
    /// Resources written a second.
    pub resources_per_second: f64,
    /// Seconds to go, as far as can be told.
    pub eta_seconds: Option<u64>,
}

impl From<&JobView> for ExportShown {
    fn from(job: &JobView) -> Self {
        let progress = &job.progress;
        Self {
            id: job.id.to_string(),
            status: job.status.as_str(),
            progress: ExportProgress {
                files: progress.files,
                resources_read: progress.resources_read,
                resources_exported: progress.resources_done,
                resources_failed: progress.resources_failed,
                bytes_written: progress.bytes,
                resources_per_second: progress.resources_per_second,
                eta_seconds: progress.eta_seconds,
            },
            // What is kept for a deferred request is found by its status, not by a place.
            output: job.output.clone().filter(|place| !place.starts_with("kept://")),
            error: job.error.clone(),
            submitted: job.submitted.to_string(),
            started: job.started.map(|at| at.to_string()),
            ended: job.ended.map(|at| at.to_string()),
        }
    }
}
