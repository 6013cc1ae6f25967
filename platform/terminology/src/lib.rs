//! Value sets and code systems: which codes a value set holds, and which concepts stand above and
//! below another.
//!
//! Pure: documents come through a [`Resolver`], as JSON text, and nothing here reads a store, a
//! file or the network. [`Terminology`] expands value sets from their `compose` (concept lists,
//! whole systems, imports, filters), falls back on expansions that are stored with them, and knows
//! the value sets to which R4 binds its own elements. Everything that a caller can make large is
//! held to [`Limits`].

mod canonical;
mod code_system;
mod error;
mod expand;
mod expansion;
mod filter;
mod terminology;
#[cfg(test)]
mod tests;
mod value_set;

pub use canonical::Canonical;
pub use code_system::{CodeSystem, Concept, Content};
pub use error::TerminologyError;
pub use expansion::Expansion;
pub use terminology::{Limits, Resolver, Terminology};
