//! The control plane's records: who the organisations are, who may act for them, what they own.
//!
//! One SQLite file, `control.sqlite`, that a server and commands beside it open at once. One file
//! of this crate per table; queries take and give this crate's types. Whoever calls has a permit
//! already: nothing is decided here.

mod access_keys;
mod agreements;
mod api_keys;
mod error;
mod founding;
mod jobs;
mod members;
mod organizations;
mod passwords;
mod registry;
mod stores;
mod subscribed_stores;
mod text;

pub use access_keys::{AccessKey, AccessKeyId, NewAccessKey};
pub use agreements::{Agreement, AgreementState};
pub use api_keys::{ApiKey, NewApiKey};
pub use error::RegistryError;
pub use founding::Founding;
pub use jobs::{Job, JobEnd, JobKind, JobStatus, NewJob};
pub use members::{Member, NewMember};
pub use organizations::{NewOrganization, Organization, OrganizationStatus};
pub use registry::Registry;
pub use stores::{NewStore, Store, StoreStatus};
