//! Making a store, and opening it: after a crash, too.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use roaring::RoaringBitmap;
use rusqlite::{Connection, OptionalExtension, params};
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;

use super::erase::read_erased;
use super::manifest::Manifest;
use super::{BOOK, Engine, OpenOptions};
use crate::body::block::Version;
use crate::body::dictionary::{Dictionaries, Dictionary};
use crate::body::vault::{Table, Vault};
use crate::container::{self, Container, Ownership};
use crate::entries::Entries;
use crate::error::StoreError;
use crate::index::part::Part;
use crate::index::run::Run;
use crate::index::segment::{BlockSource, Segment};
use crate::key::{Hash96, Rid};
use crate::own::Own;
use crate::row::Row;
use crate::shared::{Shared, segment_place};
use crate::snapshot::{Snapshot, bury};
use crate::write::Indexer;

impl Engine {
    /// Makes a new store and opens it.
    ///
    /// # Errors
    /// When there is one already, or it cannot be written.
    pub fn create(options: OpenOptions) -> Result<Self, StoreError> {
        let ownership = Ownership::take(&options.path)?;
        let db = container::create(&options.path)?;
        let vault = Vault::create(options.place, &*options.masters, &db)?;
        let manifest = Manifest { next_rid: 1, next_segment: 1, ..Manifest::default() };
        manifest.write(&db, &vault)?;
        db.execute_batch("COMMIT")?;
        Self::assemble(options, ownership, db, vault)
    }

    /// Opens a store, and takes up what was committed since its last segment was written.
    ///
    /// # Errors
    /// When another process has it, it cannot be read, or is not what was written.
    pub fn open(options: OpenOptions) -> Result<Self, StoreError> {
        let ownership = Ownership::take(&options.path)?;
        let db = container::open(&options.path)?;
        let vault = Vault::open(options.place, &*options.masters, &db)?;
        Self::assemble(options, ownership, db, vault)
    }

    fn assemble(
        options: OpenOptions,
        ownership: Ownership,
        db: Connection,
        vault: Vault,
    ) -> Result<Self, StoreError> {
        let manifest = Manifest::read(&db, &vault)?;
        let dictionaries = read_dictionaries(&db, &vault)?;
        let own = Own::read(read_book(&db, &vault)?, &*options.indexer)?;
        let shared = Arc::new(Shared {
            own: ArcSwap::from_pointee(own),
            container: Container::new(&options.path),
            vault,
            dictionaries: ArcSwap::from_pointee(dictionaries),
            owner: options.cache.new_owner(),
            cache: options.cache,
            unread: Mutex::default(),
            erasing: AtomicBool::default(),
        });
        let erased = read_erased(&db, &shared.vault)?;
        if !erased.is_empty() {
            db.pragma_update_and_check(None, "secure_delete", true, |_| Ok(()))?;
            shared.set_erasing(true);
        }
        remove_strays(&db, &manifest)?;
        let mut parts = bury(&open_segments(&manifest, &shared)?, &erased);
        let tail = Tail::read(&db, &shared, &manifest, &*options.indexer, &parts)?;
        parts = bury(&parts, &tail.run.supersedes);
        let (next_rid, last_time) = (tail.next_rid, tail.last_time);
        if !tail.run.rows.is_empty() {
            parts.push(Part::of_run(tail.run));
        }
        let next_outbox: i64 =
            db.query_row("SELECT coalesce(max(n), 0) + 1 FROM outbox", [], |r| r.get(0))?;
        let snapshot = Snapshot::new(tail.t, tail.last_seq, parts, shared.clone());
        Ok(Self {
            db,
            published: Arc::new(ArcSwap::from_pointee(snapshot)),
            shared,
            indexer: options.indexer,
            clock: options.clock,
            next_rid,
            next_seq: tail.last_seq + 1,
            next_segment: manifest.next_segment,
            flushed_seq: manifest.flushed_seq,
            last_time,
            delivered: 0,
            next_outbox,
            scrubbing: !erased.is_empty(),
            erased,
            replaced: Vec::new(),
            lost: false,
            task_running: false,
            _ownership: ownership,
        })
    }
}

/// The book of the store's own parameters.
fn read_book(db: &Connection, vault: &Vault) -> Result<Vec<u8>, StoreError> {
    let sealed: Option<Vec<u8>> = db
        .query_row("SELECT value FROM meta WHERE name = 'parameters'", [], |r| r.get(0))
        .optional()?;
    sealed.map_or_else(|| Ok(Vec::new()), |sealed| vault.open_sealed(Table::Meta, BOOK, 0, &sealed))
}

fn read_dictionaries(db: &Connection, vault: &Vault) -> Result<Dictionaries, StoreError> {
    let mut dictionaries = Dictionaries::default();
    let mut select = db.prepare("SELECT id, type, sealed FROM dictionaries")?;
    let rows = select.query_map([], |r| {
        Ok((r.get::<_, u32>(0)?, r.get::<_, u8>(1)?, r.get::<_, Vec<u8>>(2)?))
    })?;
    for row in rows {
        let (id, type_, sealed) = row?;
        let bytes = vault.open_sealed(Table::Dictionaries, u64::from(id), 0, &sealed)?;
        dictionaries.add(Arc::new(Dictionary::new(id, TypeId(type_), bytes)));
    }
    Ok(dictionaries)
}

