//! Plans a change on a snapshot and commits it; plans again when a condition moved meanwhile.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tarn_actors::StoreHandle;
use tarn_domain::{Explain as _, Kind, Problem};
use tarn_store::{Change, CommitError, Guard, Receipt, Snapshot, WriteSet};

use super::bundle::entry::placed;
use super::mark::{EntryDone, mark};
use super::search_parameters;
use crate::Granted;

/// So often is a plan made before its caller is asked to come back.
const ATTEMPTS: usize = 8;

/// What a plan comes to.
pub(super) enum Plan<A, K> {
    /// Nothing to write: the answer.
    Answer(A),
    /// What to write.
    Write(Write<K>),
}

/// What a plan wants written.
pub(super) struct Write<K> {
    /// The changes, and what must still hold when they are made.
    pub(super) set: WriteSet,
    /// What to remember for the answer.
    pub(super) kept: K,
    /// What the audit entry says was changed: ids, never values.
    pub(super) record: Option<Value>,
    /// For each change, where the caller asked for it; empty for a single resource.
    pub(super) places: Vec<String>,
    /// The changes that count on a version which the caller did not name: when it has moved
    /// meanwhile, the plan is made again instead of refused.
    pub(super) ours: Vec<usize>,
    /// What became of the entries of a transaction, for the mark that it leaves.
    pub(super) entries: Vec<EntryDone>,
}

impl<K> Write<K> {
    /// One change.
    pub(super) fn one(change: Change, kept: K) -> Self {
        let mut set = WriteSet::default();
        set.changes.push(change);
        Self { set, kept, record: None, places: Vec::new(), ours: Vec::new(), entries: Vec::new() }
    }

    /// Changes that are yet to be named.
    pub(super) fn many(kept: K) -> Self {
        let set = WriteSet::default();
        Self { set, kept, record: None, places: Vec::new(), ours: Vec::new(), entries: Vec::new() }
    }

    /// The same, while what a search found must still be so.
    pub(super) fn guarded(mut self, guard: impl IntoIterator<Item = Guard>) -> Self {
        self.set.guards.extend(guard);
        self
    }
}

/// What became of a plan.
pub(super) enum Settled<A, K> {
    /// Nothing had to be written.
    Answered(A),
    /// It was written.
    Written(Receipt, K),
}

/// Whether a plan takes so long that it is made off the async thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Microseconds.
    Light,
    /// Perhaps much longer: a large body, or a search.
    Heavy,
}

impl Weight {
    /// Above this many bytes a body is heavy.
    const LARGE: usize = 64 * 1024;

    /// The weight of a body.
    pub(super) fn of(body: &[u8]) -> Self {
        if body.len() > Self::LARGE { Self::Heavy } else { Self::Light }
    }
}

/// Settles a plan. The audit entry travels with the change.
pub(super) async fn settle<A, K, F>(
    granted: &Granted,
    store: &StoreHandle,
    weight: Weight,
    plan: F,
) -> Result<Settled<A, K>, Problem>
where
    A: Send + 'static,
    K: Send + 'static,
    F: Fn(&Snapshot) -> Result<Plan<A, K>, Problem> + Send + Sync + 'static,
{
    let plan = Arc::new(plan);
    for _ in 0..ATTEMPTS {
        let snapshot = store.snapshot();
        let planned = match weight {
            Weight::Light => plan(&snapshot)?,
            Weight::Heavy => {
                let plan = Arc::clone(&plan);
                off_thread(move || plan(&snapshot)).await?
            }
        };
        let mut write = match planned {
            Plan::Answer(answer) => return Ok(Settled::Answered(answer)),
            Plan::Write(write) => write,
        };
        search_parameters::check(&store.snapshot(), &write.set)?;
        if let Some(record) = write.record.take() {
            granted.answers(record);
        }
        if let Some(job) = granted.mark() {
            let entries = std::mem::take(&mut write.entries);
            write.set.mark = Some(mark(job, &write.set.changes, entries));
        }
        write.set.outbox.push(granted.entry()?);
        match store.commit(granted.permit(), write.set).await {
            Ok(receipt) => {
                granted.committed();
                return Ok(Settled::Written(receipt, write.kept));
            }
            Err(CommitError::GuardMoved) => {}
            Err(CommitError::Mismatch { index, .. }) if write.ours.contains(&index) => {}
            Err(error) => return Err(refusal(&error, &write.places)),
        }
    }
    let words = "Others keep changing what this depends on. Try again shortly.";
    Err(Problem::new(Kind::Busy(Duration::from_secs(1)), "contended", words))
}

/// Runs work on the blocking pool.
pub(crate) async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::task::spawn_blocking(work);
    done.await.unwrap_or_else(|error| Err(Problem::internal(error)))
}

fn refusal(error: &CommitError, places: &[String]) -> Problem {
    let CommitError::Mismatch { index, current } = error else { return error.explain() };
    let problem = version_conflict(*current);
    match places.get(*index) {
        Some(place) => placed(problem, place),
        None => problem,
    }
}

/// The version that a caller counted on is not current.
pub(super) fn version_conflict(current: Option<u32>) -> Problem {
    let words = match current {
        Some(current) => format!("The current version is {current}; the condition names another."),
        None => "There is no current version; the condition asks for one.".to_owned(),
    };
    Problem::new(Kind::PreconditionFailed, "version-conflict", words)
}
