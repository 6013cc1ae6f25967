//! Group commit: many write sets, one fsync.

use std::collections::HashMap;

use roaring::RoaringBitmap;
use rusqlite::params;
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;

use super::Engine;
use super::open::index;
use crate::body::block::{BlockWriter, Head, Member};
use crate::body::dictionary::{Packed, pack};
use crate::entries::Entries;
use crate::error::StoreError;
use crate::index::run::Run;
use crate::key::{Hash96, Rid};
use crate::own::{Definitions, Own};
use crate::row::{Loc, Row};
use crate::snapshot::Snapshot;
use crate::write::{Change, Checkpoint, CommitError, Expect, Outcome, Receipt, WriteSet};

/// A version that is to be written.
struct Staged {
    identity: Hash96,
    head: Head,
    subject: Option<Hash96>,
    body: Vec<u8>,
    /// Of its resource; where it lies is known once its block is being written.
    previous: Previous,
    /// Where its entries are among the group's; none for deletions.
    ordinal: Option<u32>,
}

/// The version before a staged one.
#[derive(Clone, Copy)]
enum Previous {
    None,
    Kept(Loc),
    /// In the same group.
    Staged(usize),
}

/// What a group has staged so far.
#[derive(Default)]
struct Group {
    versions: Vec<Staged>,
    /// The newest staged version of each resource.
    newest: HashMap<Hash96, usize>,
    entries: Entries,
    /// Rid by ordinal; 0 where a later version of the group replaced it.
    rids: Vec<Rid>,
    outbox: Vec<Vec<u8>>,
    marks: Vec<Checkpoint>,
    /// Definitions of the store's own parameters among the changes, in order.
    definitions: Definitions,
    /// Of the store's own parameters that its entries are made with.
    generation: u32,
}

/// What is there before a change.
struct Before {
    rid: Option<Rid>,
    version: u32,
    live: bool,
    updated: Timestamp,
    previous: Previous,
}

impl Engine {
    /// Writes a group: each set wholly or not at all, in order, all with one fsync. Returns when
    /// what was acknowledged is on disk and published.
    pub fn commit(&mut self, group: Vec<WriteSet>) -> Vec<Result<Receipt, CommitError>> {
        if self.lost {
            return group.iter().map(|_| Err(StoreError::Unknown.into())).collect();
        }
        let base = self.snapshot();
        let t = base.t() + 1;
        let now = self.now();
        let first_rid = self.next_rid;
        let generation = self.shared.own.load().compiled.generation();
        let mut staged = Group { generation, ..Group::default() };
        let answers: Vec<Result<Receipt, CommitError>> =
            group.into_iter().map(|set| self.stage(set, &base, t, now, &mut staged)).collect();
        if staged.versions.is_empty() && staged.outbox.is_empty() && staged.marks.is_empty() {
            return answers;
        }
        match self.transaction(|engine| engine.write_group(&mut staged, t)) {
            Ok((rows, own)) => {
                self.adopt(own);
                self.publish_group(&base, &staged, rows, t);
                answers
            }
            Err(error) => {
                self.next_rid = first_rid;
                let unknown = matches!(error, StoreError::Unknown);
                tracing::error!(%error, "a group of writes failed");
                let refuse =
                    |answer: Result<Receipt, CommitError>| answer.and_then(|_| Err(again(unknown)));
                answers.into_iter().map(refuse).collect()
            }
        }
    }

    fn stage(
        &mut self,
        set: WriteSet,
        base: &Snapshot,
        t: u64,
        now: Timestamp,
        group: &mut Group,
    ) -> Result<Receipt, CommitError> {
        self.check_guards(&set, base, group)?;
        let mut befores = Vec::with_capacity(set.changes.len());
        let mut seen = std::collections::HashSet::new();
        for (at, change) in set.changes.iter().enumerate() {
            let identity = self.identity(change);
            if !seen.insert(identity) {
                return Err(CommitError::Twice { index: at });
            }
            let before = before(identity, base, group)?;
            expect(change, &before)
                .map_err(|current| CommitError::Mismatch { index: at, current })?;
            befores.push((identity, before));
        }
        // Nothing can refuse from here on, but a full store.
        let fresh = befores.iter().filter(|(_, before)| before.rid.is_none()).count() as u64;
        if u64::from(self.next_rid) + fresh > u64::from(u32::MAX) {
            return Err(StoreError::Full.into());
        }
        let mut outcomes = Vec::with_capacity(set.changes.len());
        for (change, (identity, before)) in set.changes.into_iter().zip(befores) {
            outcomes.push(self.stage_change(change, identity, before, now, group));
        }
        group.outbox.extend(set.outbox);
        let receipt = Receipt { t, outcomes };
        if let Some(mark) = set.mark {
            group.marks.push(Checkpoint { job: mark.job, state: (mark.state)(&receipt) });
        }
        Ok(receipt)
    }

