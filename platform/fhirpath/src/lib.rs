//! FHIRPath for R4: N1 (2.0.0) with what FHIR adds (<https://hl7.org/fhir/R4/fhirpath.html>) and
//! the functions that came since.
//!
//! An [`Expression`] is parsed once and evaluated as often as one likes, on elements of parsed
//! documents that know their FHIR types. Numbers are exact. Whatever an expression says, it stops:
//! its length, its nesting, its steps, its collections and its texts are all bounded, and what
//! goes beyond is an error.

mod ast;
mod check;
mod decimal;
mod environment;
mod equal;
mod error;
mod eval;
mod expression;
mod function;
mod functions;
pub mod invariants;
mod item;
mod limits;
mod location;
mod node;
mod parse;
mod quantity;
mod temporal;
mod text;
mod types;

pub use decimal::{Decimal, MAX_DIGITS};
pub use environment::{
    Casts, Environment, Profiles, Resolved, Resolver, Terminology, Trace, TypesOnly,
};
pub use error::Error;
pub use expression::Expression;
pub use item::{Collection, Item, Value};
pub use limits::{Limits, MAX_LENGTH, MAX_NESTING};
pub use location::{Location, Step};
pub use node::Node;
pub use quantity::{Quantity, Unit};
pub use temporal::{CalendarUnit, Precision, Temporal, TemporalKind};
pub use text::Text;
pub use types::{FhirType, SystemType, TypeName};
