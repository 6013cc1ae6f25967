//! What can keep a subscription from going on.

use tarn_actors::ActorError;
use tarn_domain::{Explain, Problem};
use tarn_search::SearchError;
use tarn_store::{CommitError, StoreError};

/// Why a subscription's work stopped. Another try may help.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A criterion could not be evaluated.
    #[error(transparent)]
    Search(#[from] SearchError),
    /// A status could not be written.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// An owner did not do what it was asked to.
    #[error(transparent)]
    Owner(#[from] ActorError),
    /// The place that the store holds cannot be read.
    #[error("a subscription's checkpoint cannot be read")]
    Checkpoint(#[source] serde_json::Error),
    /// A body of the store is no JSON.
    #[error("a kept body cannot be read")]
    Body,
    /// Our own code broke; what it was doing is told, not what it was doing it with.
    #[error("a thread broke while it was at {0}")]
    Broken(&'static str),
}

impl Explain for SubscriptionError {
    fn explain(&self) -> Problem {
        match self {
            Self::Store(error) => error.explain(),
            Self::Search(error) => error.explain(),
            Self::Commit(error) => error.explain(),
            Self::Owner(error) => error.explain(),
            Self::Checkpoint(_) | Self::Body | Self::Broken(_) => Problem::internal(self),
        }
    }
}