    fn identity(&self, change: &Change) -> Hash96 {
        let (Change::Put { type_, id, .. } | Change::Delete { type_, id, .. }) = change;
        self.shared.vault.hasher.identity(type_.name(), id.as_str())
    }

    fn check_guards(
        &self,
        set: &WriteSet,
        base: &Snapshot,
        group: &Group,
    ) -> Result<(), CommitError> {
        if set.guards.is_empty() {
            return Ok(());
        }
        let provisional;
        let newest = if group.versions.is_empty() {
            base
        } else {
            // Guards see what sets before theirs in the group will have written.
            let rows = group.rows(|_| Loc::from_bits(0));
            provisional = base.with_run(base.t(), base.seq(), group.run(rows, base));
            &provisional
        };
        for guard in &set.guards {
            if group.versions.is_empty() && guard.seen_at == base.t() {
                continue;
            }
            let mut answer = (guard.question)(newest)?;
            answer.sort_unstable();
            if answer != guard.expected {
                return Err(CommitError::GuardMoved);
            }
        }
        Ok(())
    }

    fn stage_change(
        &mut self,
        change: Change,
        identity: Hash96,
        before: Before,
        now: Timestamp,
        group: &mut Group,
    ) -> Outcome {
        if matches!(change, Change::Delete { .. }) && !before.live {
            let (version, updated) = (before.version, before.updated);
            return Outcome { version, updated, created: false, changed: false };
        }
        let rid = before.rid.unwrap_or_else(|| {
            self.next_rid += 1;
            self.next_rid - 1
        });
        let version = before.version + 1;
        let head = |type_: TypeId, deleted: bool, splice: u32| Head {
            rid,
            type_,
            version,
            deleted,
            updated: now,
            previous: None,
            splice,
        };
        group.retire(identity);
        let staged = match change {
            Change::Put { type_, id, stored, entries, .. } => {
                let ordinal = group.rids.len() as u32;
                group.entries.append(&entries, ordinal);
                self.index_own(type_, &stored.body, ordinal, &mut group.entries);
                if self.indexer.definitions() == Some(type_) {
                    group.definitions.push(id.as_str(), Some(&stored.body));
                }
                group.rids.push(rid);
                Staged {
                    identity,
                    head: head(type_, false, stored.splice),
                    subject: entries.subjects.first().copied().flatten(),
                    body: stored.body,
                    previous: before.previous,
                    ordinal: Some(ordinal),
                }
            }
            Change::Delete { type_, id, .. } => {
                if self.indexer.definitions() == Some(type_) {
                    group.definitions.push(id.as_str(), None);
                }
                let name = type_.name();
                let body = format!(r#"{{"resourceType":"{name}","id":"{id}","meta":{{}}}}"#);
                let splice = body.len() as u32 - 2;
                let head = head(type_, true, splice);
                let (body, previous) = (body.into_bytes(), before.previous);
                Staged { identity, head, subject: None, body, previous, ordinal: None }
            }
        };
        group.newest.insert(identity, group.versions.len());
        group.versions.push(staged);
        Outcome { version, updated: now, created: !before.live, changed: true }
    }

    /// Adds the entries of the store's own parameters: here, so that none is missed when one is
    /// added while a write is under way.
    fn index_own(&self, type_: TypeId, body: &[u8], ordinal: u32, into: &mut Entries) {
        let own = self.shared.own.load();
        if own.compiled.concerns(type_, 0)
            && let Ok(document) = Document::parse(body)
        {
            let hasher = &self.shared.vault.hasher;
            own.compiled.index(0, type_, &document, hasher, ordinal, into);
        }
    }

    /// Writes the staged versions and the outbox; returns where each version lies.
    fn write_group(
        &mut self,
        group: &mut Group,
        t: u64,
    ) -> Result<(Vec<Loc>, Option<Own>), StoreError> {
        let shared = self.shared.clone();
        let dictionaries = shared.dictionaries.load();
        let mut locs: Vec<Loc> = Vec::with_capacity(group.versions.len());
        let mut block: Option<BlockWriter> = None;
        let mut packed = Vec::new();
        for staged in &mut group.versions {
            staged.head.previous = match staged.previous {
                Previous::None => None,
                Previous::Kept(loc) => Some(loc),
                Previous::Staged(at) => Some(locs[at]),
            };
            let dictionary = dictionaries.of_type(staged.head.type_);
            packed.clear();
            let plain = pack(&staged.body, dictionary.map(|d| &**d), &mut packed);
            let body = Packed { dictionary: dictionary.map_or(0, |d| d.id), plain, bytes: &packed };
            let subject = staged.subject.map(|s| shared.vault.subject(s, &self.db)).transpose()?;
            let mut open = match block.take() {
                Some(open) if !open.is_full() => open,
                full => {
                    self.close_block(full, t)?;
                    BlockWriter::new(self.next_seq)
                }
            };
            let key = match &subject {
                Some((id, key)) => (*id, &**key),
                None => (0, &shared.vault.bodies),
            };
            locs.push(open.next_loc());
            let member = Member { head: staged.head, len: staged.body.len() as u32 };
            open.push(&shared.vault, key, &[member], body);
            block = Some(open);
        }
        self.close_block(block, t)?;
        let outbox = std::mem::take(&mut group.outbox);
        self.put_outbox(&outbox)?;
        group.marks.iter().try_for_each(|mark| self.put_checkpoint(mark))?;
        let own = self.put_definitions(&group.definitions)?;
        Ok((locs, own))
    }

    pub(super) fn close_block(
        &mut self,
        block: Option<BlockWriter>,
        t: u64,
    ) -> Result<(), StoreError> {
        let Some(block) = block.filter(|block| !block.is_empty()) else { return Ok(()) };
        self.db
            .prepare_cached("INSERT INTO blocks (seq, t, data) VALUES (?1, ?2, ?3)")?
            .execute(params![self.next_seq as i64, t as i64, block.finish()])?;
        self.next_seq += 1;
        Ok(())
    }

    fn publish_group(&mut self, base: &Snapshot, group: &Group, locs: Vec<Loc>, t: u64) {
        let rows = group.rows(|at| locs[at]);
        let next = base.with_run(t, self.next_seq - 1, group.run(rows, base));
        self.publish(super::maintain::compact_runs(next, &self.shared));
    }
}

fn again(unknown: bool) -> CommitError {
    if unknown {
        StoreError::Unknown.into()
    } else {
        StoreError::Stopped("the group could not be written").into()
    }
}

impl Group {
    /// A later version of the resource comes: the entries of the one before it count no more.
    fn retire(&mut self, identity: Hash96) {
        let staged = self.newest.get(&identity).map(|&at| &self.versions[at]);
        if let Some(ordinal) = staged.and_then(|s| s.ordinal) {
            self.rids[ordinal as usize] = 0;
        }
    }

