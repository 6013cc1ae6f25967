//! What can stop the compilation.

use std::io;
use std::path::PathBuf;

/// Why no asset was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot read `{path}`")]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write `{path}`")]
    Write { path: PathBuf, source: io::Error },
    #[error("`{path}` is not a FHIR package")]
    Package { path: PathBuf, source: io::Error },
    #[error("`{file}` is not what its name says")]
    Json { file: String, source: serde_json::Error },
    #[error("`{place}`: {what}")]
    Surprise { place: String, what: String },
    #[error("cannot compress the asset")]
    Compress(#[source] io::Error),
}

impl Error {
    /// The package says something that the compiler does not know how to keep.
    pub(crate) fn surprise(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Surprise { place: place.into(), what: what.into() }
    }
}
