//! What can go wrong in a store.

use std::time::Duration;

use tarn_domain::{Explain, Kind, Problem};

/// A failure of the engine. None of them tells anything about a patient.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The container could not be read or written.
    #[error("the container failed: {0}")]
    Container(#[from] rusqlite::Error),
    /// A file or folder could not be used.
    #[error("cannot use `{path}`: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Bytes are not what was written: changed, swapped, or sealed under another key.
    #[error("{what} is damaged or was moved")]
    Damaged {
        /// What was being read.
        what: &'static str,
    },
    /// A key could not be had.
    #[error("no key: {0}")]
    Key(#[from] tarn_keys::KeyError),
    /// Another process owns the store.
    #[error("another process has this store open")]
    Owned,
    /// The file was written by a newer Tarn.
    #[error("the store's format is {found}; this build knows {known}")]
    Format {
        /// What the file says.
        found: u32,
        /// What we know.
        known: u32,
    },
    /// The store holds as many resources as it can number.
    #[error("a store holds at most 4,294,967,295 resources")]
    Full,
    /// An fsync or commit failed: whether the last group landed is unknown until reopened.
    #[error("the outcome of the last write is unknown")]
    Unknown,
    /// The version was erased.
    #[error("the version was erased")]
    Erased,
    /// A question broke off because its asker wanted no more.
    #[error("stopped: {0}")]
    Stopped(&'static str),
}

impl Explain for StoreError {
    fn explain(&self) -> Problem {
        let later = Duration::from_secs(2);
        match self {
            Self::Full => Problem::new(Kind::Unprocessable, "store-full", self.to_string()),
            Self::Unknown => Problem::new(
                Kind::OutcomeUnknown,
                "outcome-unknown",
                "Whether this write was kept is unknown. Read the resource before trying again.",
            ),
            Self::Owned => Problem::new(
                Kind::Unavailable(later),
                "store-elsewhere",
                "The data store is held by another process. Try again shortly.",
            ),
            Self::Erased => Problem::new(
                Kind::Unavailable(Duration::from_secs(1)),
                "erased-meanwhile",
                "Something of the answer was erased while it was put together. Ask again.",
            ),
            Self::Key(_) => Problem::new(
                Kind::Unavailable(later),
                "key-unavailable",
                "The data store's key cannot be had now.",
            )
            .because(self),
            other => Problem::internal(other),
        }
    }
}
