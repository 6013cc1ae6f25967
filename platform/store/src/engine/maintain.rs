//! Keeping the index in few, large parts: runs to disk, small segments into larger ones. The heavy
//! half of it needs no engine and runs beside commits.

use std::sync::Arc;

use roaring::RoaringBitmap;
use rusqlite::params;

use super::Engine;
use super::load::segment_id;
use super::manifest::Manifest;
use super::supplement::{self, is_stale};
use crate::container;
use crate::error::StoreError;
use crate::index::merge;
use crate::index::part::{Data, Part};
use crate::index::segment::{BlockSource, Segment};
use crate::own::OwnParameters;
use crate::shared::{Shared, segment_place};
use crate::snapshot::Snapshot;

/// Parts of one level that are merged into one of the next.
const FAN: usize = 8;
/// Rows of a segment of the lowest level.
const LOWEST: u64 = 8_192;
/// Runs are merged in memory up to this many rows, and flushed from `LOWEST` on.
const IN_MEMORY: u64 = 2_048;
/// Segments are not merged beyond this many rows.
const LARGEST: u64 = 16 << 20;
/// Blocks written in one transaction while a segment is installed: commits go on between.
const STEP: usize = 512;

/// Work on the index that needs no engine: run it anywhere, and bring the result home.
#[derive(Debug)]
pub struct Task {
    shared: Arc<Shared>,
    inputs: Vec<Part>,
    /// Blocks up to here are covered, where the inputs are runs.
    covers: Option<u64>,
}

/// A task's result.
pub struct Done {
    inputs: Vec<Part>,
    covers: Option<u64>,
    blocks: Vec<Vec<u8>>,
    id: Option<u64>,
    written: usize,
}

impl std::fmt::Debug for Done {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Done({} parts into {} blocks)", self.inputs.len(), self.blocks.len())
    }
}

impl Task {
    /// Does the work.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub fn run(self) -> Result<Done, StoreError> {
        let own = self.shared.own.load().compiled.clone();
        let mut supplements = Vec::new();
        for part in &self.inputs {
            if is_stale(part, &*own) {
                supplements.append(&mut supplement::supplements(part, &*own, &self.shared)?);
            }
        }
        let keeps = |field| own.keeps(field);
        let blocks = merge::supplemented(&self.inputs, supplements, own.generation(), &keeps)?;
        Ok(Done { inputs: self.inputs, covers: self.covers, blocks, id: None, written: 0 })
    }
}

impl Engine {
    /// The most useful work on the index, if any is worth doing and none is under way.
    pub fn next_task(&mut self) -> Option<Task> {
        if self.task_running || self.lost {
            return None;
        }
        let snapshot = self.snapshot();
        let (shared, own) = (&self.shared, self.shared.own.load().compiled.clone());
        let task = erase_task(&snapshot, shared, &self.erased)
            .or_else(|| flush_task(&snapshot, shared, &*own))
            .or_else(|| stale_task(&snapshot, shared, &*own))
            .or_else(|| merge_task(&snapshot, shared))?;
        self.task_running = true;
        Some(task)
    }

    /// The work was not done: another may begin.
    pub fn task_failed(&mut self) {
        self.task_running = false;
    }

    /// Takes a step of putting a result in place; gives it back until all steps are taken.
    ///
    /// # Errors
    /// When it cannot be written. The work is dropped then; nothing is lost by that.
    pub fn install(&mut self, mut done: Done) -> Result<Option<Done>, StoreError> {
        let result = self.install_step(&mut done);
        match result {
            Ok(false) => Ok(Some(done)),
            Ok(true) => {
                self.task_running = false;
                self.forget_erased()?;
                Ok(None)
            }
            Err(error) => {
                self.task_running = false;
                Err(error)
            }
        }
    }

