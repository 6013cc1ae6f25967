//! Erasing: resources that are gone for good, with all their versions.
//!
//! One commit takes the bodies out of their blocks, destroys the patient's key where all of a
//! patient goes, and notes which rids are erased; from then on no snapshot shows them. Segments
//! that hold their entries are written anew by upkeep, and a rid stays noted until none does, so a
//! crash anywhere leaves nothing half erased.

use std::collections::BTreeSet;
use std::sync::Arc;

use roaring::RoaringBitmap;
use rusqlite::{Connection, OptionalExtension, params};
use tarn_domain::Timestamp;

use super::Engine;
use super::manifest::Manifest;
use crate::body::block;
use crate::body::vault::{Table, Vault};
use crate::cache::Slot;
use crate::error::StoreError;
use crate::index::part::{Data, Part};
use crate::key::{Hash96, Rid};
use crate::row::Loc;
use crate::snapshot::{Snapshot, bury};
use crate::write::Checkpoint;

/// Rids erased in one commit at most: others wait no longer than that takes.
pub const ERASED_AT_ONCE: usize = 1_024;

/// What is to be erased together.
#[derive(Debug, Default)]
pub struct Erasure {
    /// The resources.
    pub rids: Vec<Rid>,
    /// The patient whose key is destroyed: whatever was ever sealed under it cannot be read again.
    pub patient: Option<Hash96>,
    /// How far the job is that asks.
    pub checkpoint: Option<Checkpoint>,
    /// Audit entries that become durable with it.
    pub outbox: Vec<Vec<u8>>,
}

/// What was erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Resources that were there.
    pub resources: u64,
    /// Versions of them whose bodies are gone.
    pub versions: u64,
}

/// What a commit has to take out.
#[derive(Default)]
struct Found {
    rids: RoaringBitmap,
    locs: Vec<Loc>,
    blocks: BTreeSet<u64>,
}

impl Engine {
    /// Erases resources, all or none. They are gone when this returns; their index entries follow
    /// with the next upkeep ([`Snapshot::is_erasing`]).
    ///
    /// # Errors
    /// When it cannot be written, or they are too many.
    pub fn erase(&mut self, erasure: Erasure) -> Result<Erased, StoreError> {
        if erasure.rids.len() > ERASED_AT_ONCE {
            return Err(StoreError::Stopped("too much is to be erased at once"));
        }
        let base = self.snapshot();
        let found = find(&base, &erasure.rids)?;
        let t = base.t() + 1;
        let erased = &self.erased | &found.rids;
        let noted = erased.clone();
        let (locs, resources) = (found.locs.clone(), found.rids.clone());
        self.scrub(true)?;
        let key = self.transaction(|engine| engine.write_erasure(found, &erasure, &noted, t))?;
        self.shared.vault.forget_subject(key, erasure.patient);
        for loc in &locs {
            self.shared.cache.forget(self.shared.owner, Slot::version(*loc));
        }
        self.erased = erased;
        self.shared.set_erasing(true);
        let parts = bury(base.parts(), &self.erased);
        self.publish(Snapshot::new(t, base.seq(), parts, self.shared.clone()));
        Ok(Erased { resources: resources.len(), versions: locs.len() as u64 })
    }

    /// Returns the number of the key that was destroyed.
    fn write_erasure(
        &mut self,
        found: Found,
        erasure: &Erasure,
        erased: &RoaringBitmap,
        t: u64,
    ) -> Result<Option<u32>, StoreError> {
        for seq in &found.blocks {
            self.rewrite_block(*seq, &found.rids)?;
        }
        let key = match erasure.patient {
            Some(patient) => self.shared.vault.destroy_subject(patient, &self.db)?,
            None => None,
        };
        put_erased(&self.db, &self.shared.vault, erased)?;
        // A rid is never given twice, though the versions that spoke of it may be gone.
        let mut manifest = Manifest::read(&self.db, &self.shared.vault)?;
        manifest.next_rid = manifest.next_rid.max(u64::from(self.next_rid));
        manifest.t = manifest.t.max(t);
        manifest.write(&self.db, &self.shared.vault)?;
        if let Some(checkpoint) = &erasure.checkpoint {
            self.put_checkpoint(checkpoint)?;
        }
        self.put_outbox(&erasure.outbox)?;
        Ok(key)
    }

    fn rewrite_block(&self, seq: u64, rids: &RoaringBitmap) -> Result<(), StoreError> {
        let (t, data): (i64, Vec<u8>) = self
            .db
            .prepare_cached("SELECT t, data FROM blocks WHERE seq = ?1")?
            .query_row([seq as i64], |r| Ok((r.get(0)?, r.get(1)?)))?;
        let dictionaries = self.shared.dictionaries.load();
        let opening = self.shared.opening(&dictionaries);
        let data = block::without((seq, t as u64), &data, rids, &opening)?;
        self.db
            .prepare_cached("UPDATE blocks SET data = ?2 WHERE seq = ?1")?
            .execute(params![seq as i64, data])?;
        Ok(())
    }

