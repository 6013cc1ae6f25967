//! Long work, pulled from the queues of organisations by lease: imports, exports, deletions.
//!
//! A job is a serialisable plan and a `run` that can be killed anywhere and started again; its
//! checkpoint commits with its work.

pub mod bulk_delete;
mod control;
pub mod erase;
mod error;
pub mod export;
pub mod import;
mod notes;
mod owner;
mod request;
mod runner;
mod store;
#[cfg(test)]
mod testing;
mod work;

pub use control::{Control, Ending, Outcome, Signal};
pub use error::JobError;
pub use notes::{Notebooks, Notes};
pub use request::{RequestDesk, Requests};
pub use runner::{Runner, Slots};
pub use store::{StoreAccess, StoreTarget};
pub use tarn_actors::Progress;
pub use work::{REQUEST, Tools};
