//! Answers a query on a snapshot: which rows match.

mod columns;
mod joins;
mod local;
mod lookup;
mod others;
mod verify;

use std::ops::BitAnd;
use std::sync::Arc;
use std::time::Instant;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::TypeId;
use tarn_store::{Hash96, Part, Question, Rid, Snapshot, StoreError, Version};

pub(crate) use columns::gallop;
pub(crate) use local::main;
pub(crate) use verify::{holds, parsed};

use crate::budget::{Budget, Limits};
use crate::error::SearchError;
use crate::filter::{Clause, Filter};
use crate::query::Query;
use crate::trace;
use local::{Local, implies_type};

/// The rows that match, part by part of the snapshot.
#[derive(Debug, Clone, Default)]
pub struct Matches {
    /// One set for each of [`Snapshot::parts`]; no row is in two.
    pub parts: Vec<RoaringBitmap>,
}

impl Matches {
    /// How many there are.
    pub fn len(&self) -> u64 {
        self.parts.iter().map(RoaringBitmap::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(RoaringBitmap::is_empty)
    }

    /// All rows as one set.
    pub fn merged(&self) -> RoaringBitmap {
        self.parts.iter().fold(RoaringBitmap::new(), |all, part| all | part)
    }

    /// The first rows by age behind a row: `count` at most.
    pub(crate) fn first_after(&self, after: Option<Rid>, count: usize) -> Vec<Rid> {
        let start = after.map_or(0, |rid| rid.saturating_add(1));
        let mut first: Vec<Rid> = Vec::new();
        for part in &self.parts {
            first.extend(part.range(start..).take(count));
        }
        first.sort_unstable();
        first.truncate(count);
        first
    }
}

/// All live matches of a query. Conditional writes and their guards ask this too.
///
/// # Errors
/// A store that fails, or a search beyond its limits.
pub fn matches(
    query: &Query,
    snapshot: &Snapshot,
    limits: &Limits,
) -> Result<Matches, SearchError> {
    let budget = Budget::new(limits);
    let run = Run::new(query, snapshot, &budget);
    run.clause(&*run.looked_up(&query.clause)?)
}

/// How many matches there are, without gathering them where one posting list has the answer.
///
/// # Errors
/// A store that fails, or a search beyond its limits.
pub fn count(query: &Query, snapshot: &Snapshot, limits: &Limits) -> Result<u64, SearchError> {
    let budget = Budget::new(limits);
    let run = Run::new(query, snapshot, &budget);
    run.count(&*run.looked_up(&query.clause)?)
}

/// The identities of all live matches, ascending: what a guard compares before and after.
///
/// # Errors
/// A store that fails, or a search beyond its limits.
pub fn identities(
    query: &Query,
    snapshot: &Snapshot,
    limits: &Limits,
) -> Result<Vec<Hash96>, SearchError> {
    let budget = Budget::new(limits);
    let run = Run::new(query, snapshot, &budget);
    let mut all = run.identities(&run.clause(&*run.looked_up(&query.clause)?)?)?;
    all.sort_unstable();
    Ok(all)
}

/// A query as the question of a write's guard: the one writer asks it again before it writes.
pub fn question(query: Query, limits: Limits) -> Arc<Question> {
    Arc::new(move |snapshot| {
        identities(&query, snapshot, &limits).map_err(|error| match error {
            SearchError::Store(error) => error,
            _ => StoreError::Stopped("a condition became too costly"),
        })
    })
}

/// A question being answered.
pub(crate) struct Run<'s> {
    pub(crate) snapshot: &'s Snapshot,
    pub(crate) budget: &'s Budget,
    /// Where the store is served: references that begin so are ours.
    pub(crate) base_url: Option<&'s str>,
}

impl<'s> Run<'s> {
    pub(crate) fn new(query: &'s Query, snapshot: &'s Snapshot, budget: &'s Budget) -> Self {
        Self { snapshot, budget, base_url: query.base_url.as_deref() }
    }
}

