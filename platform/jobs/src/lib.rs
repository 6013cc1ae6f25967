//! Long work, pulled from the queues of organisations by lease: imports and exports.
//!
//! A job is a serialisable plan and a `run` that can be killed anywhere and started again; its
//! checkpoint commits with its work.

mod control;
mod error;
pub mod export;
pub mod import;
mod notes;
mod owner;
mod runner;
mod store;
mod work;

pub use control::{Control, Ending, Outcome, Signal};
pub use error::JobError;
pub use notes::{Notebooks, Notes};
pub use runner::{Runner, Slots};
pub use store::{StoreAccess, StoreTarget};
pub use tarn_actors::Progress;
pub use work::Tools;
