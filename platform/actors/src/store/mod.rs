//! The owner of an open data store: takes writes in order, commits them in groups, publishes.

mod actor;
mod handle;
mod pins;
mod turn;

pub(crate) use actor::StoreActor;
pub use handle::StoreHandle;
pub(crate) use pins::Pins;
