//! What can go wrong with keys.

use std::io;
use std::path::PathBuf;

use tarn_domain::{Explain, Problem};

/// Why a key could not be had, or sealed bytes could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The keyring is not there. A folder in use does not get a new one, which could open nothing.
    #[error("no keyring `{path}`: a data folder that was in use needs its own back from the copy")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner may use the file.
    #[error("keyring `{path}` is open to others (mode {mode:04o}): run `chmod 600` on it")]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not a keyring, or is damaged.
    #[error("keyring `{path}` is damaged ({why}): put it back from its copy")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The file could not be read.
    #[error("cannot read keyring `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The file could not be made.
    #[error("cannot create keyring `{path}`")]
    Create {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Sealed bytes were changed, moved to another place, or sealed under another key.
    #[error("cannot open sealed bytes: changed, moved, or sealed under another key")]
    Sealed,
    /// A wrapped key names a master key that the keyring does not hold.
    #[error("no master key of version {version}")]
    UnknownVersion {
        /// The version it names.
        version: u32,
    },
}

impl Explain for KeyError {
    fn explain(&self) -> Problem {
        Problem::internal(self)
    }
}