    /// The newest staged row of each resource.
    fn rows(&self, loc: impl Fn(usize) -> Loc) -> Vec<(Row, Hash96)> {
        let row = |at: usize, staged: &Staged| Row {
            rid: staged.head.rid,
            type_: staged.head.type_,
            version: staged.head.version,
            deleted: staged.head.deleted,
            updated: staged.head.updated,
            loc: loc(at),
        };
        let newest = self.newest.values();
        newest.map(|&at| (row(at, &self.versions[at]), self.versions[at].identity)).collect()
    }

    fn run(&self, rows: Vec<(Row, Hash96)>, base: &Snapshot) -> Run {
        let known = |rid: Rid| base.parts().iter().any(|part| part.rids().contains(rid));
        let supersedes: RoaringBitmap =
            rows.iter().map(|(row, _)| row.rid).filter(|rid| known(*rid)).collect();
        let mut run = index(&self.entries, &self.rids, rows, supersedes);
        run.generation = self.generation;
        run
    }
}

fn before(identity: Hash96, base: &Snapshot, group: &Group) -> Result<Before, StoreError> {
    if let Some(&at) = group.newest.get(&identity) {
        let head = &group.versions[at].head;
        return Ok(Before {
            rid: Some(head.rid),
            version: head.version,
            live: !head.deleted,
            updated: head.updated,
            previous: Previous::Staged(at),
        });
    }
    Ok(match base.find(identity)? {
        Some(row) => Before {
            rid: Some(row.rid),
            version: row.version,
            live: !row.deleted,
            updated: row.updated,
            previous: Previous::Kept(row.loc),
        },
        None => Before {
            rid: None,
            version: 0,
            live: false,
            updated: Timestamp::default(),
            previous: Previous::None,
        },
    })
}

/// Whether a change finds what it expects; else the live version that is there.
fn expect(change: &Change, before: &Before) -> Result<(), Option<u32>> {
    let (Change::Put { expect, .. } | Change::Delete { expect, .. }) = change;
    let current = before.live.then_some(before.version);
    let met = match *expect {
        Expect::Any => true,
        Expect::Absent => current.is_none(),
        Expect::Live => current.is_some(),
        Expect::Version(version) => current == Some(version),
    };
    if met { Ok(()) } else { Err(current) }
}
