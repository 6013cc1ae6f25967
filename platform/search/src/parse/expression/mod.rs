//! `_filter`: a query in one value (<https://hl7.org/fhir/R4/search_filter.html>).
//!
//! Read into a [`tree`] first, so that the grammar is judged as a whole; then each test becomes
//! the condition that a parameter of that name would be.

mod lower;
mod reader;
#[cfg(test)]
mod tests;
mod tree;

use tarn_fhir::definitions::TypeId;

use super::Context;
use crate::error::SearchError;
use crate::filter::Filter;
use lower::Lowering;
use reader::Reader;

/// The condition that a `_filter` is.
pub(super) fn condition(
    context: &Context<'_>,
    types: &[TypeId],
    text: &str,
    links: usize,
) -> Result<Filter, SearchError> {
    let tree = Reader::new(text, context.counts.widths)?.whole()?;
    Lowering { context, links }.filter(types, &tree)
}
