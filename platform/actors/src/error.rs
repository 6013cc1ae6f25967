//! What can go wrong between a caller and an owner.

use std::sync::Arc;
use std::time::Duration;

use tarn_audit::AuditError;
use tarn_domain::{Explain, Kind, Problem};
use tarn_registry::RegistryError;
use tarn_store::StoreError;

/// Why an owner did not do what it was asked to. Cheap to clone: many may wait for one opening.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ActorError {
    /// There is none, or it is somebody else's.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The owner's mailbox or queue is full.
    #[error("{0} is busy")]
    Busy(&'static str),
    /// The owner went away while it worked: whether it was done is not known.
    #[error("{0} stopped while it worked")]
    Lost(&'static str),
    /// The store failed three times in short order and is kept shut.
    #[error("the store is quarantined")]
    Quarantined,
    /// As many jobs wait as may.
    #[error("{0} jobs are waiting already")]
    QueueFull(usize),
    /// The lease was taken over by somebody else, or the job has ended.
    #[error("the job's lease is no longer held")]
    LeaseLost,
    /// A permit for something else was shown.
    #[error("the permit is for another organisation or store")]
    WrongPermit,
    /// The control plane's records could not be read or written.
    #[error(transparent)]
    Registry(Arc<RegistryError>),
    /// The audit trail could not be read or written.
    #[error(transparent)]
    Audit(Arc<AuditError>),
    /// The store could not be opened.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// A file could not be removed or made.
    #[error("cannot use `{path}`: {why}")]
    File {
        /// Which.
        path: String,
        /// Why.
        why: String,
    },
}

impl From<RegistryError> for ActorError {
    fn from(error: RegistryError) -> Self {
        Self::Registry(Arc::new(error))
    }
}

impl From<AuditError> for ActorError {
    fn from(error: AuditError) -> Self {
        Self::Audit(Arc::new(error))
    }
}

impl From<StoreError> for ActorError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl Explain for ActorError {
    fn explain(&self) -> Problem {
        let soon = Duration::from_secs(1);
        match self {
            Self::NotFound(what) => {
                Problem::new(Kind::NotFound, "not-found", format!("There is no such {what}."))
            }
            Self::Busy(_) => Problem::new(
                Kind::Busy(soon),
                "busy",
                "Too much is waiting already. Try again shortly.",
            ),
            Self::Lost(_) => Problem::new(
                Kind::OutcomeUnknown,
                "outcome-unknown",
                "Whether this was done is unknown. Look before trying again.",
            ),
            Self::Quarantined => Problem::new(
                Kind::Unavailable(Duration::from_secs(60)),
                "store-quarantined",
                "The data store failed several times and is kept shut until the operator looks.",
            ),
            Self::QueueFull(most) => Problem::new(
                Kind::Busy(Duration::from_secs(30)),
                "queue-full",
                format!("{most} jobs are waiting already. Try again when one has ended."),
            ),
            Self::LeaseLost => {
                Problem::new(Kind::Conflict, "lease-lost", "The job was taken over.")
            }
            Self::WrongPermit | Self::File { .. } => Problem::internal(self),
            Self::Registry(error) => error.explain(),
            Self::Audit(error) => error.explain(),
            Self::Store(error) => error.explain(),
        }
    }
}
