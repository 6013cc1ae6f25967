//! The order of matches where the question itself has one: nearest first for `near`, most
//! relevant first for `_text` and `_content`.
//!
//! Relevance is BM25 by what the index has: how rare a word is among the store's resources, and
//! how long the resource's text is. How often a word stands in it is read from the bodies where
//! there are few matches; for more, once counts. Scores are shares of the best possible one.

use std::collections::HashMap;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::FieldId;
use tarn_store::{NumberColumn, Part, Rid};

use crate::error::SearchError;
use crate::extract::{keys, text_fields};
use crate::filter::{Clause, Filter, NearTest};
use crate::run::{Matches, Run, gallop, main, parsed};
use crate::text::{TextTest, Tree, leaves, with_word};

/// BM25's usual constants: how soon more of a word adds little, and how much length weighs.
const SATURATION: f64 = 1.2;
const LENGTH: f64 = 0.75;

/// What the matches are ordered by.
pub(crate) struct Ranking {
    /// Ascending within each part, part by part.
    pub(crate) rids: Vec<Rid>,
    /// Lower comes first.
    pub(crate) numbers: Vec<i64>,
    shown: HashMap<Rid, f64>,
    is_distance: bool,
}

/// What is said of a match.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rank {
    /// How well it fits, from 0 to 1.
    Score(f64),
    /// How far away it is.
    Kilometres(f64),
}

/// Whether a clause orders what it finds.
pub(crate) fn is_ranked(clause: &Clause) -> bool {
    clause.all.iter().any(|filter| matches!(filter, Filter::Near(..) | Filter::Text(_)))
}

impl Ranking {
    /// Ranks the matches of a clause; none if nothing in it orders them.
    pub(crate) fn gather(
        run: &Run<'_>,
        clause: &Clause,
        matches: &Matches,
    ) -> Result<Option<Self>, SearchError> {
        let mut texts = Vec::new();
        for filter in &clause.all {
            match filter {
                Filter::Near(field, tests) => {
                    return Self::by_distance(run, matches, *field, tests).map(Some);
                }
                Filter::Text(test) => texts.push(&**test),
                _ => {}
            }
        }
        if texts.is_empty() { Ok(None) } else { Self::by_relevance(run, matches, &texts).map(Some) }
    }

    /// What is said of a row.
    pub(crate) fn of(&self, rid: Rid) -> Option<Rank> {
        let value = *self.shown.get(&rid)?;
        Some(if self.is_distance { Rank::Kilometres(value) } else { Rank::Score(value) })
    }

    fn by_distance(
        run: &Run<'_>,
        matches: &Matches,
        field: FieldId,
        tests: &[NearTest],
    ) -> Result<Self, SearchError> {
        let (north, east) = keys::position(field);
        let mut ranking = Self::new(matches, true);
        for (part, rows) in run.snapshot.parts().iter().zip(&matches.parts) {
            let (Some(north), Some(east)) = (part.numbers(north)?, part.numbers(east)?) else {
                continue;
            };
            each_place(run, &north, rows, |rid, at| {
                let (Some(lat), Some(long)) = (north.lo.get(at), east.lo.get(at)) else { return };
                let all = tests.iter().map(|test| test.distance(*lat, *long));
                ranking.shown.insert(rid, all.fold(f64::INFINITY, f64::min));
            })?;
        }
        // Millimetres.
        ranking.number(|km| (km * 1e6) as i64);
        Ok(ranking)
    }

