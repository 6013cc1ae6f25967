//! What can stop a population from being written.

use std::io;
use std::path::PathBuf;

use tarn_domain::{Explain, Kind, Problem};

/// Why no population was written.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The folder holds something already; a population never mixes with other files.
    #[error("the folder `{}` is not empty", .0.display())]
    NotEmpty(PathBuf),
    /// The path is there and is no folder.
    #[error("`{}` is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// The folder or one of its files cannot be made or written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// Which file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A generating thread ended early: our fault.
    #[error("a generating thread ended early")]
    WorkerLost,
}

impl Explain for SynthError {
    fn explain(&self) -> Problem {
        match self {
            Self::NotEmpty(path) => {
                let public = format!(
                    "The folder `{}` is not empty. Name a new folder, or empty it first.",
                    path.display()
                );
                Problem::new(Kind::Conflict, "folder-not-empty", public)
            }
            Self::NotAFolder(path) => {
                let public = format!("`{}` is a file. Name a folder.", path.display());
                Problem::new(Kind::Invalid, "not-a-folder", public)
            }
            Self::Write { path, source } => {
                let public = format!("Cannot write `{}`: {source}.", path.display());
                Problem::new(Kind::Internal, "cannot-write", public)
            }
            Self::WorkerLost => Problem::internal(self),
        }
    }
}
