//! Erasing for good: one resource with all its versions, or a patient with all that is theirs.
//!
//! A patient goes in steps: what is in their compartment, then their key, which makes whatever was
//! ever sealed under it unreadable. A job that was killed finds what is left and goes on.

use std::collections::{BTreeSet, HashSet};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tarn_domain::JobId;
use tarn_fhir::definitions::TypeId;
use tarn_store::{Checkpoint, Erasure, Rid, Snapshot};

use crate::export::{compartment_types, compartments, patient};
use crate::{Control, Ending, JobError, Outcome, Progress, Signal, StoreAccess};

#[cfg(test)]
mod tests;

/// Resources erased with one commit.
const STEP: usize = 256;
/// What is written into a compartment while it is erased is looked for so often.
const ROUNDS: usize = 4;
/// How long the job waits for readers of what was before. Upkeep goes on without it.
const LINGER: Duration = Duration::from_secs(60);

/// What is to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EraseWanted {
    /// The resource's type.
    pub type_: String,
    /// Its id.
    pub id: String,
    /// Whether all goes that is in the compartment of this patient.
    pub whole_patient: bool,
}

/// What an erasing job works with.
pub struct Erase<'a> {
    /// Which job it is.
    pub job: JobId,
    /// What is to be erased.
    pub wanted: &'a EraseWanted,
    /// The store.
    pub store: &'a dyn StoreAccess,
}

/// What was erased so far: the checkpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// Resources.
    pub resources: u64,
    /// Versions of them.
    pub versions: u64,
}

/// Erases, or goes on erasing.
///
/// # Errors
/// What kept it from going on.
pub fn run(erase: &Erase<'_>, control: &dyn Control) -> Result<Outcome, JobError> {
    let mut reached: Reached = match erase.store.checkpoint(erase.job)? {
        Some(state) => serde_json::from_slice(&state).map_err(JobError::Checkpoint)?,
        None => Reached::default(),
    };
    let started = Instant::now();
    for round in 0..ROUNDS {
        let rids = erase.targets(&erase.store.snapshot())?;
        if rids.is_empty() && round > 0 {
            break;
        }
        let rids: Vec<Rid> = rids.into_iter().collect();
        for step in rids.chunks(STEP) {
            match control.signal() {
                Signal::Go => erase.step(step, false, &mut reached)?,
                Signal::Cancel => return Ok(outcome(Ending::Cancelled, reached, started)),
                Signal::Stop => return Ok(outcome(Ending::Stopped, reached, started)),
            }
            control.publish(figures(reached, started));
        }
        erase.step(&[], true, &mut reached)?;
    }
    erase.linger(control)?;
    Ok(outcome(Ending::Completed { with_errors: false }, reached, started))
}

impl Erase<'_> {
    fn step(&self, rids: &[Rid], key: bool, reached: &mut Reached) -> Result<(), JobError> {
        let mut next = *reached;
        next.resources += rids.len() as u64;
        let snapshot = self.store.snapshot();
        for rid in rids {
            if let Some(row) = snapshot.row(*rid)? {
                next.versions += u64::from(row.version);
            }
        }
        drop(snapshot);
        let patient = (key && self.wanted.whole_patient)
            .then(|| self.store.snapshot().hasher().identity("Patient", &self.wanted.id));
        let state = serde_json::to_vec(&next).map_err(JobError::Checkpoint)?;
        let checkpoint = Some(Checkpoint { job: self.job, state });
        let outbox = Vec::new();
        self.store.erase(Erasure { rids: rids.to_vec(), patient, checkpoint, outbox })?;
        *reached = next;
        Ok(())
    }

    /// The resources that are there still.
    fn targets(&self, snapshot: &Snapshot) -> Result<BTreeSet<Rid>, JobError> {
        let mut rids = BTreeSet::new();
        if let Some(type_) = TypeId::parse(&self.wanted.type_) {
            rids.extend(snapshot.lookup(type_, &self.wanted.id)?.map(|row| row.rid));
        }
        if !self.wanted.whole_patient {
            return Ok(rids);
        }
        let identity = snapshot.hasher().identity(patient().name(), &self.wanted.id);
        let own = HashSet::from([identity]);
        rids.extend(compartments(snapshot, &own, &compartment_types())?);
        // What was deleted is in no compartment any more, but its versions were.
        for rid in snapshot.sealed_for(identity)? {
            if snapshot.row(rid)?.is_some_and(|row| row.deleted) {
                rids.insert(rid);
            }
        }
        Ok(rids)
    }

    /// Waits until nothing of it is left in the index on the disk.
    fn linger(&self, control: &dyn Control) -> Result<(), JobError> {
        let begun = Instant::now();
        while self.store.snapshot().is_erasing() && begun.elapsed() < LINGER {
            if control.signal() != Signal::Go {
                return Ok(());
            }
            // Asking the owner for something lets it take a step of its upkeep.
            self.store.checkpoint(self.job)?;
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

fn outcome(ending: Ending, reached: Reached, started: Instant) -> Outcome {
    Outcome { ending, figures: figures(reached, started), output: String::new() }
}

/// Versions stand where bytes stand for other jobs: nothing is read or written here.
fn figures(reached: Reached, started: Instant) -> Progress {
    let seconds = started.elapsed().as_secs_f64().max(0.001);
    Progress {
        resources_read: reached.versions,
        resources_done: reached.resources,
        resources_per_second: reached.resources as f64 / seconds,
        ..Progress::default()
    }
}