    fn by_relevance(
        run: &Run<'_>,
        matches: &Matches,
        texts: &[&TextTest],
    ) -> Result<Self, SearchError> {
        let mut ranking = Self::new(matches, false);
        run.budget.values(ranking.rids.len())?;
        let lengths = lengths(run, matches)?;
        let mean = match lengths.len() {
            0 => 1.0,
            count => (lengths.values().sum::<f64>() / count as f64).max(1.0),
        };
        let counts = match matches.len() <= run.budget.turning.read_below {
            true => Some(Counts::read(run, matches, texts)?),
            false => None,
        };
        let all = run.snapshot.counts().values().sum::<u64>();
        let mut best = 0.0;
        for (field, word) in texts.iter().flat_map(|test| words_of(test)) {
            let mut found: Vec<RoaringBitmap> = Vec::with_capacity(matches.parts.len());
            for part in run.snapshot.parts() {
                found.push(with_word(run, part, field, &word)?);
            }
            let rarity = rarity(found.iter().map(RoaringBitmap::len).sum(), all);
            best += rarity * (SATURATION + 1.0);
            for (found, rows) in found.iter().zip(&matches.parts) {
                let hits = found & rows;
                run.budget.values(hits.len() as usize)?;
                for rid in &hits {
                    let often = counts.as_ref().map_or(1.0, |c| c.of(rid, &word));
                    let long = lengths.get(&rid).copied().unwrap_or(mean) / mean;
                    let damp = SATURATION * (1.0 - LENGTH + LENGTH * long);
                    let score = rarity * often * (SATURATION + 1.0) / (often + damp);
                    *ranking.shown.entry(rid).or_default() += score;
                }
            }
        }
        for score in ranking.shown.values_mut() {
            *score = (*score / f64::max(best, f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        }
        ranking.number(|score| -(score * 1e12) as i64);
        Ok(ranking)
    }

    fn new(matches: &Matches, is_distance: bool) -> Self {
        let rids: Vec<Rid> = matches.parts.iter().flatten().collect();
        Self { rids, numbers: Vec::new(), shown: HashMap::new(), is_distance }
    }

    fn number(&mut self, number: impl Fn(f64) -> i64) {
        let of = |rid: &Rid| self.shown.get(rid).map_or(i64::MAX, |value| number(*value));
        self.numbers = self.rids.iter().map(of).collect();
    }
}

fn words_of(test: &TextTest) -> impl Iterator<Item = (FieldId, Tree)> {
    let field = test.field;
    leaves(&test.tree).into_iter().map(move |word| (field, word))
}

/// How much a word says: the fewer have it, the more.
fn rarity(having: u64, all: u64) -> f64 {
    let (having, all) = (having as f64, all.max(having) as f64);
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// How many words the matches have.
fn lengths(run: &Run<'_>, matches: &Matches) -> Result<HashMap<Rid, f64>, SearchError> {
    let mut lengths = HashMap::with_capacity(matches.len() as usize);
    for (part, rows) in run.snapshot.parts().iter().zip(&matches.parts) {
        if let Some(column) = column(part)? {
            each_place(run, &column, rows, |rid, at| {
                lengths.extend(column.lo.get(at).map(|length| (rid, *length)));
            })?;
        }
    }
    Ok(lengths)
}

fn column(part: &Part) -> Result<Option<std::sync::Arc<NumberColumn>>, SearchError> {
    Ok(part.numbers(main(text_fields().content))?)
}

/// Tells where each row's first value stands in a column.
fn each_place(
    run: &Run<'_>,
    column: &NumberColumn,
    rows: &RoaringBitmap,
    mut tell: impl FnMut(Rid, usize),
) -> Result<(), SearchError> {
    run.budget.values(rows.len() as usize)?;
    let mut at = 0;
    for rid in rows {
        at += gallop(&column.rids[at..], rid);
        if column.rids.get(at) == Some(&rid) {
            tell(rid, at);
        }
    }
    Ok(())
}

/// How often words stand in the matches.
struct Counts(HashMap<Rid, Vec<(Tree, f64)>>);

impl Counts {
    fn read(run: &Run<'_>, matches: &Matches, texts: &[&TextTest]) -> Result<Self, SearchError> {
        run.budget.bodies(matches.len())?;
        let mut counts = HashMap::new();
        for rid in matches.parts.iter().flatten() {
            let Some(row) = run.snapshot.row(rid)? else { continue };
            let version = run.snapshot.read(row.loc)?;
            let document = parsed(&version.body)?;
            let mut of_row = Vec::new();
            for test in texts {
                let words = crate::text::words(test.field, &document);
                for word in leaves(&test.tree) {
                    let count = words.iter().filter(|known| is_it(&word, known)).count();
                    of_row.push((word, count as f64));
                }
            }
            counts.insert(rid, of_row);
        }
        Ok(Self(counts))
    }

    fn of(&self, rid: Rid, word: &Tree) -> f64 {
        let of_row = self.0.get(&rid).into_iter().flatten();
        of_row.filter(|(known, _)| known == word).map(|(_, count)| *count).fold(1.0, f64::max)
    }
}

fn is_it(word: &Tree, known: &str) -> bool {
    match word {
        Tree::Word(word) => word == known,
        Tree::Begins(word) => known.starts_with(word.as_str()),
        _ => false,
    }
}
