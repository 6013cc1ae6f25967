//! What is not equal: rows with another value than those that a condition names.

use std::ops::{ControlFlow, RangeInclusive};

use roaring::RoaringBitmap;
use tarn_store::{Field, Key, Part};

use super::Run;
use crate::error::SearchError;
use crate::filter::TermTest;

impl Run<'_> {
    /// The rows with a key of the field outside the ranges.
    pub(super) fn other_keys(
        &self,
        part: &Part,
        field: Field,
        ranges: &[RangeInclusive<Key>],
    ) -> Result<RoaringBitmap, SearchError> {
        let mut found = RoaringBitmap::new();
        self.each_key(part, field, |key, postings| {
            if !ranges.iter().any(|range| range.contains(&key)) {
                found |= postings;
            }
        })?;
        Ok(found)
    }

    /// The rows with a term of the field that passes none of the tests.
    pub(super) fn other_terms(
        &self,
        part: &Part,
        field: Field,
        tests: &[TermTest],
    ) -> Result<RoaringBitmap, SearchError> {
        let mut found = RoaringBitmap::new();
        let mut stopped = None;
        part.each_term(field, &mut |term, postings| {
            if let Err(error) = self.budget.steps(1) {
                stopped = Some(error);
                return ControlFlow::Break(());
            }
            if !tests.iter().any(|test| test.passes(term)) {
                found |= postings;
            }
            ControlFlow::Continue(())
        })?;
        stopped.map_or(Ok(found), Err)
    }
}
