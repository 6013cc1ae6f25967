//! What can go wrong with the trail.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tarn_domain::{Explain, Kind, Problem};
use tarn_keys::KeyError;

use crate::Break;

/// Why the trail could not be opened, written or read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// No trail where one must be.
    #[error("no audit trail `{path}`")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// The trail belongs to another organisation, or to a later release.
    #[error("audit trail `{path}` is not ours: {why}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The trail's key could not be had.
    #[error("cannot open the audit trail's key")]
    Key(#[from] KeyError),
    /// The chain does not hold; nothing is appended to it.
    #[error("audit trail is broken at entry {}: {}", .0.seq, .0.why)]
    Broken(Break),
    /// The database refused. Nothing was written.
    #[error("audit trail's database")]
    Database(#[from] rusqlite::Error),
    /// The commit failed on its way to the disk: it may or may not be there after a restart.
    /// Open the trail afresh, and look.
    #[error("cannot tell whether the audit entries were written")]
    Unknown(#[source] rusqlite::Error),
    /// A file or folder could not be read or written.
    #[error("cannot use `{path}`")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// An export would mix with what is there.
    #[error("folder `{path}` is not empty")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Bytes that are not one audit record.
    #[error("not an audit entry: {0}")]
    NotAnEntry(String),
    /// A cursor that no search of ours gave.
    #[error("not a cursor of an audit search")]
    Cursor,
}

impl AuditError {
    pub(crate) fn disk(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { path, source }
    }
}

impl Explain for AuditError {
    fn explain(&self) -> Problem {
        match self {
            Self::Cursor => {
                let words = "The cursor is not one that this search gave. Start without it.";
                Problem::new(Kind::Invalid, "bad-cursor", words)
            }
            Self::NotEmpty { .. } => {
                let words = "The export's folder is not empty. Name one that is new or empty.";
                Problem::new(Kind::Conflict, "folder-not-empty", words)
            }
            Self::Database(_) | Self::Unknown(_) | Self::Broken(_) | Self::Missing { .. } => {
                let words = "The audit trail cannot be used now, and no call goes unrecorded. \
                             Try again; if it stays so, the operator must look.";
                let kind = Kind::Unavailable(Duration::from_secs(5));
                Problem::new(kind, "audit-unavailable", words).because(self)
            }
            _ => Problem::internal(self),
        }
    }
}
