//! Decoded pieces of segments, and bodies that were read, kept within a budget that all stores of the process share.

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::body::block::Version;
use crate::index::column::{Column, DateColumn, NumberColumn, QuantityColumn};
use crate::key::Field;
use crate::row::{Loc, Row};

/// What is kept.
#[derive(Debug, Clone)]
pub(crate) enum Cached {
    Bytes(Arc<[u8]>),
    Rows(Arc<[Row]>),
    Dates(Arc<DateColumn>),
    Numbers(Arc<NumberColumn>),
    Quantities(Arc<QuantityColumn>),
    Version(Arc<Version>),
}

/// A place in a segment: a block, or a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Slot {
    segment: u64,
    place: u64,
}

impl Slot {
    pub(crate) fn block(segment: u64, number: u32) -> Self {
        Self { segment, place: u64::from(number) }
    }

    pub(crate) fn column(segment: u64, kind: u8, field: Field) -> Self {
        let place = 1 << 40 | u64::from(kind) << 16 | u64::from(field.to_bits());
        Self { segment, place }
    }

    pub(crate) fn updated(segment: u64) -> Self {
        Self { segment, place: 1 << 41 }
    }

    /// A version of a resource. No segment has the number 0.
    pub(crate) fn version(loc: Loc) -> Self {
        Self { segment: 0, place: loc.to_bits() }
    }
}

#[derive(Debug, Clone, Copy)]
struct Sizes;

/// A store of the process, by number: segment ids are unique within a store only.
type Owner = u32;

impl Weighter<(Owner, Slot), Cached> for Sizes {
    fn weight(&self, _: &(Owner, Slot), what: &Cached) -> u64 {
        let size = match what {
            Cached::Bytes(bytes) => bytes.len(),
            Cached::Rows(rows) => size_of_val::<[Row]>(rows),
            Cached::Dates(column) => column.size(),
            Cached::Numbers(column) => column.size(),
            Cached::Quantities(column) => column.size(),
            Cached::Version(version) => version.body.len() + size_of::<Version>(),
        };
        size as u64 + 64
    }
}

/// The cache of the process.
#[derive(Debug)]
pub struct SegmentCache {
    kept: Cache<(Owner, Slot), Cached, Sizes>,
    owners: std::sync::atomic::AtomicU32,
}

impl SegmentCache {
    /// A cache that holds about so many bytes.
    pub fn with_budget(bytes: u64) -> Arc<Self> {
        let kept = Cache::with_weighter((bytes / 8_192).max(64) as usize, bytes, Sizes);
        Arc::new(Self { kept, owners: std::sync::atomic::AtomicU32::new(0) })
    }

    pub(crate) fn new_owner(&self) -> Owner {
        self.owners.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
    }

    pub(crate) fn get(&self, owner: Owner, slot: Slot) -> Option<Cached> {
        self.kept.get(&(owner, slot))
    }

    pub(crate) fn keep(&self, owner: Owner, slot: Slot, what: Cached) {
        self.kept.insert((owner, slot), what);
    }

    /// Forgets a piece.
    pub(crate) fn forget(&self, owner: Owner, slot: Slot) {
        self.kept.remove(&(owner, slot));
    }

    /// Bytes kept now.
    pub fn size_bytes(&self) -> u64 {
        self.kept.weight()
    }
}