    /// Remembers segments that are replaced while something is erased: until nobody reads them they
    /// stay in the file.
    pub(super) fn note_replaced(&mut self, inputs: &[Part]) {
        if self.scrubbing {
            self.replaced.extend(inputs.iter().filter_map(|part| match &part.data {
                Data::Segment(segment) => Some(Arc::downgrade(segment)),
                Data::Run(_) => None,
            }));
        }
    }

    /// Forgets erased rids that no part speaks of any more. To be called while no upkeep is under
    /// way, as its result may still hold some.
    pub(super) fn forget_erased(&mut self) -> Result<(), StoreError> {
        if self.erased.is_empty() || self.task_running {
            return Ok(());
        }
        let snapshot = self.snapshot();
        let held = snapshot.parts().iter().fold(RoaringBitmap::new(), |all, p| all | p.rids());
        let left = &self.erased & held;
        if left != self.erased {
            self.transaction(|engine| put_erased(&engine.db, &engine.shared.vault, &left))?;
            self.erased = left;
        }
        Ok(())
    }

    /// Whether something erased is left in segments, or in segments that were replaced.
    pub fn is_scrubbing(&self) -> bool {
        self.scrubbing
    }

    /// Ends the care for what was erased once nothing of it is left.
    pub(super) fn end_scrubbing(&mut self) -> Result<(), StoreError> {
        let is_left = !self.erased.is_empty() || self.task_running;
        if !self.scrubbing || is_left {
            return Ok(());
        }
        self.replaced.retain(|segment| segment.strong_count() > 0);
        if !self.replaced.is_empty() || !self.shared.unread.lock().is_empty() {
            return Ok(());
        }
        // The log still has pages from before. Readers may hold it: then the next one does it.
        self.db.pragma_update_and_check(None, "wal_checkpoint", "truncate", |_| Ok(()))?;
        self.scrub(false)?;
        self.shared.set_erasing(false);
        Ok(())
    }

    /// From now on, what is removed or overwritten is overwritten in the file too.
    pub(super) fn scrub(&mut self, on: bool) -> Result<(), StoreError> {
        self.db.pragma_update_and_check(None, "secure_delete", on, |_| Ok(()))?;
        self.scrubbing = on;
        Ok(())
    }
}

/// The versions of resources, and the blocks they lie in.
fn find(base: &Snapshot, rids: &[Rid]) -> Result<Found, StoreError> {
    let mut found = Found::default();
    for rid in rids {
        let Some(row) = base.row(*rid)? else { continue };
        found.rids.insert(*rid);
        for version in base.history(row) {
            let version = version?;
            found.locs.push(version.loc);
            found.blocks.insert(version.loc.seq());
        }
    }
    Ok(found)
}

fn put_erased(db: &Connection, vault: &Vault, erased: &RoaringBitmap) -> Result<(), StoreError> {
    let mut plain = Vec::with_capacity(erased.serialized_size());
    erased
        .serialize_into(&mut plain)
        .map_err(|_| StoreError::Stopped("the erased rids cannot be written down"))?;
    let sealed = vault.seal(Table::Meta, 2, 0, &plain);
    db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('erased', ?1)")?
        .execute(params![sealed])?;
    Ok(())
}

/// The rids that are erased and may still be in segments.
pub(super) fn read_erased(db: &Connection, vault: &Vault) -> Result<RoaringBitmap, StoreError> {
    let sealed: Option<Vec<u8>> = db
        .query_row("SELECT value FROM meta WHERE name = 'erased'", [], |r| r.get(0))
        .optional()?;
    let Some(sealed) = sealed else { return Ok(RoaringBitmap::new()) };
    let plain = vault.open_sealed(Table::Meta, 2, 0, &sealed)?;
    RoaringBitmap::deserialize_from(&plain[..])
        .map_err(|_| StoreError::Damaged { what: "the erased rids" })
}

impl Snapshot {
    /// Resources that ever had a version sealed under a patient's key. Reads the table of every
    /// block: for erasing, not for answering.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn sealed_for(&self, patient: Hash96) -> Result<RoaringBitmap, StoreError> {
        let shared = self.shared();
        let mut found = RoaringBitmap::new();
        let Some(subject) = shared.vault.subject_number(patient, &shared.container)? else {
            return Ok(found);
        };
        let dictionaries = shared.dictionaries.load();
        let opening = shared.opening(&dictionaries);
        for seq in 1..=self.seq() {
            let Some((t, data)) = shared.container.block(seq)? else { continue };
            found.extend(block::rids_of_subject((seq, t), &data, subject, &opening)?);
        }
        Ok(found)
    }

    /// Whether entries of erased resources are still being removed from the store's file.
    pub fn is_erasing(&self) -> bool {
        self.shared().is_erasing()
    }

    /// When the store last changed, as far as bodies tell.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn last_change(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest = self.changes(None, None, None).next().transpose()?;
        Ok(newest.map(|version| version.updated))
    }
}
