//! What the index knows of a resource without reading its body.

use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;

use crate::key::Rid;

/// Where a version's body lies: which block, and its place in it. Grows with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Loc(u64);

impl Loc {
    pub(crate) const fn new(seq: u64, slot: u16) -> Self {
        Self((seq << 16) | slot as u64)
    }

    pub(crate) const fn seq(self) -> u64 {
        self.0 >> 16
    }

    pub(crate) const fn slot(self) -> u16 {
        self.0 as u16
    }

    /// The place behind it in the same block.
    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// As a number, for cursors; greater is later.
    pub const fn to_bits(self) -> u64 {
        self.0
    }

    /// What [`Self::to_bits`] gave.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

/// The current version of a resource, as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The resource's number in the store.
    pub rid: Rid,
    /// Its type.
    pub type_: TypeId,
    /// Its current version, from 1.
    pub version: u32,
    /// Whether that version says that it is deleted.
    pub deleted: bool,
    /// When that version came.
    pub updated: Timestamp,
    /// Where its body lies.
    pub loc: Loc,
}