impl Run<'_> {
    /// The rows that pass a clause.
    pub(crate) fn clause(&self, clause: &Clause) -> Result<Matches, SearchError> {
        let mut joins = Vec::new();
        let mut checks = Vec::new();
        let mut locals = Vec::new();
        let mut named = Vec::new();
        for filter in &clause.all {
            match Local::prepare(self, clause, filter)? {
                Some(local) => {
                    locals.push(local);
                    named.push(Some(filter));
                }
                None => joins.push(filter),
            }
            if verify::is_needed(filter) {
                checks.push(filter);
            }
        }
        let is_typed = clause.types.is_empty() || clause.all.iter().any(implies_type);
        if !is_typed {
            locals.push(Local::Types(&clause.types));
            named.push(None);
        }
        let steps = self.begin_steps(&named);
        let mut found = Vec::new();
        for part in self.snapshot.parts() {
            found.push(self.all_of(&clause.types, part, &locals, None, &steps)?);
        }
        let mut found = Matches { parts: found };
        for join in joins {
            let what = || trace::words(join);
            found = self.budget.step(what, Matches::len, || self.join(clause, join, found))?;
        }
        if !checks.is_empty() {
            let what = || "read what the index cannot tell".to_owned();
            found = self.budget.step(what, Matches::len, || self.verify(&checks, found))?;
        }
        Ok(found)
    }

    /// A step for each condition that parts answer, if steps are taken down.
    fn begin_steps(&self, named: &[Option<&Filter>]) -> Vec<usize> {
        let Some(trace) = &self.budget.trace else { return Vec::new() };
        let what = |filter: &Option<&Filter>| {
            filter.map_or_else(|| "resources of the types".to_owned(), trace::words)
        };
        named.iter().map(|filter| trace.pieces(what(filter))).collect()
    }

    pub(crate) fn count(&self, clause: &Clause) -> Result<u64, SearchError> {
        let mut sum = 0;
        match (&clause.types[..], &clause.all[..]) {
            ([type_], []) => Ok(self.snapshot.count(*type_)),
            (_, [filter @ Filter::Keys(tests)]) if tests.len() == 1 && implies_type(filter) => {
                let Some(Local::Keys(ranges)) = Local::prepare(self, clause, filter)? else {
                    return Ok(self.clause(clause)?.len());
                };
                let [range] = &ranges[..] else { return Ok(0) };
                for part in self.snapshot.parts() {
                    sum += match range.start() == range.end() {
                        true => part.count(*range.start())?,
                        false => part.postings(range.clone())?.len(),
                    };
                }
                Ok(sum)
            }
            _ => Ok(self.clause(clause)?.len()),
        }
    }

    /// The rows of a part that pass all conditions and are within `within`. `steps` are where the
    /// conditions are taken down, if they are.
    fn all_of(
        &self,
        types: &[TypeId],
        part: &Part,
        locals: &[Local<'_>],
        within: Option<&RoaringBitmap>,
        steps: &[usize],
    ) -> Result<RoaringBitmap, SearchError> {
        let mut ordered = Vec::with_capacity(locals.len());
        for (at, local) in locals.iter().enumerate() {
            ordered.push((local.weight(part)?, local, steps.get(at)));
        }
        ordered.sort_by_key(|(weight, ..)| *weight);
        let mut left = within.cloned();
        for (weight, local, step) in ordered {
            if left.as_ref().is_some_and(RoaringBitmap::is_empty) {
                break;
            }
            let since = step.map(|_| Instant::now());
            let passing = local.evaluate(self, types, part, left.as_ref())?;
            if let (Some(trace), Some(at), Some(since)) = (&self.budget.trace, step, since) {
                let estimated = Some(weight).filter(|weight| *weight < local::UNKNOWN);
                trace.add(*at, estimated, passing.len(), since.elapsed());
            }
            left = Some(match left {
                Some(left) => left.bitand(passing),
                None => passing,
            });
        }
        left.map_or_else(|| self.universe(part, types), Ok)
    }

    /// Every live row of a part, of the types.
    fn universe(&self, part: &Part, types: &[TypeId]) -> Result<RoaringBitmap, SearchError> {
        self.budget.steps(1 + types.len() as u64)?;
        if types.is_empty() {
            return Ok(part.live()?);
        }
        let mut all = RoaringBitmap::new();
        for type_ in types {
            all |= part.of_type(*type_)?;
        }
        Ok(all)
    }

    /// What the rows are called.
    fn identities(&self, rows: &Matches) -> Result<Vec<Hash96>, SearchError> {
        let mut all = Vec::new();
        for (part, rows) in self.snapshot.parts().iter().zip(&rows.parts) {
            all.extend(self.named(part, rows)?.into_iter().map(|(_, identity)| identity));
        }
        Ok(all)
    }

    /// Rows of a part and what they are called. A part lists names by name, so for a few rows it
    /// is quicker to read them.
    fn named(&self, part: &Part, rows: &RoaringBitmap) -> Result<Vec<(Rid, Hash96)>, SearchError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let all = part.live()?.len();
        if rows.len().saturating_mul(self.budget.turning.named_per_read) >= all {
            self.budget.steps(1 + all / 16)?;
            return Ok(part.identities(rows)?);
        }
        self.budget.bodies(rows.len())?;
        let mut named = Vec::with_capacity(rows.len() as usize);
        for rid in rows {
            self.budget.tick()?;
            let Some(row) = self.snapshot.row(rid)? else { continue };
            let version = self.snapshot.read(row.loc)?;
            named.push((rid, identity_of(self.snapshot, &version)?));
        }
        Ok(named)
    }
}

/// What a version's resource is called in the index.
pub(crate) fn identity_of(snapshot: &Snapshot, version: &Version) -> Result<Hash96, SearchError> {
    let id = version.id().ok_or(StoreError::Damaged { what: "a resource's id" })?;
    Ok(snapshot.hasher().identity(version.type_.name(), id))
}
