//! `_list` in values: ids of Lists.

use tarn_domain::LogicalId;

use super::Context;
use super::split::{split, unescape};
use crate::error::SearchError;
use crate::filter::{Filter, Lookup};

/// Membership in one of the lists. Functional lists (`$current-problems` …) are what each server
/// makes of them, and Tarn makes none: refused, so that nobody takes a guess for a fact.
pub(super) fn condition(context: &Context<'_>, value: &str) -> Result<Filter, SearchError> {
    if value.is_empty() {
        return Err(SearchError::Empty { name: context.name.to_owned() });
    }
    let mut ids = Vec::new();
    for piece in split(value, b',') {
        let text = unescape(piece);
        if text.starts_with('$') {
            return Err(context.not_supported("functional lists; name a List by its id"));
        }
        let id = text.strip_prefix("List/").unwrap_or(&text);
        if !LogicalId::is_valid(id) {
            return Err(context.value("the id of a List"));
        }
        ids.push(id.to_owned());
    }
    context.counts.values(ids.len())?;
    Ok(Filter::Lookup(Lookup::Lists(ids)))
}
