//! The owner of an organisation's audit trail: entries that arrive while one batch is on the disk
//! go together as the next.

mod actor;
mod handle;

pub(crate) use actor::{AuditActor, TrailPlace};
pub use handle::AuditHandle;
