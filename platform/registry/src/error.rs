//! What can go wrong with the control plane's records.

use std::path::PathBuf;
use std::time::Duration;

use sea_orm::{DbErr, SqlErr};
use tarn_domain::{Explain, Kind, Problem};
use tarn_keys::KeyError;

/// Why a record could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The database file could not be opened.
    #[error("cannot open `{path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// The database's reason.
        #[source]
        source: DbErr,
    },
    /// The database file knows migrations that this release does not.
    #[error("cannot use `{path}`: it was written by a later release of Tarn")]
    Later {
        /// The file.
        path: PathBuf,
    },
    /// The database refused.
    #[error("control database")]
    Database(#[source] DbErr),
    /// There is one already.
    #[error("{what} exists already")]
    Taken {
        /// What there is.
        what: &'static str,
    },
    /// What the record needs is not there.
    #[error("{what} does not exist")]
    Missing {
        /// What is not there.
        what: &'static str,
    },
    /// Whoever writes has lost the job's lease.
    #[error("the job's lease has passed on")]
    Fenced,
    /// A stored value is not what was written.
    #[error("`{table}.{column}` holds an impossible value")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// An organisation's key could not be had, or does not open what it sealed.
    #[error("cannot use the organisation's key")]
    Key(#[from] KeyError),
    /// A password could not be hashed.
    #[error("cannot hash a password: {0}")]
    Password(argon2::password_hash::Error),
}

impl From<DbErr> for RegistryError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl RegistryError {
    /// For inserts: a second one of `what`, or one whose owner does not exist.
    pub(crate) fn insert(what: &'static str) -> impl FnOnce(DbErr) -> Self {
        move |error| match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Self::Taken { what },
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                Self::Missing { what: "what it belongs to" }
            }
            _ => Self::Database(error),
        }
    }
}

impl Explain for RegistryError {
    fn explain(&self) -> Problem {
        match self {
            Self::Taken { what } => {
                Problem::new(Kind::Conflict, "exists", format!("There is one already: {what}."))
            }
            Self::Missing { what } => Problem::new(
                Kind::NotFound,
                "not-found",
                format!("There is no such thing: {what}."),
            ),
            Self::Fenced => {
                let words = "Another worker has taken the job over.";
                Problem::new(Kind::Conflict, "lease-lost", words)
            }
            Self::Database(error) => {
                let words = "The platform's own records cannot be used now. Try again.";
                let kind = Kind::Unavailable(Duration::from_secs(2));
                Problem::new(kind, "registry-unavailable", words)
                    .because(format!("{self}: {error}"))
            }
            _ => Problem::internal(self),
        }
    }
}