    /// True when all is in place, or the inputs are no longer what they were.
    fn install_step(&mut self, done: &mut Done) -> Result<bool, StoreError> {
        let base = self.snapshot();
        let Some(at) = place_of(&done.inputs, &base) else {
            if let Some(id) = done.id {
                self.shared.unread.lock().push(id);
            }
            return Ok(true);
        };
        let id = *done.id.get_or_insert_with(|| {
            self.next_segment += 1;
            self.next_segment - 1
        });
        let (from, to) = (done.written, (done.written + STEP).min(done.blocks.len()));
        let last = to == done.blocks.len();
        let covers = done.covers.unwrap_or(self.flushed_seq).max(self.flushed_seq);
        let inputs = at..at + done.inputs.len();
        self.transaction(|engine| {
            engine.put_blocks(id, from as u32, &done.blocks[from..to])?;
            if last {
                let ids = with_replaced(base.parts(), &inputs, id);
                let manifest = Manifest {
                    t: if covers == base.seq() { base.t() } else { 0 }
                        .max(engine.manifest_t(covers)?),
                    flushed_seq: covers,
                    next_rid: u64::from(engine.next_rid),
                    next_segment: engine.next_segment,
                    segments: ids,
                };
                manifest.write(&engine.db, &engine.shared.vault)?;
            }
            Ok(())
        })?;
        done.written = to;
        if !last {
            return Ok(false);
        }
        self.flushed_seq = covers;
        let source: Arc<dyn BlockSource> = self.shared.clone();
        let mut merged = Part::of_segment(Segment::open(id, source)?);
        merged.dead = Arc::new(newly_dead(&done.inputs, &base.parts()[inputs.clone()], &merged));
        let mut parts = base.parts().to_vec();
        parts.splice(inputs, [merged]);
        self.publish(Snapshot::new(base.t(), base.seq(), parts, self.shared.clone()));
        self.note_replaced(&done.inputs);
        Ok(true)
    }

    /// The commit that the block `seq` came with.
    fn manifest_t(&self, seq: u64) -> Result<u64, StoreError> {
        let t: i64 = self.db.query_row(
            "SELECT coalesce(max(t), 0) FROM blocks WHERE seq <= ?1 AND seq >= ?1 - 1",
            [seq as i64],
            |r| r.get(0),
        )?;
        Ok(t as u64)
    }

    /// Removes a segment that no snapshot reads any more, or gives back some pages that are left
    /// over; true when there may be more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remove_unread(&mut self) -> Result<bool, StoreError> {
        self.forget_erased()?;
        self.end_scrubbing()?;
        let Some(id) = self.shared.unread.lock().pop() else {
            return if self.task_running {
                Ok(false)
            } else {
                container::give_back_pages(&self.db, 256)
            };
        };
        let snapshot = self.snapshot();
        if snapshot.parts().iter().any(|part| segment_id(part) == Some(id)) {
            return Ok(true);
        }
        self.transaction(|engine| {
            engine.db.execute(
                "DELETE FROM segment_blocks WHERE place >= ?1 AND place < ?2",
                params![segment_place(id, 0), segment_place(id + 1, 0)],
            )?;
            Ok(())
        })?;
        Ok(true)
    }

    /// Writes what lies in memory only to disk, so that the next opening has nothing to take up.
    ///
    /// # Errors
    /// When it cannot be written. Nothing is lost by that.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        let snapshot = self.snapshot();
        if self.lost || !snapshot.parts().iter().any(Part::is_run) {
            return Ok(());
        }
        let mut step = Some(flush_all(&snapshot, &self.shared).run()?);
        while let Some(done) = step {
            step = self.install(done)?;
        }
        Ok(())
    }

    /// Flushes, and gives the store up.
    ///
    /// # Errors
    /// When the flush fails. Nothing is lost by that.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.flush()?;
        while self.remove_unread()? {}
        while container::give_back_pages(&self.db, 65_536)? {}
        self.db.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(()))?;
        Ok(())
    }
}

fn live_rows(part: &Part) -> u64 {
    part.rids().len().saturating_sub(part.dead.len())
}

/// 0 below 8 times the unit, 1 below 64 times …
fn level(rows: u64, unit: u64) -> u32 {
    (rows / unit).max(1).ilog2() / 3
}

fn flush_all(snapshot: &Snapshot, shared: &Arc<Shared>) -> Task {
    let inputs = snapshot.parts().iter().filter(|part| part.is_run()).cloned().collect();
    Task { shared: shared.clone(), inputs, covers: Some(snapshot.seq()) }
}

/// Writes anew what speaks of erased resources: runs, or one segment.
fn erase_task(snapshot: &Snapshot, shared: &Arc<Shared>, erased: &RoaringBitmap) -> Option<Task> {
    if erased.is_empty() {
        return None;
    }
    let speaks = |part: &&Part| !part.rids().is_disjoint(erased);
    if snapshot.parts().iter().any(|part| part.is_run() && speaks(&part)) {
        return Some(flush_all(snapshot, shared));
    }
    let segment = snapshot.parts().iter().find(speaks)?;
    Some(Task { shared: shared.clone(), inputs: vec![segment.clone()], covers: None })
}

