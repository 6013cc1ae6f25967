//! What an operator can set about bulk files. The server fills it in; nothing here reads the
//! environment.

use std::path::PathBuf;

use tarn_domain::Secret;

/// Where bulk files may lie and how much of them is held at once.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Folders that `file://` inputs may read.
    pub import_roots: Vec<PathBuf>,
    /// The folder that `file://` outputs may write.
    pub export_root: PathBuf,
    /// Where uploads wait for their job, sealed.
    pub spool: PathBuf,
    /// The object store behind `s3://`.
    pub s3: S3Settings,
}

/// How to reach an S3-compatible service.
#[derive(Debug, Clone, Default)]
pub struct S3Settings {
    /// Its address; none means AWS's own.
    pub endpoint: Option<String>,
    /// The region to sign for.
    pub region: String,
    /// Who we are there; none means requests that are not signed.
    pub credentials: Option<S3Credentials>,
}

/// Credentials as the usual AWS variables carry them.
#[derive(Debug, Clone)]
pub struct S3Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_access_key: Secret<String>,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<Secret<String>>,
}

/// Bounds of what a reader of lines holds in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineLimits {
    /// A longer line is skipped to its end and reported.
    pub line_bytes: usize,
    /// Lines in a batch, at most.
    pub batch_lines: usize,
    /// Text in a batch; one line may go beyond it.
    pub batch_bytes: usize,
}

impl Default for LineLimits {
    fn default() -> Self {
        Self { line_bytes: 64 << 20, batch_lines: 1_000, batch_bytes: 2 << 20 }
    }
}
