//! The clinical verbs: FHIR's interactions with one data store.
//!
//! They answer in FHIR (resources, Bundles, OperationOutcomes as JSON text) and know nothing of
//! the door that asked: a request and an entry of a Bundle come to the same verb.

pub mod bundle;
pub mod capabilities;
pub mod condition;
pub mod history;
pub mod operations;
pub mod outcome;
pub mod parameters;
pub mod target;

mod admission;
mod asking;
mod create;
mod criteria;
mod delete;
mod delete_many;
mod draft;
mod graphql;
mod limits;
mod links;
mod mark;
mod page_key;
mod patch;
mod read;
mod resource;
mod rewritten;
mod search;
mod search_parameters;
mod settle;
mod text;
mod update;
mod validate;
mod writing;

pub use asking::Asking;
pub use create::{Replay, Written, create};
pub use delete::{Deleted, delete, delete_where};
pub use delete_many::delete_many;
pub use graphql::{Answered, GraphqlRequest, graphql};
pub use limits::Limits;
pub use patch::{Patch, PatchFormat, patch, patch_where};
pub use read::{Reading, read, vread};
pub use resource::{Resource, View, pretty};
pub use search::{CURSOR, Search, search};
pub(crate) use settle::off_thread;
pub use tarn_search::Scope;
pub use update::{update, update_where};
pub use validate::validate;
pub use writing::{IdempotencyKey, Level, Writing};

/// What a caller prefers, where there is a choice (`Prefer: …`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Preferences {
    /// What a write answers with.
    pub returns: Option<Return>,
    /// Whether a search may leave out parameters that are not known.
    pub lenient: bool,
    /// Whether the answer may come later (`Prefer: respond-async`).
    pub later: bool,
    /// How closely the resources of a batch are looked at.
    pub level: Level,
}

/// What a write answers with, where the caller prefers something (`Prefer: return=…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Return {
    /// Nothing but headers.
    Minimal,
    /// The resource.
    Representation,
    /// Words about what was done.
    OperationOutcome,
}
