//! The audit trail: searching and verifying it.

mod search;
mod verify;

pub use search::{Events, Query, search};
pub use verify::{Verified, verify, verify_folder, verify_trail};
