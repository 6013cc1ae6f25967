//! The one writer of a store.

mod commit;
mod erase;
mod load;
mod maintain;
mod manifest;
mod open;
mod supplement;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use roaring::RoaringBitmap;
use rusqlite::{Connection, params};
use tarn_domain::{Clock, JobId, Timestamp};
use tarn_keys::MasterKeys;

use crate::body::vault::{Place, Table};
use crate::cache::SegmentCache;
use crate::container::Ownership;
use crate::error::StoreError;
use crate::index::segment::Segment;
use crate::key::Rid;
use crate::load::Loader;
use crate::own::{Definitions, Own};
use crate::shared::{Shared, segment_place};
use crate::snapshot::Snapshot;
use crate::write::{Checkpoint, Indexer};

pub use erase::{ERASED_AT_ONCE, Erased, Erasure};
pub use maintain::{Done, Task};

/// What an engine needs to open a store.
#[derive(Clone)]
pub struct OpenOptions {
    /// The store's file.
    pub path: PathBuf,
    /// Whose store it is.
    pub place: Place,
    /// Who unwraps its key.
    pub masters: Arc<dyn MasterKeys>,
    /// Who turns resources into index entries.
    pub indexer: Arc<dyn Indexer>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where decoded pieces are kept.
    pub cache: Arc<SegmentCache>,
}

impl std::fmt::Debug for OpenOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenOptions({:?})", self.place)
    }
}

/// Where the book of the store's own parameters stands among what is sealed.
const BOOK: u64 = 2;

/// The newest snapshot of a store, for any number of readers.
pub type Published = Arc<ArcSwap<Snapshot>>;

/// The one writer of a store. Its methods do disk work and block: they belong on a blocking pool.
pub struct Engine {
    db: Connection,
    shared: Arc<Shared>,
    published: Published,
    indexer: Arc<dyn Indexer>,
    clock: Arc<dyn Clock>,
    next_rid: Rid,
    next_seq: u64,
    next_segment: u64,
    /// Blocks up to here are in segments.
    flushed_seq: u64,
    /// No version is dated before the one before it.
    last_time: Timestamp,
    /// The outbox is delivered up to here.
    delivered: i64,
    next_outbox: i64,
    /// Resources that are erased, and that segments may still speak of.
    erased: RoaringBitmap,
    /// Whether something erased is left in the file.
    scrubbing: bool,
    /// Segments that spoke of erased resources and may still be read by somebody.
    replaced: Vec<Weak<Segment>>,
    /// Set when the outcome of a write is unknown: nothing more is written before a reopening.
    lost: bool,
    task_running: bool,
    /// Last, so that the store is given up after all else.
    _ownership: Ownership,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({:?})", self.shared.vault.place)
    }
}

/// An audit entry that waits in the store until the trail has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// Its number, ascending.
    pub n: i64,
    /// The entry.
    pub entry: Vec<u8>,
}

impl Engine {
    /// Where the newest snapshot is published.
    pub fn published(&self) -> Published {
        self.published.clone()
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.published.load_full()
    }

    /// Makes load blocks.
    pub fn loader(&self) -> Loader {
        Loader::new(self.shared.clone(), self.indexer.clone())
    }

    /// Whether a write's outcome is unknown, so that the store must be opened anew.
    pub fn is_lost(&self) -> bool {
        self.lost
    }

