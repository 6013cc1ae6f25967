//! Data stores: making, seeing and deleting them.

mod create;
mod delete;
mod describe;
mod list;
mod shown;
mod update;

pub use create::{NewStore, Preload, create};
pub use delete::delete;
pub use describe::describe;
pub use list::{Stores, list};
pub use shown::StoreShown;
pub use update::{StoreChange, update};
