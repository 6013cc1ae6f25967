//! What the writer and all readers of a store have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use rusqlite::OptionalExtension;

use crate::body::block::{BlockReader, Opening, Version};
use crate::body::dictionary::Dictionaries;
use crate::body::vault::{Table, Vault};
use crate::cache::{Cached, SegmentCache, Slot};
use crate::container::Container;
use crate::error::StoreError;
use crate::index::segment::BlockSource;
use crate::own::Own;
use crate::row::Loc;

/// Blocks of one segment are numbered below this.
const BLOCKS: u64 = 1 << 24;

#[derive(Debug)]
pub(crate) struct Shared {
    pub container: Container,
    pub vault: Vault,
    pub dictionaries: ArcSwap<Dictionaries>,
    /// The store's own search parameters.
    pub own: ArcSwap<Own>,
    pub cache: Arc<SegmentCache>,
    pub owner: u32,
    /// Segments that nobody reads any more, for the writer to remove.
    pub unread: Mutex<Vec<u64>>,
    /// Whether something erased is left in the file.
    pub erasing: AtomicBool,
}

/// Where a segment's block lies in the container.
pub(crate) fn segment_place(segment: u64, block: u32) -> i64 {
    (segment * BLOCKS + u64::from(block)) as i64
}

impl Shared {
    /// Reads one version.
    pub(crate) fn version(&self, loc: Loc) -> Result<Version, StoreError> {
        let slot = Slot::version(loc);
        if let Some(Cached::Version(version)) = self.cached(slot) {
            return Ok(Version::clone(&version));
        }
        let version = self.read_version(loc)?;
        self.keep(slot, Cached::Version(Arc::new(version.clone())));
        Ok(version)
    }

    pub(crate) fn read_version(&self, loc: Loc) -> Result<Version, StoreError> {
        let damaged = StoreError::Damaged { what: "a block of bodies" };
        let (t, bytes) = self.container.block(loc.seq())?.ok_or(damaged)?;
        let dictionaries = self.dictionaries.load();
        BlockReader::new(loc.seq(), t, &bytes)?.version(loc.slot(), &self.opening(&dictionaries))
    }

    /// Reads every version of a block.
    pub(crate) fn versions(&self, seq: u64) -> Result<Vec<Version>, StoreError> {
        let Some((t, bytes)) = self.container.block(seq)? else { return Ok(Vec::new()) };
        let dictionaries = self.dictionaries.load();
        BlockReader::new(seq, t, &bytes)?.versions(&self.opening(&dictionaries))
    }

    pub(crate) fn is_erasing(&self) -> bool {
        self.erasing.load(Ordering::Acquire)
    }

    pub(crate) fn set_erasing(&self, erasing: bool) {
        self.erasing.store(erasing, Ordering::Release);
    }

    pub(crate) fn opening<'a>(&'a self, dictionaries: &'a Dictionaries) -> Opening<'a> {
        Opening { vault: &self.vault, container: &self.container, dictionaries }
    }

    /// Seals a segment's block for its place.
    pub(crate) fn seal_block(&self, segment: u64, block: u32, plain: &[u8]) -> Vec<u8> {
        let place = self.vault.place.of(Table::Segments, segment, u64::from(block));
        self.vault.segments.seal(&place, plain)
    }
}

impl BlockSource for Shared {
    fn load(&self, segment: u64, block: u32) -> Result<Vec<u8>, StoreError> {
        let damaged = || StoreError::Damaged { what: "a segment's block" };
        let sealed: Option<Vec<u8>> = self.container.read(|db| {
            db.prepare_cached("SELECT sealed FROM segment_blocks WHERE place = ?1")?
                .query_row([segment_place(segment, block)], |r| r.get(0))
                .optional()
        })?;
        let sealed = sealed.ok_or_else(damaged)?;
        let place = self.vault.place.of(Table::Segments, segment, u64::from(block));
        self.vault.segments.open(&place, &sealed).map_err(|_| damaged())
    }

    fn cached(&self, slot: Slot) -> Option<Cached> {
        self.cache.get(self.owner, slot)
    }

    fn keep(&self, slot: Slot, what: Cached) {
        self.cache.keep(self.owner, slot, what);
    }

    fn forget(&self, segment: u64) {
        self.unread.lock().push(segment);
    }
}