    /// What a job wrote down last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn checkpoint(&self, job: JobId) -> Result<Option<Vec<u8>>, StoreError> {
        use rusqlite::OptionalExtension;
        let sealed: Option<Vec<u8>> = self
            .db
            .prepare_cached("SELECT sealed FROM checkpoints WHERE job = ?1")?
            .query_row([&job.to_bytes()[..]], |r| r.get(0))
            .optional()?;
        let (a, b) = halves(job);
        sealed.map(|s| self.shared.vault.open_sealed(Table::Checkpoints, a, b, &s)).transpose()
    }

    /// Writes down a job's mark alone, or forgets it (`None`) with those of its family: ids that
    /// begin with the same twelve bytes, which no two jobs have by chance.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_checkpoint(&mut self, job: JobId, state: Option<Vec<u8>>) -> Result<(), StoreError> {
        match state {
            Some(state) => self.put_checkpoint(&Checkpoint { job, state }),
            None => {
                let (mut first, mut last) = (job.to_bytes(), job.to_bytes());
                first[12..].fill(0);
                last[12..].fill(0xff);
                let mut delete = self
                    .db
                    .prepare_cached("DELETE FROM checkpoints WHERE job BETWEEN ?1 AND ?2")?;
                delete.execute([&first[..], &last[..]])?;
                Ok(())
            }
        }
    }

    fn put_checkpoint(&self, checkpoint: &Checkpoint) -> Result<(), StoreError> {
        let (a, b) = halves(checkpoint.job);
        let sealed = self.shared.vault.seal(Table::Checkpoints, a, b, &checkpoint.state);
        self.db
            .prepare_cached("INSERT OR REPLACE INTO checkpoints (job, sealed) VALUES (?1, ?2)")?
            .execute(params![&checkpoint.job.to_bytes()[..], sealed])?;
        Ok(())
    }

    /// Audit entries that the trail may not have yet, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn outbox(&self, limit: usize) -> Result<Vec<OutboxEntry>, StoreError> {
        let mut select = self
            .db
            .prepare_cached("SELECT n, sealed FROM outbox WHERE n > ?1 ORDER BY n LIMIT ?2")?;
        let rows = select.query_map(params![self.delivered, limit as i64], |r| {
            Ok((r.get::<_, i64>(0)?, r.get::<_, Vec<u8>>(1)?))
        })?;
        rows.map(|row| {
            let (n, sealed) = row?;
            let entry = self.shared.vault.open_sealed(Table::Outbox, n as u64, 0, &sealed)?;
            Ok(OutboxEntry { n, entry })
        })
        .collect()
    }

    /// The trail has the outbox up to `n`: the next commit removes it.
    pub fn delivered(&mut self, n: i64) {
        self.delivered = self.delivered.max(n);
    }

    fn put_outbox(&mut self, entries: &[Vec<u8>]) -> Result<(), StoreError> {
        for entry in entries {
            let n = self.next_outbox;
            let sealed = self.shared.vault.seal(Table::Outbox, n as u64, 0, entry);
            self.db
                .prepare_cached("INSERT INTO outbox (n, sealed) VALUES (?1, ?2)")?
                .execute(params![n, sealed])?;
            self.next_outbox += 1;
        }
        if self.delivered > 0 {
            self.db
                .prepare_cached("DELETE FROM outbox WHERE n <= ?1")?
                .execute(params![self.delivered])?;
        }
        Ok(())
    }

    /// Writes down what changes of definitions make of the book; says what it is then.
    fn put_definitions(&self, changes: &Definitions) -> Result<Option<Own>, StoreError> {
        if changes.is_empty() {
            return Ok(None);
        }
        let before = self.shared.own.load();
        let Some(book) = self.indexer.amend(&before.book, &changes.changes()) else {
            return Ok(None);
        };
        let sealed = self.shared.vault.seal(Table::Meta, BOOK, 0, &book);
        self.db
            .prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('parameters', ?1)")?
            .execute(params![sealed])?;
        Own::read(book, &*self.indexer).map(Some)
    }

    /// The book that was written counts from now on.
    fn adopt(&self, own: Option<Own>) {
        if let Some(own) = own {
            self.shared.own.store(Arc::new(own));
        }
    }

    fn put_segment(&mut self, blocks: &[Vec<u8>]) -> Result<u64, StoreError> {
        let id = self.next_segment;
        self.next_segment += 1;
        self.put_blocks(id, 0, blocks)?;
        Ok(id)
    }

    fn put_blocks(&self, segment: u64, from: u32, blocks: &[Vec<u8>]) -> Result<(), StoreError> {
        let mut insert =
            self.db.prepare_cached("INSERT INTO segment_blocks (place, sealed) VALUES (?1, ?2)")?;
        for (at, plain) in blocks.iter().enumerate() {
            let number = from + at as u32;
            let sealed = self.shared.seal_block(segment, number, plain);
            insert.execute(params![segment_place(segment, number), sealed])?;
        }
        Ok(())
    }

    /// Runs a write. A failure before its commit leaves nothing; a failed commit leaves the
    /// outcome unknown.
    fn transaction<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.lost {
            return Err(StoreError::Unknown);
        }
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let (rid, seq) = (self.next_rid, self.next_seq);
        let (segment, outbox) = (self.next_segment, self.next_outbox);
        match write(self) {
            Ok(value) => match self.db.execute_batch("COMMIT") {
                Ok(()) => Ok(value),
                Err(error) => {
                    tracing::error!(%error, "a commit failed, its outcome is unknown");
                    self.lost = true;
                    Err(StoreError::Unknown)
                }
            },
            Err(error) => {
                (self.next_rid, self.next_seq) = (rid, seq);
                (self.next_segment, self.next_outbox) = (segment, outbox);
                if let Err(error) = self.db.execute_batch("ROLLBACK") {
                    tracing::error!(%error, "a rollback failed, the store must be opened anew");
                    self.lost = true;
                }
                Err(error)
            }
        }
    }

    /// This moment, never before the last one.
    fn now(&mut self) -> Timestamp {
        self.last_time = self.last_time.max(self.clock.now());
        self.last_time
    }

    fn publish(&self, snapshot: Snapshot) {
        self.published.store(Arc::new(snapshot));
    }
}

fn halves(job: JobId) -> (u64, u64) {
    let n = u128::from_be_bytes(job.to_bytes());
    ((n >> 64) as u64, n as u64)
}
