//! Puts matches in the order of `_sort`, and finds the page behind a position in it.
//!
//! Only the matches' own values are gathered, from the columns and terms of the index. What the
//! index keeps hashed (tokens, references, ids) is read from bodies, within the budget.
//! Of several values the one that comes first in the direction counts (R4 §3.1.1.5.1); rows
//! without a value come last in both directions; ties go by age.

mod chained;
mod gather;
mod words;

use std::cmp::Ordering;
use std::sync::Arc;

use tarn_store::Rid;

use crate::error::SearchError;
use crate::position::{Place, Position, compare_texts};
use crate::query::SortKey;
use crate::run::{Matches, Run};
use gather::{must_be_read, read_all};

/// Matches with their sort values.
pub(crate) struct Order {
    rids: Vec<Rid>,
    keys: Vec<Values>,
}

/// The values of all rows by one key.
enum Values {
    /// Turned so that lower comes first.
    Numbers(Vec<i64>),
    Texts {
        texts: Vec<Option<Arc<str>>>,
        descending: bool,
    },
}

impl Order {
    /// Gathers the sort values of the matches.
    pub(crate) fn gather(
        run: &Run<'_>,
        matches: &Matches,
        sort: &[SortKey],
    ) -> Result<Self, SearchError> {
        let rids: Vec<Rid> = matches.parts.iter().flatten().collect();
        let mut keys: Vec<Values> = sort.iter().map(|key| Values::new(key, rids.len())).collect();
        let mut to_read = Vec::new();
        for (at, key) in sort.iter().enumerate() {
            if let Some(link) = key.chain.first() {
                keys[at] = chained::gather(run, matches, &rids, key, link)?;
                continue;
            }
            if must_be_read(run, key, matches.len()) {
                to_read.push(at);
                continue;
            }
            let mut start = 0;
            for (part, rows) in run.snapshot.parts().iter().zip(&matches.parts) {
                let end = start + rows.len() as usize;
                keys[at].take(run, part, rows, &rids, start..end, key)?;
                start = end;
            }
        }
        if !to_read.is_empty() {
            read_all(run, &rids, sort, &to_read, &mut keys)?;
        }
        Ok(Self { rids, keys })
    }

    /// Matches in an order that is known already: the lowest number first.
    pub(crate) fn ranked(rids: Vec<Rid>, numbers: Vec<i64>) -> Self {
        Self { rids, keys: vec![Values::Numbers(numbers)] }
    }

    /// The rows behind `after`, `count` at most, in order; and the place of the last of them
    /// where more come.
    pub(crate) fn page(
        &self,
        after: Option<&Position>,
        count: usize,
    ) -> (Vec<Rid>, Option<Position>) {
        let is_behind = |at: &usize| after.is_none_or(|after| self.compare_to(*at, after).is_gt());
        let mut places: Vec<usize> = (0..self.rids.len()).filter(is_behind).collect();
        let is_last = places.len() <= count;
        if !is_last && count > 0 {
            places.select_nth_unstable_by(count - 1, |a, b| self.compare(*a, *b));
            places.truncate(count);
        }
        places.sort_unstable_by(|a, b| self.compare(*a, *b));
        let next = places.last().filter(|_| !is_last).map(|at| self.position(*at));
        (places.into_iter().map(|at| self.rids[at]).collect(), next)
    }

    fn compare(&self, a: usize, b: usize) -> Ordering {
        let keys = self.keys.iter().map(|key| match key {
            Values::Numbers(numbers) => numbers[a].cmp(&numbers[b]),
            Values::Texts { texts, descending } => {
                compare_texts(texts[a].as_deref(), texts[b].as_deref(), *descending)
            }
        });
        keys.fold(Ordering::Equal, Ordering::then).then_with(|| self.rids[a].cmp(&self.rids[b]))
    }

    fn compare_to(&self, at: usize, position: &Position) -> Ordering {
        let keys = self.keys.iter().zip(&position.keys).map(|pair| match pair {
            (Values::Numbers(numbers), Place::Number(number)) => numbers[at].cmp(number),
            (Values::Texts { texts, descending }, Place::Text(text)) => {
                compare_texts(texts[at].as_deref(), text.as_deref(), *descending)
            }
            // A token that fits the query has places of the right kind.
            _ => Ordering::Equal,
        });
        keys.fold(Ordering::Equal, Ordering::then).then_with(|| self.rids[at].cmp(&position.rid))
    }

    fn position(&self, at: usize) -> Position {
        let keys = self.keys.iter().map(|key| match key {
            Values::Numbers(numbers) => Place::Number(numbers[at]),
            Values::Texts { texts, .. } => Place::Text(texts[at].as_deref().map(Into::into)),
        });
        Position { keys: keys.collect(), rid: self.rids[at] }
    }
}
