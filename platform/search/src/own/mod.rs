//! Search parameters that a store has of its own: `SearchParameter` resources in it.
//!
//! A definition is read and checked ([`read`]), written into the store's book with field numbers
//! that are never given twice ([`book`]), and compiled into a walk of its own ([`Compiled`]).
//! A parameter can be used once every part of the index has its entries.

mod book;
mod compiled;
mod define;
mod error;

pub use compiled::{Compiled, OwnView, Progress, Standing};
pub use define::{Defined, read};
pub use error::OwnError;

pub(crate) use book::{Book, amend};

use tarn_fhir::definitions::FieldId;

/// Fields from here on are parameters of stores' own. R4's stay far below, and 14 bits are all.
pub(crate) const FIRST: u16 = 8_192;
/// The last field.
pub(crate) const LAST: u16 = 16_383;

/// Whether a field is a parameter of a store's own.
pub(crate) fn is_own(field: FieldId) -> bool {
    field.0 >= FIRST
}
