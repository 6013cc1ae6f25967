//! What can be asked of contained resources (`_contained`): they are read, not indexed, and lead
//! and are led to only from inside.

use crate::error::SearchError;
use crate::filter::{Filter, KeyTest, Lookup};
use crate::query::{Contained, Query, Scope};

/// Refuses what has no meaning, or none that is offered, for contained resources.
pub(super) fn refuse_what_cannot_be(query: &Query) -> Result<(), SearchError> {
    if query.contained == Contained::False {
        return Ok(());
    }
    let refused =
        |what: &str| Err(SearchError::NotSupported { what: format!("`_contained` {what}") });
    if !matches!(query.scope, Scope::Type(_)) {
        return refused("outside the search of one type");
    }
    if !query.sort.is_empty() {
        return refused("with `_sort`");
    }
    if !query.clause.all.iter().all(can_be_read) {
        return refused(
            "with chains, `_has`, `_list`, `:of-type`, `:above` and `:below` of references, full text, or `ne` in `_filter`",
        );
    }
    Ok(())
}

/// Whether a condition can be told from the resource alone.
fn can_be_read(filter: &Filter) -> bool {
    match filter {
        Filter::Ids(_)
        | Filter::Updated(_)
        | Filter::Terms(_)
        | Filter::Dates(..)
        | Filter::Numbers(..)
        | Filter::Quantities(..)
        | Filter::Near(..)
        | Filter::Composite(_)
        | Filter::Lookup(Lookup::ValueSets(..) | Lookup::Concept(..)) => true,
        Filter::Keys(tests) => !tests.iter().any(|test| matches!(test, KeyTest::OfType(..))),
        Filter::Not(inner) => can_be_read(inner),
        Filter::Any(all) | Filter::All(all) => all.iter().all(can_be_read),
        _ => false,
    }
}
