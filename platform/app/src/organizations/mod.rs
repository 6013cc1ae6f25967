//! Organisations: founding them.

mod create;

pub use create::{Created, NewOrganization, create};
