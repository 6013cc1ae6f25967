//! Loading whole blocks: bodies, their segment and the job's checkpoint in one commit.

use std::sync::Arc;

use roaring::RoaringBitmap;
use rusqlite::params;
use tarn_domain::Timestamp;

use super::Engine;
use super::manifest::Manifest;
use crate::body::block::{BlockWriter, Head, Member};
use crate::body::dictionary::{Dictionaries, Dictionary, Packed};
use crate::body::vault::Table;
use crate::error::StoreError;
use crate::index::merge;
use crate::index::part::{Data, Part};
use crate::index::segment::{BlockSource, Segment, write_run};
use crate::key::{Hash96, Rid};
use crate::load::{Group, Item, LoadBlock};
use crate::own::Own;
use crate::row::{Loc, Row};
use crate::snapshot::{Snapshot, bury};
use crate::write::LoadReceipt;

/// What becomes of each item of a block.
struct Plan {
    /// Rid, version and the version before it, by ordinal.
    places: Vec<(Rid, u32, Previous)>,
    /// Rid by ordinal for the index; 0 where a later item of the block has the same identity.
    index_rids: Vec<Rid>,
    supersedes: RoaringBitmap,
    created: u64,
    /// The first rid behind those taken.
    next_rid: u64,
}

#[derive(Clone, Copy)]
enum Previous {
    None,
    Kept(Loc),
    /// The item with that ordinal.
    Item(u32),
}

impl Engine {
    /// Writes a block of an import with its checkpoint: all of it or nothing.
    ///
    /// # Errors
    /// When it cannot be written; [`StoreError::Unknown`] when nobody can know.
    pub fn load(&mut self, block: LoadBlock) -> Result<LoadReceipt, StoreError> {
        let base = self.snapshot();
        let t = base.t() + 1;
        let now = self.now();
        let plan = plan(&block, &base, self.next_rid)?;
        let (new_segments, dictionaries, own) =
            self.transaction(|engine| engine.write_load(block, &plan, &base, t, now))?;
        self.adopt(own);
        if let Some(dictionaries) = dictionaries {
            // Only now: a dictionary that was not written must never be used.
            self.shared.dictionaries.store(Arc::new(dictionaries));
        }
        self.flushed_seq = self.next_seq - 1;
        // The runs that were in memory only are the first of the new segments now.
        let mut parts: Vec<Part> = base.parts().iter().filter(|p| !p.is_run()).cloned().collect();
        let mut fresh = Vec::with_capacity(new_segments.len());
        for id in new_segments {
            let source: Arc<dyn BlockSource> = self.shared.clone();
            match Segment::open(id, source) {
                Ok(segment) => fresh.push(Part::of_segment(segment)),
                Err(error) => {
                    // It is on disk but cannot be shown: only a reopening can tell.
                    tracing::error!(%error, "a segment just written cannot be read");
                    self.lost = true;
                    return Err(StoreError::Unknown);
                }
            }
        }
        let newest = if plan.index_rids.is_empty() { None } else { fresh.pop() };
        parts.append(&mut fresh);
        let mut parts = bury(&parts, &plan.supersedes);
        parts.extend(newest);
        self.publish(Snapshot::new(t, self.next_seq - 1, parts, self.shared.clone()));
        let updated = plan.places.len() as u64 - plan.created;
        Ok(LoadReceipt { t, created: plan.created, updated })
    }

