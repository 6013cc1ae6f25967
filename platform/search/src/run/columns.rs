//! Conditions on columns: scanned where many rows are in question, probed where few are.

use roaring::RoaringBitmap;
use tarn_store::{DateColumn, Hasher, NumberColumn, Part, QuantityColumn, Rid, Unit};

use super::Run;
use crate::error::SearchError;
use crate::filter::{DateTest, NearTest, NumberTest, QuantityTest};

/// The rows, of those in question, with a value at a place that passes.
pub(super) fn select(
    run: &Run<'_>,
    part: &Part,
    rids: &[Rid],
    within: Option<&RoaringBitmap>,
    mut passes: impl FnMut(usize) -> bool,
) -> Result<RoaringBitmap, SearchError> {
    let mut found = Vec::new();
    match within.filter(|within| run.is_sparse(within.len(), rids.len())) {
        Some(within) => {
            run.budget.values(within.len() as usize * run.budget.turning.scanned_per_probe)?;
            let mut at = 0;
            for rid in within {
                at += gallop(&rids[at..], rid);
                let mut places = (at..rids.len()).take_while(|at| rids[*at] == rid);
                if places.any(&mut passes) {
                    found.push(rid);
                }
            }
        }
        None => {
            run.budget.values(rids.len())?;
            for (at, rid) in rids.iter().enumerate() {
                if passes(at) && found.last() != Some(rid) {
                    found.push(*rid);
                }
            }
        }
    }
    let found = sorted(found);
    Ok(match within {
        Some(_) => found,
        // A column still has the values of rows that have died since.
        None => found & part.live()?,
    })
}

impl Run<'_> {
    /// Whether finding each row's place in a column is cheaper than scanning it.
    pub(crate) fn is_sparse(&self, rows: u64, values: usize) -> bool {
        let each = self.budget.turning.scanned_per_probe;
        (rows as usize).saturating_mul(each) < values
    }
}

/// How many of the ascending rids are below: found in steps that grow, as the next row's place is
/// seldom far.
pub(crate) fn gallop(rids: &[Rid], below: Rid) -> usize {
    let mut step = 1;
    while rids.get(step).is_some_and(|rid| *rid < below) {
        step *= 2;
    }
    let start = step / 2;
    let end = rids.len().min(step + 1);
    start + rids[start..end].partition_point(|rid| *rid < below)
}

/// Ascending rids as a set.
fn sorted(rids: Vec<Rid>) -> RoaringBitmap {
    RoaringBitmap::from_sorted_iter(rids).unwrap_or_default()
}

/// `_lastUpdated` is shown in milliseconds, so it is compared in milliseconds.
pub(super) fn instants(
    run: &Run<'_>,
    part: &Part,
    column: &DateColumn,
    within: Option<&RoaringBitmap>,
    tests: &[DateTest],
) -> Result<RoaringBitmap, SearchError> {
    select(run, part, &column.rids, within, |at| {
        let shown = column.lo[at].div_euclid(1_000) * 1_000;
        tests.iter().any(|test| test.passes(shown, shown))
    })
}

pub(super) fn quantities(
    run: &Run<'_>,
    part: &Part,
    column: &QuantityColumn,
    within: Option<&RoaringBitmap>,
    tests: &[HashedQuantity<'_>],
) -> Result<RoaringBitmap, SearchError> {
    // What each test is for each of the column's few units, once.
    let units = || column.units.iter().zip(&column.codes);
    let tests: Vec<Vec<Option<NumberTest>>> = tests
        .iter()
        .map(|test| units().map(|(unit, code)| test.against(unit, code)).collect())
        .collect();
    select(run, part, &column.rids, within, |at| {
        tests.iter().any(|test| {
            let test = test[column.unit[at] as usize];
            test.is_some_and(|test| test.passes(column.lo[at], column.hi[at]))
        })
    })
}

/// Places: of each row a latitude in one column and a longitude at the same place of the other.
pub(super) fn near(
    run: &Run<'_>,
    part: &Part,
    (north, east): (&NumberColumn, &NumberColumn),
    within: Option<&RoaringBitmap>,
    tests: &[NearTest],
) -> Result<RoaringBitmap, SearchError> {
    select(run, part, &north.rids, within, |at| {
        let place = north.lo.get(at).zip(east.lo.get(at));
        place.is_some_and(|(north, east)| tests.iter().any(|test| test.passes(*north, *east)))
    })
}

/// A quantity's test with its unit as the index has it.
pub(super) struct HashedQuantity<'q> {
    test: &'q QuantityTest,
    system: Option<u64>,
    unit: Option<u64>,
}

impl<'q> HashedQuantity<'q> {
    pub(super) fn new(test: &'q QuantityTest, hasher: &Hasher) -> Self {
        let system = test.system.as_deref().map(|system| hasher.text(system));
        let unit = test.unit.as_deref().map(|unit| hasher.text(unit));
        Self { test, system, unit }
    }

    /// The test for numbers of a unit of the index: as it is for the unit asked for, converted
    /// for others that measure the same, none else. R4 §3.1.1.4.14: with a system, the unit is
    /// its code; without one, code or printed unit.
    fn against(&self, unit: &Unit, code: &str) -> Option<NumberTest> {
        let is_it = match (self.system, self.unit) {
            (None, None) => true,
            (None, Some(asked)) => unit.code == asked || unit.unit == asked,
            (Some(system), asked) => {
                unit.system == system && asked.is_none_or(|asked| unit.code == asked)
            }
        };
        if is_it { Some(self.test.number) } else { self.test.in_unit(code) }
    }
}
