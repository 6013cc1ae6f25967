//! The version log read forwards, and a moment as if one of its versions were the current one: what
//! followers of a store (subscriptions) need.

use roaring::RoaringBitmap;

use crate::body::block::Version;
use crate::entries::Entries;
use crate::error::StoreError;
use crate::index::run::Run;
use crate::row::{Loc, Row};
use crate::snapshot::Snapshot;

impl Snapshot {
    /// The versions of all resources that came after `after`, oldest first.
    pub fn following(&self, after: Loc) -> Following<'_> {
        Following { snapshot: self, seq: after.seq().max(1), after, block: Vec::new().into_iter() }
    }

    /// This moment as if `version`, with its index entries (of ordinal 0), were the current one of
    /// its resource: a query on it answers whether that version matches, whatever came later. None
    /// where the version has no id, so that it is not one that we wrote.
    pub fn as_if(&self, version: &Version, entries: &Entries) -> Option<Snapshot> {
        let identity = self.hasher().identity(version.type_.name(), version.id()?);
        let row = Row {
            rid: version.rid,
            type_: version.type_,
            version: version.version,
            deleted: version.deleted,
            updated: version.updated,
            loc: version.loc,
        };
        let mut run = Run::index(entries, &[version.rid]);
        run.set_rows(vec![(row, identity)]);
        if self.parts().iter().any(|part| part.rids().contains(version.rid)) {
            run.supersedes = RoaringBitmap::from_iter([version.rid]);
        }
        Some(self.with_run(self.t(), self.seq(), run))
    }
}

/// Versions of a store, oldest first.
#[derive(Debug)]
pub struct Following<'s> {
    snapshot: &'s Snapshot,
    /// The next block to read.
    seq: u64,
    after: Loc,
    block: std::vec::IntoIter<Version>,
}

impl Iterator for Following<'_> {
    type Item = Result<Version, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(version) = self.block.next() {
                if version.loc > self.after {
                    return Some(Ok(version));
                }
                continue;
            }
            if self.seq > self.snapshot.seq() {
                return None;
            }
            match self.snapshot.shared().versions(self.seq) {
                Ok(block) => self.block = block.into_iter(),
                Err(error) => {
                    self.seq = u64::MAX;
                    return Some(Err(error));
                }
            }
            self.seq += 1;
        }
    }
}
