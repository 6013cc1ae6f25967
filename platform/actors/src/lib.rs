//! Owners: whoever changes an organisation's state is one actix actor; everyone else reads what it
//! publishes.
//!
//! Callers hold handles, never addresses. A handle's reads touch a published `Arc`; its writes are
//! one `async fn`. Messages that change something carry their own reply and are sent with
//! `try_send`: a full mailbox is a refusal with a time to come back, never a longer queue. Handlers
//! only move state: disk work runs on the blocking pool and comes home as a result.

mod audit;
mod baa;
mod directory;
mod error;
mod jobs;
mod settings;
mod store;
mod tenant;

pub use audit::AuditHandle;
pub use baa::BaaHandle;
pub use directory::Directory;
pub use error::ActorError;
pub use jobs::{JobEnding, JobQueueHandle, JobView, Lane, Lease, NewJob, Progress};
pub use settings::Settings;
pub use store::StoreHandle;
pub use tenant::{NewStore, StoreView, TenantHandle, TenantView};
