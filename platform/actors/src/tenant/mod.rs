//! The owner of an organisation: its roster of stores, and the owners below it.

mod actor;
mod handle;
mod open;
mod view;

pub(crate) use actor::TenantActor;
pub use handle::TenantHandle;
pub(crate) use open::Ground;
pub use view::{NewStore, StoreView, TenantView};
