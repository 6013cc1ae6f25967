//! What a deferred write leaves behind in the commit that makes it, so that a job which is killed
//! between the commit and its end finds it done and does not do it again.

use serde::{Deserialize, Serialize};
use tarn_actors::StoreHandle;
use tarn_domain::{Explain as _, JobId, Problem, Timestamp};
use tarn_store::{Change, Mark, Receipt};

use crate::Granted;

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    /// What became of each entry of a transaction; empty for a single write.
    pub(super) entries: Vec<EntryDone>,
    /// What came of each change.
    pub(super) changes: Vec<ChangeDone>,
}

/// What became of an entry of a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum EntryDone {
    /// The change of that number put it.
    Put(usize),
    /// The change of that number deleted it.
    Deleted(usize),
    /// There was nothing to delete.
    Nothing,
    /// It was there: `Patient/1/_history/2`, and when that version came.
    Existing(String, u32, i64),
    /// It is read when all is written.
    Later,
}

/// What came of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChangeDone {
    /// `Patient/1`
    pub(super) reference: String,
    /// The version that is current now.
    pub(super) version: u32,
    /// When it came: microseconds since 1970.
    pub(super) updated_us: i64,
    /// Whether there was nothing before.
    pub(super) created: bool,
}

impl ChangeDone {
    /// When its version came.
    pub(super) fn updated(&self) -> Timestamp {
        Timestamp::from_micros(self.updated_us)
    }
}

/// The mark that a set of changes leaves.
pub(super) fn mark(job: JobId, changes: &[Change], entries: Vec<EntryDone>) -> Mark {
    let named = |change: &Change| match change {
        Change::Put { type_, id, .. } | Change::Delete { type_, id, .. } => {
            format!("{type_}/{id}")
        }
    };
    let references: Vec<String> = changes.iter().map(named).collect();
    let state = move |receipt: &Receipt| {
        let done =
            references.iter().zip(&receipt.outcomes).map(|(reference, outcome)| ChangeDone {
                reference: reference.clone(),
                version: outcome.version,
                updated_us: outcome.updated.micros(),
                created: outcome.created,
            });
        let done = Done { entries: entries.clone(), changes: done.collect() };
        serde_json::to_vec(&done).unwrap_or_default()
    };
    Mark { job, state: std::sync::Arc::new(state) }
}

/// What the call at hand did before it was cut off, if it did.
pub(super) async fn done_before(
    granted: &Granted,
    store: &StoreHandle,
) -> Result<Option<Done>, Problem> {
    match granted.mark() {
        Some(job) => find(store, job).await,
        None => Ok(None),
    }
}

/// What was done under a mark.
pub(super) async fn find(store: &StoreHandle, job: JobId) -> Result<Option<Done>, Problem> {
    let state = store.checkpoint(job).await.map_err(|e| e.explain())?;
    state.map(|state| serde_json::from_slice(&state).map_err(Problem::internal)).transpose()
}

/// The mark of an entry of a batch: of its job's family, so that it is forgotten with it.
pub(super) fn of_entry(job: JobId, index: usize) -> JobId {
    let mut bytes = job.to_bytes();
    let number = (index as u32).wrapping_add(1).to_be_bytes();
    bytes[12..].iter_mut().zip(number).for_each(|(byte, n)| *byte ^= n);
    JobId::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_have_marks_of_their_own_in_one_family() {
        let job = JobId::from_bytes([0xab; 16]);
        let marks: std::collections::HashSet<_> = (0..5_000).map(|n| of_entry(job, n)).collect();
        assert!(marks.len() == 5_000 && !marks.contains(&job));
        assert!(marks.iter().all(|mark| mark.to_bytes()[..12] == job.to_bytes()[..12]));
    }
}
