//! What can go wrong with bulk files.

use std::io;
use std::path::PathBuf;

use tarn_domain::{Explain, Kind, Problem};

/// Why a bulk file could not be found, read or written.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The location is not one that we know.
    #[error("`{uri}` is no location for files: {why}")]
    Location {
        /// As it was given.
        uri: String,
        /// What is wrong with it and what would be right.
        why: &'static str,
    },
    /// An input outside the folders that the operator opened for imports.
    #[error("`{uri}` is not under the import roots ({roots})")]
    OutsideRoots {
        /// As it was given.
        uri: String,
        /// The roots, comma between them.
        roots: String,
    },
    /// An output outside the folder that the operator opened for exports.
    #[error("`{uri}` is not under the export root (`{root}`)")]
    OutsideExportRoot {
        /// As it was given.
        uri: String,
        /// The root.
        root: PathBuf,
    },
    /// Nothing is there.
    #[error("nothing is at `{uri}`")]
    Missing {
        /// As it was given.
        uri: String,
    },
    /// A file of that name is there already; nothing is ever overwritten.
    #[error("`{uri}` exists already")]
    Exists {
        /// The file.
        uri: String,
    },
    /// An input is not the file any more that the job began with.
    #[error("input `{name}` changed while the job was under way")]
    Changed {
        /// The file, as the job calls it.
        name: String,
    },
    /// An upload that is larger than allowed.
    #[error("the upload is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: u64,
    },
    /// The disk refused.
    #[error("cannot {act} `{path}`")]
    Disk {
        /// What was tried.
        act: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The object store refused.
    #[error("cannot {act} `{uri}`")]
    Objects {
        /// What was tried.
        act: &'static str,
        /// On which object.
        uri: String,
        /// The store's reason.
        #[source]
        source: Box<object_store::Error>,
    },
    /// The thread that speaks with the object store could not be had.
    #[error("cannot start or reach the object store's runtime")]
    Runtime(#[source] Option<io::Error>),
}

impl BulkError {
    pub(crate) fn disk(
        act: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Disk { act, path, source }
    }

    pub(crate) fn objects(
        act: &'static str,
        uri: impl Into<String>,
    ) -> impl FnOnce(object_store::Error) -> Self {
        let uri = uri.into();
        move |source| match source {
            object_store::Error::NotFound { .. } => Self::Missing { uri },
            object_store::Error::AlreadyExists { .. } => Self::Exists { uri },
            source => Self::Objects { act, uri, source: Box::new(source) },
        }
    }

    /// The error as a writer or reader passes it through [`io::Error`].
    pub(crate) fn into_io(self) -> io::Error {
        io::Error::other(self)
    }
}

impl Explain for BulkError {
    fn explain(&self) -> Problem {
        let because = || std::error::Error::source(self).map(ToString::to_string);
        let problem = match self {
            Self::Location { .. } => Problem::new(Kind::Invalid, "location", capital(self)),
            Self::OutsideRoots { .. } | Self::OutsideExportRoot { .. } => {
                Problem::new(Kind::Invalid, "location-refused", capital(self))
            }
            Self::Missing { .. } => Problem::new(Kind::Invalid, "location-missing", capital(self)),
            Self::Exists { .. } => Problem::new(Kind::Conflict, "output-exists", capital(self)),
            Self::Changed { .. } => Problem::new(Kind::Conflict, "input-changed", capital(self)),
            Self::TooLarge { .. } => {
                Problem::new(Kind::TooLarge, "upload-too-large", capital(self))
            }
            Self::Objects { .. } => {
                Problem::new(Kind::Unprocessable, "object-store", capital(self))
            }
            Self::Disk { .. } | Self::Runtime(_) => return Problem::internal(chain(self)),
        };
        match because() {
            Some(cause) => problem.because(cause),
            None => problem,
        }
    }
}

/// The error's words as a sentence.
fn capital(error: &BulkError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => text,
    }
}

fn chain(error: &BulkError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
