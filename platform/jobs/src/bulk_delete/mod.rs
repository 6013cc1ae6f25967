//! Deletes all that a search finds, a step at a time. What is deleted matches no more, so a job
//! that was killed goes on with what is left; what was written after it was asked for stays.

use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tarn_domain::{Explain as _, JobId, Kind, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_search::{ParseOptions, Query, Scope, parse};
use tarn_store::{
    Change, Checkpoint, CommitError, Erasure, Expect, Mark, Receipt, Rid, Row, Snapshot,
    StoreError, WriteSet,
};

use crate::{Control, Ending, JobError, Outcome, Progress, Signal, StoreAccess};

#[cfg(test)]
mod tests;

/// Resources deleted with one commit.
const STEP: usize = 256;

/// What is to be deleted.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteWanted {
    /// Only of this type; of every type where there is none.
    pub type_: Option<String>,
    /// The search that must find it.
    pub query: Vec<(String, String)>,
    /// Only what was last changed before then: microseconds since 1970.
    pub before_us: i64,
    /// Whether no version is left.
    pub hard: bool,
    /// Where the store is served.
    pub base: String,
}

impl std::fmt::Debug for DeleteWanted {
    /// Prints no query: its values may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeleteWanted({:?}, hard: {})", self.type_, self.hard)
    }
}

impl DeleteWanted {
    /// The search.
    ///
    /// # Errors
    /// What cannot be understood; nothing is left out, as more would be deleted.
    pub fn parse(&self) -> Result<Query, JobError> {
        let scope = match &self.type_ {
            None => Scope::System,
            Some(name) => Scope::Type(TypeId::parse(name).ok_or_else(|| {
                let words = "There is no such resource type in FHIR R4.";
                JobError::Refused(Problem::new(Kind::Invalid, "unknown-type", words))
            })?),
        };
        let options = ParseOptions {
            base_url: Some(self.base.clone()),
            now: Timestamp::from_micros(self.before_us),
            ..ParseOptions::default()
        };
        parse(&scope, &self.query, &options).map_err(|error| JobError::Refused(error.explain()))
    }
}

/// What a deleting job works with.
pub struct BulkDelete<'a> {
    /// Which job it is.
    pub job: JobId,
    /// What is to be deleted.
    pub wanted: &'a DeleteWanted,
    /// The store.
    pub store: &'a dyn StoreAccess,
}

/// What is done so far: the checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Reached {
    deleted: u64,
}

/// Deletes, or goes on deleting.
///
/// # Errors
/// What kept it from going on.
pub fn run(delete: &BulkDelete<'_>, control: &dyn Control) -> Result<Outcome, JobError> {
    let mut reached: Reached = match delete.store.checkpoint(delete.job)? {
        Some(state) => serde_json::from_slice(&state).map_err(JobError::Checkpoint)?,
        None => Reached::default(),
    };
    let (started, before) = (Instant::now(), reached.deleted);
    let query = delete.wanted.parse()?;
    let mut total = None;
    let ending = loop {
        match control.signal() {
            Signal::Go => {}
            Signal::Cancel => break Ending::Cancelled,
            Signal::Stop => break Ending::Stopped,
        }
        let snapshot = delete.store.snapshot();
        let (rows, left) = delete.next(&snapshot, &query)?;
        if rows.is_empty() {
            break Ending::Completed { with_errors: false };
        }
        let total = *total.get_or_insert(before + left);
        if delete.wanted.hard {
            delete.erase(&rows, &mut reached)?;
        } else {
            delete.step(&snapshot, &rows, &mut reached)?;
        }
        control.publish(figures(reached, total, started));
    };
    let figures = figures(reached, reached.deleted, started);
    Ok(Outcome { ending, figures, output: String::new() })
}

impl BulkDelete<'_> {
    /// Some rows that are to be deleted, and how many there are.
    fn next(&self, snapshot: &Snapshot, query: &Query) -> Result<(Vec<Row>, u64), JobError> {
        let found = tarn_search::matches(query, snapshot, &tarn_search::Limits::default())
            .map_err(|error| JobError::Refused(error.explain()))?;
        let before = Timestamp::from_micros(self.wanted.before_us);
        let mut rows = Vec::with_capacity(STEP);
        for rid in found.parts.iter().flatten() {
            let row = snapshot.row(rid)?.filter(|row| !row.deleted && row.updated <= before);
            rows.extend(row);
            if rows.len() == STEP {
                break;
            }
        }
        Ok((rows, found.len()))
    }

    /// Deletes rows; one that was changed meanwhile sends the step back to look again.
    fn step(
        &self,
        snapshot: &Snapshot,
        rows: &[Row],
        reached: &mut Reached,
    ) -> Result<(), JobError> {
        let mut set = WriteSet::default();
        for row in rows {
            let version = snapshot.read(row.loc)?;
            let id = version.id().and_then(|id| id.parse().ok());
            let id = id.ok_or(StoreError::Damaged { what: "a resource's id" })?;
            let (type_, expect) = (row.type_, Expect::Version(row.version));
            set.changes.push(Change::Delete { type_, id, expect });
        }
        let done = reached.deleted;
        let state = move |receipt: &Receipt| {
            let changed = receipt.outcomes.iter().filter(|outcome| outcome.changed).count();
            serde_json::to_vec(&Reached { deleted: done + changed as u64 }).unwrap_or_default()
        };
        set.mark = Some(Mark { job: self.job, state: Arc::new(state) });
        match self.store.commit(set) {
            Ok(receipt) => {
                let changed = receipt.outcomes.iter().filter(|outcome| outcome.changed).count();
                reached.deleted += changed as u64;
                Ok(())
            }
            // Somebody changed one of them: the next look sees what it is now.
            Err(CommitError::Mismatch { .. }) => Ok(()),
            Err(CommitError::Busy) => Err(JobError::Store("too many writes wait".to_owned())),
            Err(CommitError::Store(error)) => Err(error.into()),
            Err(error) => Err(JobError::Refused(error.explain())),
        }
    }

    fn erase(&self, rows: &[Row], reached: &mut Reached) -> Result<(), JobError> {
        let rids: Vec<Rid> = rows.iter().map(|row| row.rid).collect();
        let next = Reached { deleted: reached.deleted + rids.len() as u64 };
        let state = serde_json::to_vec(&next).map_err(JobError::Checkpoint)?;
        let checkpoint = Some(Checkpoint { job: self.job, state });
        self.store.erase(Erasure { rids, checkpoint, ..Erasure::default() })?;
        *reached = next;
        Ok(())
    }
}

fn figures(reached: Reached, total: u64, started: Instant) -> Progress {
    let seconds = started.elapsed().as_secs_f64().max(0.001);
    let rate = reached.deleted as f64 / seconds;
    let to_go = total.saturating_sub(reached.deleted);
    Progress {
        resources_read: total.max(reached.deleted),
        resources_done: reached.deleted,
        resources_per_second: rate,
        eta_seconds: (rate > 0.0).then(|| (to_go as f64 / rate).ceil() as u64),
        ..Progress::default()
    }
}
