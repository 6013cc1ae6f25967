//! GraphQL over FHIR R4 (<https://hl7.org/fhir/R4/graphql.html>): a query, and a way to read and
//! search resources, become an answer.
//!
//! The language is that of the GraphQL specification of October 2021. The model is R4's, from its
//! definitions: there is no schema to keep beside it. What a query may cost is bounded throughout
//! ([`Limits`]), and what it asks that is not there is an error rather than nothing.
//!
//! As FHIR's own examples have it, an element that a resource does not have is left out of the
//! answer; it is not `null`.

mod collect;
mod document;
mod error;
mod filter;
mod lex;
mod limits;
mod mutation;
mod output;
mod parse;
mod resolve;
mod resources;
mod run;
#[cfg(test)]
mod tests;
mod values;

pub use document::OperationKind;
pub use error::{GraphqlError, PathPart};
pub use limits::Limits;
pub use mutation::{Change, Changed, Mutation};
pub use resources::{Entry, Page, Refusal, Resources, Search};
pub use run::{Request, Selected};
