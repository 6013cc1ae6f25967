//! Conditions that are searches: `If-None-Exist`, conditional update and delete, conditional
//! references. What they find is guarded, so that nobody can slip in between search and write.

use std::collections::HashSet;
use std::sync::Arc;

use tarn_domain::{Explain as _, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_search::filter::Filter;
use tarn_search::{Limits, ParseOptions, Query, Scope, identities, matches, parse};
use tarn_store::{Guard, Hash96, Row, Snapshot, StoreError};

use super::parameters::Parameters;
use super::resource::Resource;

/// Parameters that shape answers, not what is found.
const SHAPES: [&str; 8] =
    ["_count", "_elements", "_format", "_pretty", "_sort", "_summary", "_total", "_contained"];

/// The one writer asks guards again, so a condition may cost a fraction of what a search may.
fn limits() -> Limits {
    Limits { steps: 1_000_000, bodies: 1_000, included: 0, ..Limits::default() }
}

/// A search that must find none or one.
#[derive(Clone)]
pub(super) struct Criteria {
    type_: TypeId,
    query: Arc<Query>,
}

/// What it found.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing.
    None,
    /// Exactly one.
    One(Row, LogicalId),
    /// More than one.
    Many(u64),
}

impl Criteria {
    /// Reads criteria; unknown parameters are refused whatever the caller prefers, since leaving
    /// a condition out would hit other resources.
    pub(super) fn read(
        type_: TypeId,
        parameters: &Parameters,
        options: &ParseOptions,
    ) -> Result<Self, Problem> {
        let mut kept = parameters.clone();
        SHAPES.iter().for_each(|name| kept.remove(name));
        let query = parse(&Scope::Type(type_), kept.pairs(), options).map_err(|e| e.explain())?;
        if query.clause.all.is_empty() {
            let words = "The condition names no search parameter, so it would mean everything.";
            return Err(Problem::new(Kind::PreconditionFailed, "no-criteria", words));
        }
        Ok(Self { type_, query: Arc::new(query) })
    }

    /// The type searched.
    pub(super) fn type_(&self) -> TypeId {
        self.type_
    }

    /// What is searched for: all of it must hold.
    pub(super) fn conditions(&self) -> &[Filter] {
        &self.query.clause.all
    }

    /// Searches a snapshot.
    pub(super) fn find(&self, snapshot: &Snapshot) -> Result<(Found, Guard), Problem> {
        self.find_without(snapshot, &HashSet::new())
    }

    /// Searches a snapshot as it is after some deletions. The guard is about the state before.
    pub(super) fn find_without(
        &self,
        snapshot: &Snapshot,
        deleted: &HashSet<Hash96>,
    ) -> Result<(Found, Guard), Problem> {
        let expected = identities(&self.query, snapshot, &limits()).map_err(|e| e.explain())?;
        let mut left = expected.iter().filter(|identity| !deleted.contains(identity));
        let found = match (left.next(), left.count() as u64) {
            (None, _) => Found::None,
            (Some(only), 0) => one(snapshot, *only)?,
            (Some(_), more) => Found::Many(more + 1),
        };
        Ok((found, self.guard(snapshot, expected)))
    }

    /// The first matches, oldest first, and whether there are more.
    pub(super) fn first(
        &self,
        snapshot: &Snapshot,
        count: usize,
    ) -> Result<(Vec<(Row, LogicalId)>, bool), Problem> {
        let all = matches(&self.query, snapshot, &limits()).map_err(|e| e.explain())?.merged();
        let mut found = Vec::new();
        for rid in all.iter().take(count) {
            let row = snapshot.row(rid).map_err(|e| e.explain())?;
            let row = row.ok_or_else(|| Problem::internal("a match without a row"))?;
            let resource = Resource::read(snapshot.read(row.loc).map_err(|e| e.explain())?)?;
            found.push((row, resource.id));
        }
        Ok((found, all.len() > count as u64))
    }

    fn guard(&self, snapshot: &Snapshot, expected: Vec<Hash96>) -> Guard {
        let query = Arc::clone(&self.query);
        let ask = move |newest: &Snapshot| {
            identities(&query, newest, &limits())
                .map_err(|_| StoreError::Stopped("a condition could not be evaluated"))
        };
        Guard { question: Arc::new(ask), expected, seen_at: snapshot.t() }
    }
}

fn one(snapshot: &Snapshot, identity: Hash96) -> Result<Found, Problem> {
    let lost = || Problem::internal("a match without a row");
    let row = snapshot.find(identity).map_err(|e| e.explain())?.ok_or_else(lost)?;
    let resource = Resource::read(snapshot.read(row.loc).map_err(|e| e.explain())?)?;
    Ok(Found::One(row, resource.id))
}

/// More than one match, where one at most makes sense.
pub(super) fn many(count: u64) -> Problem {
    let words = format!("The condition matches {count} resources; it must match one at most.");
    Problem::new(Kind::PreconditionFailed, "multiple-matches", words)
}
