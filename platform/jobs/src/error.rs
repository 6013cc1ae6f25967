//! What can keep a job from going on.

use std::io;
use std::path::PathBuf;

use tarn_bulk::BulkError;
use tarn_domain::{Explain, Kind, Problem};

/// Why a job stopped before its end.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The plan that the queue holds cannot be read.
    #[error("the job's plan cannot be read")]
    Plan(#[source] serde_json::Error),
    /// The mark that the store holds cannot be read.
    #[error("the job's checkpoint cannot be read")]
    Checkpoint(#[source] serde_json::Error),
    /// The place has nothing that an import takes.
    #[error("`{uri}` has no files to import: .ndjson, .jsonl and .json are taken, gzip allowed")]
    NothingToImport {
        /// The place.
        uri: String,
    },
    /// The inputs are not those that the job began with.
    #[error("the inputs changed while the job was under way: start a new import")]
    InputsChanged,
    /// Bulk files could not be read or written.
    #[error(transparent)]
    Bulk(#[from] BulkError),
    /// The job's own notes could not be read or written.
    #[error("cannot {act} `{path}`")]
    Notes {
        /// What was tried.
        act: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The job's own notes were changed, or sealed under another key.
    #[error("the job's notes `{path}` are damaged")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The store did not take or give something. Worth another try from the last checkpoint.
    #[error("the store failed: {0}")]
    Store(String),
    /// The store will not take or give it, however often it is tried.
    #[error("the store refused: {0}")]
    Refused(Problem),
    /// Our own code broke; what it was doing is told, not what it was doing it with.
    #[error("a thread of the job broke while it was at {at}")]
    Broken {
        /// What it was at.
        at: String,
    },
}

impl JobError {
    /// Whether trying again from the last checkpoint could help.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Store(_) | Self::Bulk(BulkError::Objects { .. } | BulkError::Runtime(_))
        )
    }

    pub(crate) fn notes(
        act: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Notes { act, path, source }
    }
}

impl Explain for JobError {
    fn explain(&self) -> Problem {
        match self {
            Self::NothingToImport { .. } => {
                Problem::new(Kind::Unprocessable, "nothing-to-import", sentence(self))
            }
            Self::InputsChanged => Problem::new(Kind::Conflict, "inputs-changed", sentence(self)),
            Self::Bulk(error) => error.explain(),
            Self::Refused(problem) => problem.clone(),
            Self::Plan(_) | Self::Checkpoint(_) | Self::Notes { .. } | Self::Damaged { .. } => {
                Problem::internal(chain(self))
            }
            Self::Store(_) | Self::Broken { .. } => Problem::internal(self),
        }
    }
}

fn sentence(error: &JobError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn chain(error: &JobError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