    /// Returns the segments written, oldest first, and the dictionaries if there are new ones.
    fn write_load(
        &mut self,
        block: LoadBlock,
        plan: &Plan,
        base: &Snapshot,
        t: u64,
        now: Timestamp,
    ) -> Result<(Vec<u64>, Option<Dictionaries>, Option<Own>), StoreError> {
        let definitions = self.put_definitions(&block.definitions)?;
        let LoadBlock { items, order, groups, data, subjects, mut run, dictionaries, .. } = block;
        let (checkpoint, outbox) = (block.checkpoint, block.outbox);
        let dictionaries = self.put_dictionaries(&dictionaries)?;
        self.next_rid = u32::try_from(plan.next_rid).map_err(|_| StoreError::Full)?;
        let bodies = Bodies {
            items: &items,
            order: &order,
            groups: &groups,
            data: &data,
            subjects: &subjects,
        };
        let locs = self.write_bodies(&bodies, plan, t, now)?;
        run.renumber(&plan.index_rids);
        let mut rows: Vec<(Row, Hash96)> = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let (rid, version, _) = plan.places[at];
            if plan.index_rids[at] != 0 {
                let (type_, loc) = (item.type_, locs[at]);
                let row = Row { rid, type_, version, deleted: false, updated: now, loc };
                rows.push((row, item.identity));
            }
        }
        run.set_rows(rows);
        run.supersedes = plan.supersedes.clone();
        // What lies in memory only is older than this block: it goes to disk before it.
        let (segments, runs): (Vec<Part>, Vec<Part>) =
            base.parts().iter().cloned().partition(|part| !part.is_run());
        let mut new_segments = Vec::new();
        if !runs.is_empty() {
            new_segments.push(self.put_segment(&merge::to_segment(&runs)?)?);
        }
        if !run.rows.is_empty() {
            new_segments.push(self.put_segment(&write_run(&run)?)?);
        }
        if let Some(checkpoint) = checkpoint {
            self.put_checkpoint(&checkpoint)?;
        }
        self.put_outbox(&outbox)?;
        let mut ids: Vec<u64> = segments.iter().filter_map(segment_id).collect();
        ids.extend(&new_segments);
        let manifest = Manifest {
            t,
            flushed_seq: self.next_seq - 1,
            next_rid: u64::from(self.next_rid),
            next_segment: self.next_segment,
            segments: ids,
        };
        manifest.write(&self.db, &self.shared.vault)?;
        Ok((new_segments, dictionaries, definitions))
    }

    /// Returns where each item's body lies.
    fn write_bodies(
        &mut self,
        block: &Bodies<'_>,
        plan: &Plan,
        t: u64,
        now: Timestamp,
    ) -> Result<Vec<Loc>, StoreError> {
        let shared = self.shared.clone();
        let mut locs: Vec<Loc> = vec![Loc::from_bits(0); block.items.len()];
        let mut members: Vec<Member> = Vec::new();
        let mut open = BlockWriter::new(self.next_seq);
        for group in block.groups {
            if open.is_full() {
                self.close_block(Some(open), t)?;
                open = BlockWriter::new(self.next_seq);
            }
            let ordinals = &block.order[group.items.clone()];
            let mut loc = open.next_loc();
            for &ordinal in ordinals {
                locs[ordinal as usize] = loc;
                loc = loc.next();
            }
            members.clear();
            for at in ordinals.iter().map(|&ordinal| ordinal as usize) {
                // Where a block has several versions of a resource its order is that of the
                // input, so the one before has its place already.
                let head = plan.head(at, &block.items[at], now, &locs);
                members.push(Member { head, len: block.items[at].len });
            }
            let bytes = &block.data[group.data.clone()];
            let bodies = Packed { dictionary: group.dictionary, plain: group.plain, bytes };
            let subject = ordinals.first().and_then(|&at| block.subjects.get(at as usize));
            let subject = subject.copied().flatten();
            let subject = subject.map(|s| shared.vault.subject(s, &self.db)).transpose()?;
            let key = match &subject {
                Some((id, key)) => (*id, &**key),
                None => (0, &shared.vault.bodies),
            };
            open.push(&shared.vault, key, &members, bodies);
        }
        self.close_block(Some(open), t)?;
        Ok(locs)
    }

    fn put_dictionaries(
        &self,
        used: &[Arc<Dictionary>],
    ) -> Result<Option<Dictionaries>, StoreError> {
        let known = self.shared.dictionaries.load_full();
        let mut next: Option<Dictionaries> = None;
        for dictionary in used.iter().filter(|d| !known.has(d.id)) {
            let place = u64::from(dictionary.id);
            let sealed = self.shared.vault.seal(Table::Dictionaries, place, 0, &dictionary.bytes);
            self.db
                .prepare_cached(
                    "INSERT OR IGNORE INTO dictionaries (id, type, sealed) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![dictionary.id, dictionary.type_.0, sealed])?;
            next.get_or_insert_with(|| (*known).clone()).add(dictionary.clone());
        }
        Ok(next)
    }
}

/// The bodies of a block.
struct Bodies<'a> {
    items: &'a [Item],
    order: &'a [u32],
    groups: &'a [Group],
    data: &'a [u8],
    subjects: &'a [Option<Hash96>],
}

impl Plan {
    /// The head of an item; `locs` has those of the items before it.
    fn head(&self, at: usize, item: &Item, now: Timestamp, locs: &[Loc]) -> Head {
        let (rid, version, previous) = self.places[at];
        let previous = match previous {
            Previous::None => None,
            Previous::Kept(loc) => Some(loc),
            Previous::Item(ordinal) => Some(locs[ordinal as usize]),
        };
        let (type_, splice) = (item.type_, item.splice);
        Head { rid, type_, version, deleted: false, updated: now, previous, splice }
    }
}

pub(super) fn segment_id(part: &Part) -> Option<u64> {
    match &part.data {
        Data::Segment(segment) => Some(segment.id),
        Data::Run(_) => None,
    }
}

/// Finds what is there of a block's resources, and numbers the rest.
fn plan(block: &LoadBlock, base: &Snapshot, next_rid: Rid) -> Result<Plan, StoreError> {
    let count = block.items.len();
    let mut plan = Plan {
        places: vec![(0, 0, Previous::None); count],
        index_rids: vec![0; count],
        supersedes: RoaringBitmap::new(),
        created: 0,
        next_rid: u64::from(next_rid),
    };
    // Ordinals of one identity stand together, ascending: the last one is the current version.
    let mut at = 0;
    let mut groups: Vec<(usize, usize)> = Vec::with_capacity(count);
    while at < count {
        let identity = block.identities[at].0;
        let len = block.identities[at..].iter().take_while(|(other, _)| *other == identity).count();
        groups.push((at, at + len));
        at += len;
    }
    // Rids are given in the order of the input, so that neighbours in a file are neighbours here.
    groups.sort_unstable_by_key(|&(from, _)| block.identities[from].1);
    let empty = base.parts().is_empty();
    for (from, to) in groups {
        let existing = if empty { None } else { base.find(block.identities[from].0)? };
        let (rid, mut version, mut previous) = match existing {
            Some(row) => {
                plan.supersedes.insert(row.rid);
                (row.rid, row.version, Previous::Kept(row.loc))
            }
            None => {
                plan.created += 1;
                plan.next_rid += 1;
                let rid = u32::try_from(plan.next_rid - 1).map_err(|_| StoreError::Full)?;
                (rid, 0, Previous::None)
            }
        };
        for &(_, ordinal) in &block.identities[from..to] {
            version += 1;
            plan.places[ordinal as usize] = (rid, version, previous);
            previous = Previous::Item(ordinal);
        }
        plan.index_rids[block.identities[to - 1].1 as usize] = rid;
    }
    Ok(plan)
}
