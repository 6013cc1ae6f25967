//! The owner of an organisation's business associate agreement.

mod actor;
mod handle;

pub(crate) use actor::{AgreementView, BaaActor};
pub use handle::BaaHandle;