/// Removes segments that were half written, or replaced, when the last process ended.
fn remove_strays(db: &Connection, manifest: &Manifest) -> Result<(), StoreError> {
    let mut at = 0i64;
    loop {
        let found: Option<i64> =
            db.query_row("SELECT min(place) FROM segment_blocks WHERE place >= ?1", [at], |r| {
                r.get(0)
            })?;
        let Some(place) = found else { return Ok(()) };
        let id = (place / segment_place(1, 0)) as u64;
        at = segment_place(id + 1, 0);
        if !manifest.segments.contains(&id) {
            db.execute(
                "DELETE FROM segment_blocks WHERE place >= ?1 AND place < ?2",
                params![segment_place(id, 0), at],
            )?;
        }
    }
}

fn open_segments(manifest: &Manifest, shared: &Arc<Shared>) -> Result<Vec<Part>, StoreError> {
    let mut parts = Vec::with_capacity(manifest.segments.len());
    for &id in &manifest.segments {
        let source: Arc<dyn BlockSource> = shared.clone();
        parts.push(Part::of_segment(Segment::open(id, source)?));
    }
    // What a segment supersedes is dead in those before it.
    let mut later = RoaringBitmap::new();
    for part in parts.iter_mut().rev() {
        let dead = part.rids() & &later;
        part.dead = Arc::new(dead);
        later |= part.supersedes();
    }
    Ok(parts)
}

/// What was committed behind the last segment.
struct Tail {
    run: Run,
    t: u64,
    last_seq: u64,
    next_rid: Rid,
    last_time: Timestamp,
}

impl Tail {
    fn read(
        db: &Connection,
        shared: &Arc<Shared>,
        manifest: &Manifest,
        indexer: &dyn Indexer,
        parts: &[Part],
    ) -> Result<Self, StoreError> {
        let mut last: HashMap<Rid, Version> = HashMap::new();
        let mut tail = Self {
            run: Run::default(),
            t: manifest.t,
            last_seq: manifest.flushed_seq,
            next_rid: u32::try_from(manifest.next_rid).map_err(|_| StoreError::Full)?,
            last_time: newest_time(db, shared)?,
        };
        let last_seq: i64 =
            db.query_row("SELECT coalesce(max(seq), 0) FROM blocks", [], |r| r.get(0))?;
        for seq in manifest.flushed_seq + 1..=last_seq as u64 {
            for version in shared.versions(seq)? {
                tail.t = tail.t.max(version.t);
                tail.next_rid = tail.next_rid.max(version.rid.saturating_add(1));
                last.insert(version.rid, version);
            }
            tail.last_seq = seq;
        }
        let own = shared.own.load().compiled.clone();
        let mut entries = Entries::default();
        let mut rids = Vec::new();
        let mut rows = Vec::new();
        for version in last.values() {
            let id = version.id().ok_or(StoreError::Damaged { what: "a body" })?;
            let identity = shared.vault.hasher.identity(version.type_.name(), id);
            rows.push((row_of(version), identity));
            if parts.iter().any(|part| part.rids().contains(version.rid)) {
                tail.run.supersedes.insert(version.rid);
            }
            if !version.deleted {
                let document = Document::parse(&version.body)
                    .map_err(|_| StoreError::Damaged { what: "a body" })?;
                let ordinal = rids.len() as u32;
                indexer.index(
                    version.type_,
                    &document,
                    &shared.vault.hasher,
                    ordinal,
                    &mut entries,
                );
                if own.concerns(version.type_, 0) {
                    let hasher = &shared.vault.hasher;
                    own.index(0, version.type_, &document, hasher, ordinal, &mut entries);
                }
                rids.push(version.rid);
            }
        }
        let supersedes = std::mem::take(&mut tail.run.supersedes);
        tail.run = index(&entries, &rids, rows, supersedes);
        tail.run.generation = own.generation();
        Ok(tail)
    }
}

fn newest_time(db: &Connection, shared: &Arc<Shared>) -> Result<Timestamp, StoreError> {
    let seq: i64 = db.query_row("SELECT coalesce(max(seq), 0) FROM blocks", [], |r| r.get(0))?;
    let newest = shared.versions(seq as u64)?.into_iter().map(|v| v.updated).max();
    Ok(newest.unwrap_or_default())
}

pub(super) fn row_of(version: &Version) -> Row {
    Row {
        rid: version.rid,
        type_: version.type_,
        version: version.version,
        deleted: version.deleted,
        updated: version.updated,
        loc: version.loc,
    }
}

/// A run of entries and rows.
pub(super) fn index(
    entries: &Entries,
    rids: &[Rid],
    rows: Vec<(Row, Hash96)>,
    supersedes: RoaringBitmap,
) -> Run {
    let mut run = Run::index(entries, rids);
    run.set_rows(rows);
    run.supersedes = supersedes;
    run
}
