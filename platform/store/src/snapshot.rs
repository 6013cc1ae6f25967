//! A moment of a store: what was committed up to `t`, and nothing later.

use std::collections::BTreeMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;

use crate::body::block::Version;
use crate::error::StoreError;
use crate::index::part::Part;
use crate::index::run::Run;
use crate::key::{Hash96, Hasher, Rid};
use crate::own::OwnParameters;
use crate::row::{Loc, Row};
use crate::shared::Shared;

/// A published moment of a store. Bodies are written once and parts never change, so a snapshot
/// stays whole for as long as somebody holds it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    t: u64,
    /// The last block that belongs to it.
    seq: u64,
    parts: Vec<Part>,
    shared: Arc<Shared>,
}

impl Snapshot {
    pub(crate) fn new(t: u64, seq: u64, parts: Vec<Part>, shared: Arc<Shared>) -> Self {
        Self { t, seq, parts, shared }
    }

    /// The number of the last commit in it.
    pub fn t(&self) -> u64 {
        self.t
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    /// The store's keyed hash.
    pub fn hasher(&self) -> &Hasher {
        &self.shared.vault.hasher
    }

    /// The store's own search parameters, as they are now.
    pub fn own(&self) -> Arc<dyn OwnParameters> {
        self.shared.own.load().compiled.clone()
    }

    /// The index, oldest part first. Their live rids never meet.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The current version of the resource with that type and id; of a deleted one, too.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn lookup(&self, type_: TypeId, id: &str) -> Result<Option<Row>, StoreError> {
        self.find(self.hasher().identity(type_.name(), id))
    }

    /// The current version of the resource with that identity; of a deleted one, too.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn find(&self, identity: Hash96) -> Result<Option<Row>, StoreError> {
        for part in self.parts.iter().rev() {
            if let Some(rid) = part.find(identity)? {
                return part.row(rid);
            }
        }
        Ok(None)
    }

    /// The current version of a resource; of a deleted one, too.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn row(&self, rid: Rid) -> Result<Option<Row>, StoreError> {
        for part in self.parts.iter().rev() {
            if let Some(row) = part.row(rid)? {
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    /// Reads a version.
    ///
    /// # Errors
    /// When it cannot be read, or is not what was written there.
    pub fn read(&self, loc: Loc) -> Result<Version, StoreError> {
        self.shared.version(loc)
    }

    /// The versions of a resource, newest first; those that were erased, and what is before them,
    /// left out.
    pub fn history(&self, row: Row) -> History<'_> {
        History { snapshot: self, next: Some(row.loc) }
    }

    /// The versions of all resources, or of those of a type, newest first; those older than
    /// `before`, where it is given, and not older than `since`.
    pub fn changes(
        &self,
        type_: Option<TypeId>,
        before: Option<Loc>,
        since: Option<Timestamp>,
    ) -> Changes<'_> {
        let next_seq = before.map_or(self.seq, |loc| loc.seq().min(self.seq));
        Changes { snapshot: self, next_seq, before, type_, since, block: Vec::new() }
    }

    /// How many live resources of a type.
    pub fn count(&self, type_: TypeId) -> u64 {
        self.parts.iter().map(|part| part.count_of_type(type_)).sum()
    }

    /// How many live resources of each type that has any.
    pub fn counts(&self) -> BTreeMap<TypeId, u64> {
        let mut counts = BTreeMap::new();
        for part in &self.parts {
            for type_ in part.types().keys() {
                *counts.entry(*type_).or_insert(0) += part.count_of_type(*type_);
            }
        }
        counts.retain(|_, count| *count > 0);
        counts
    }

    /// Every live resource.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn live(&self) -> Result<RoaringBitmap, StoreError> {
        self.parts.iter().try_fold(RoaringBitmap::new(), |all, part| Ok(all | part.live()?))
    }

    /// Bytes that the store takes on disk.
    pub fn size_bytes(&self) -> u64 {
        self.shared.container.size_bytes()
    }

    /// The moment with one more run on top.
    pub(crate) fn with_run(&self, t: u64, seq: u64, run: Run) -> Self {
        let mut next =
            Self { t, seq, parts: bury(&self.parts, &run.supersedes), shared: self.shared.clone() };
        if !run.rows.is_empty() {
            next.parts.push(Part::of_run(run));
        }
        next
    }
}

/// The parts, with rids that later ones speak of marked dead.
pub(crate) fn bury(parts: &[Part], superseded: &RoaringBitmap) -> Vec<Part> {
    let mut parts = parts.to_vec();
    if superseded.is_empty() {
        return parts;
    }
    for part in &mut parts {
        let hit = part.rids() & superseded;
        if !hit.is_subset(&part.dead) {
            part.dead = Arc::new(&*part.dead | hit);
        }
    }
    parts
}

/// The versions of a resource, newest first.
#[derive(Debug)]
pub struct History<'s> {
    snapshot: &'s Snapshot,
    next: Option<Loc>,
}

impl Iterator for History<'_> {
    type Item = Result<Version, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        let version = match self.snapshot.read(self.next.take()?) {
            Err(StoreError::Erased) => return None,
            version => version,
        };
        self.next = version.as_ref().ok().and_then(|v| v.previous);
        Some(version)
    }
}

/// The versions of many resources, newest first.
#[derive(Debug)]
pub struct Changes<'s> {
    snapshot: &'s Snapshot,
    next_seq: u64,
    before: Option<Loc>,
    type_: Option<TypeId>,
    since: Option<Timestamp>,
    /// Oldest first, so that the newest is popped.
    block: Vec<Version>,
}

impl Iterator for Changes<'_> {
    type Item = Result<Version, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(version) = self.block.pop() {
                if self.since.is_some_and(|since| version.updated < since) {
                    // Blocks are in the order of time: nothing younger is left.
                    self.next_seq = 0;
                    self.block.clear();
                    return None;
                }
                let early = self.before.is_none_or(|before| version.loc < before);
                if early && self.type_.is_none_or(|type_| version.type_ == type_) {
                    return Some(Ok(version));
                }
                continue;
            }
            if self.next_seq == 0 {
                return None;
            }
            match self.snapshot.shared.versions(self.next_seq) {
                Ok(block) => self.block = block,
                Err(error) => {
                    self.next_seq = 0;
                    return Some(Err(error));
                }
            }
            self.next_seq -= 1;
        }
    }
}
