//! What verbs need to know of the server's settings. The server fills it in.

use std::path::PathBuf;

/// Settings that verbs need.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Base of every URL that is returned, without its closing slash.
    pub public_url: String,
    /// The region in ARNs and events.
    pub region: String,
    /// Where bulk files may lie.
    pub bulk: tarn_bulk::Settings,
    /// The largest upload, in bytes.
    pub upload_limit: u64,
    /// Threads of one job.
    pub job_threads: usize,
    /// How many jobs run at once.
    pub jobs_at_once: usize,
    /// Memory for decoded index parts, in bytes.
    pub store_cache: u64,
    /// How long what came of a deferred request is kept after its end.
    pub results_kept: std::time::Duration,
    /// How much the FHIR surface takes and gives at once.
    pub fhir: crate::clinical::Limits,
    /// How mail is sent.
    pub mail: tarn_mail::Settings,
    /// How subscriptions deliver.
    pub subscriptions: tarn_subscriptions::Settings,
}