fn flush_task(snapshot: &Snapshot, shared: &Arc<Shared>, own: &dyn OwnParameters) -> Option<Task> {
    let runs = || snapshot.parts().iter().filter(|part| part.is_run());
    let rows: u64 = runs().map(|part| part.rids().len()).sum();
    let is_wanted = rows >= LOWEST || runs().any(|part| is_stale(part, own));
    is_wanted.then(|| flush_all(snapshot, shared))
}

/// A segment that lacks entries of the store's own parameters.
fn stale_task(snapshot: &Snapshot, shared: &Arc<Shared>, own: &dyn OwnParameters) -> Option<Task> {
    let stale = snapshot.parts().iter().find(|part| !part.is_run() && is_stale(part, own))?;
    Some(Task { shared: shared.clone(), inputs: vec![stale.clone()], covers: None })
}

/// Neighbours of about one size, `FAN` of them or more.
fn merge_task(snapshot: &Snapshot, shared: &Arc<Shared>) -> Option<Task> {
    let segments: Vec<&Part> = snapshot.parts().iter().filter(|p| !p.is_run()).collect();
    let levels: Vec<u32> = segments.iter().map(|p| level(live_rows(p), LOWEST)).collect();
    for low in 0..=levels.iter().copied().max().unwrap_or(0) {
        let mut from = levels.len();
        while from > 0 && levels[from - 1] <= low {
            from -= 1;
        }
        let window = &segments[from..];
        let rows: u64 = window.iter().map(|p| live_rows(p)).sum();
        if window.len() >= FAN && rows <= LARGEST {
            let inputs = window.iter().map(|part| (*part).clone()).collect();
            return Some(Task { shared: shared.clone(), inputs, covers: None });
        }
    }
    None
}

/// Merges small runs in memory, so that a question never has many to look at.
pub(super) fn compact_runs(snapshot: Snapshot, shared: &Arc<Shared>) -> Snapshot {
    let mut parts = snapshot.parts().to_vec();
    let mut changed = false;
    while let Some(last) = parts.last().filter(|part| part.is_run()) {
        let low = level(last.rids().len(), 1);
        let small = |part: &&Part| part.is_run() && level(part.rids().len(), 1) <= low;
        let count = parts.iter().rev().take_while(small).count();
        let from = parts.len() - count;
        let rows: u64 = parts[from..].iter().map(|part| part.rids().len()).sum();
        if count < FAN || rows > IN_MEMORY {
            break;
        }
        // Runs lie in memory: reading them cannot fail. If it did, they would stay as they are.
        let Ok(run) = merge::to_run(&parts[from..]) else { break };
        parts.truncate(from);
        parts.push(Part::of_run(run));
        changed = true;
    }
    if !changed {
        return snapshot;
    }
    Snapshot::new(snapshot.t(), snapshot.seq(), parts, shared.clone())
}

fn same(a: &Part, b: &Part) -> bool {
    match (&a.data, &b.data) {
        (Data::Run(a), Data::Run(b)) => Arc::ptr_eq(a, b),
        (Data::Segment(a), Data::Segment(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

/// Where the inputs stand in the snapshot, if they still stand there together.
fn place_of(inputs: &[Part], snapshot: &Snapshot) -> Option<usize> {
    let first = inputs.first()?;
    let at = snapshot.parts().iter().position(|part| same(part, first))?;
    let there = snapshot.parts().get(at..at + inputs.len())?;
    there.iter().zip(inputs).all(|(a, b)| same(a, b)).then_some(at)
}

fn with_replaced(parts: &[Part], inputs: &std::ops::Range<usize>, id: u64) -> Vec<u64> {
    let mut ids = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        if at == inputs.start {
            ids.push(id);
        }
        if !inputs.contains(&at) {
            ids.extend(segment_id(part));
        }
    }
    ids
}

/// What died in the inputs while they were merged.
fn newly_dead(then: &[Part], now: &[Part], merged: &Part) -> roaring::RoaringBitmap {
    let mut dead = roaring::RoaringBitmap::new();
    for (then, now) in then.iter().zip(now) {
        dead |= &*now.dead - &*then.dead;
    }
    dead & merged.rids()
}
