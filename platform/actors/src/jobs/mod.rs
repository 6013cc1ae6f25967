//! The owner of an organisation's job queue: order, leases, cancel marks, limits.

mod actor;
mod handle;
mod queue;
mod view;

pub(crate) use actor::JobQueueActor;
pub use handle::{JobQueueHandle, Lease};
pub use queue::Lane;
pub(crate) use queue::Queue;
pub use view::{JobEnding, JobView, NewJob, Progress};
