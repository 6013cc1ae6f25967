//! The engine against a simple model: random histories, with flushes, merges and reopenings.

use std::collections::BTreeMap;
use std::sync::Arc;

use tarn_domain::{FreshIds, LogicalId, ManualClock, OrganizationId, StoreId, Timestamp};
use tarn_fhir::definitions::{FieldId, TypeId};
use tarn_fhir::json::Document;
use tarn_fhir::stored::{self, Stored};
use tarn_keys::Keyring;

use super::*;
use crate::entries::Entries;
use crate::index::part::TermMatch;
use crate::key::{Field, Hasher, Key, Variant};
use crate::row::Loc;
use crate::write::{Change, CommitError, Expect, Guard, Mark, Receipt, WriteSet};

/// Indexes `gender` as a key, `family` as a term, `born` as a date; the subject is the id's first
/// letter.
struct TestIndexer;

const GENDER: Field = Field::new(FieldId(1), Variant::Main);
const FAMILY: Field = Field::new(FieldId(2), Variant::Main);
const BORN: Field = Field::new(FieldId(3), Variant::Main);

impl Indexer for TestIndexer {
    fn index(
        &self,
        _: TypeId,
        document: &Document<'_>,
        hasher: &Hasher,
        ordinal: u32,
        into: &mut Entries,
    ) {
        let root = document.root();
        if let Some(gender) = root.get("gender").and_then(|v| v.as_str()) {
            into.add_key(Key::new(GENDER, hasher.text(&gender), 0), ordinal);
        }
        if let Some(family) = root.get("family").and_then(|v| v.as_str()) {
            into.add_term(FAMILY, &family, ordinal);
        }
        if let Some(born) = root.get("born").and_then(|v| v.number()).and_then(|n| n.parse().ok()) {
            into.add_date(BORN, ordinal, born, born + 1);
        }
        let id = root.get("id").and_then(|v| v.as_str()).unwrap_or_default();
        into.push_subject(Some(hasher.identity("Patient", &id[..1])));
    }
}

struct Bench {
    options: OpenOptions,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_000_000)));
    let options = OpenOptions {
        path: folder.path().join("stores").join("store.sqlite"),
        place: Place {
            organization: OrganizationId::fresh(&FreshIds),
            store: StoreId::fresh(&FreshIds),
        },
        masters: Arc::new(Keyring::open_or_create(folder.path()).expect("a keyring")),
        indexer: Arc::new(TestIndexer),
        clock: clock.clone(),
        cache: SegmentCache::with_budget(1 << 20),
    };
    Bench { options, clock, _folder: folder }
}

fn patient() -> TypeId {
    TypeId::parse("Patient").expect("a type")
}

fn text(id: &str, n: u64) -> String {
    let gender = ["male", "female", "other"][(n % 3) as usize];
    let family = ["smith", "smythe", "jones", "élan"][(n / 3 % 4) as usize];
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","gender":"{gender}","family":"{family}","born":{},"n":{n}}}"#,
        n % 50
    )
}

fn prepared(engine: &Engine, id: &str, n: u64) -> (Stored, Arc<Entries>) {
    let text = text(id, n);
    let document = Document::parse(text.as_bytes()).expect("JSON");
    let mut entries = Entries::default();
    TestIndexer.index(patient(), &document, engine.snapshot().hasher(), 0, &mut entries);
    (stored::store(&document, id), Arc::new(entries))
}

fn put(engine: &Engine, id: &str, n: u64, expect: Expect) -> Change {
    let (stored, entries) = prepared(engine, id, n);
    let id: LogicalId = id.parse().expect("an id");
    Change::Put { type_: patient(), id, stored, entries, expect }
}

fn delete(id: &str, expect: Expect) -> Change {
    Change::Delete { type_: patient(), id: id.parse().expect("an id"), expect }
}

fn set(changes: Vec<Change>) -> WriteSet {
    WriteSet { changes, ..WriteSet::default() }
}

/// Id → (version, n; none where deleted).
type Model = BTreeMap<String, (u32, Option<u64>)>;

fn ids(snapshot: &Snapshot, rids: impl Iterator<Item = u32>) -> Vec<String> {
    let mut ids: Vec<String> = rids
        .map(|rid| {
            let row = snapshot.row(rid).expect("a row").expect("a live row");
            snapshot.read(row.loc).expect("a version").id().expect("an id").to_owned()
        })
        .collect();
    ids.sort();
    ids
}

fn check(engine: &Engine, model: &Model) {
    let snapshot = engine.snapshot();
    for (id, (version, n)) in model {
        let row = snapshot.lookup(patient(), id).expect("a lookup").expect("a row");
        assert_eq!((row.version, row.deleted), (*version, n.is_none()), "{id}");
        let read = snapshot.read(row.loc).expect("a version");
        assert_eq!((read.rid, read.version, read.id()), (row.rid, *version, Some(id.as_str())));
        if let Some(n) = n {
            let mut out = Vec::new();
            stored::render(&read.body, read.splice, read.version, read.updated, &mut out);
            let out: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
            assert_eq!(out["n"], *n);
            assert_eq!(out["meta"]["versionId"], version.to_string());
        }
        let versions: Vec<u32> =
            snapshot.history(row).map(|v| v.expect("a version").version).collect();
        assert_eq!(versions, (1..=*version).rev().collect::<Vec<_>>(), "{id}");
    }
    let live: Vec<(&String, u64)> =
        model.iter().filter_map(|(id, (_, n))| Some((id, (*n)?))).collect();
    assert_eq!(snapshot.count(patient()), live.len() as u64);
    for (g, gender) in ["male", "female", "other"].into_iter().enumerate() {
        let key = Key::new(GENDER, snapshot.hasher().text(gender), 0);
        let want: Vec<String> =
            live.iter().filter(|(_, n)| n % 3 == g as u64).map(|(id, _)| (*id).clone()).collect();
        let mut got = roaring::RoaringBitmap::new();
        let mut count = 0;
        for part in snapshot.parts() {
            let hits = part.postings(key.only()).expect("postings");
            assert!(got.is_disjoint(&hits), "parts meet");
            got |= hits;
            count += part.count(key).expect("a count");
        }
        assert_eq!(count, want.len() as u64);
        assert_eq!(ids(&snapshot, got.iter()), want);
    }
    let smiths: Vec<String> =
        live.iter().filter(|(_, n)| n / 3 % 4 < 2).map(|(id, _)| (*id).clone()).collect();
    let mut got = roaring::RoaringBitmap::new();
    for part in snapshot.parts() {
        got |= part.terms(FAMILY, TermMatch::Prefix("sm")).expect("terms");
        let contains = part.terms(FAMILY, TermMatch::Contains("la")).expect("terms");
        let exact = part.terms(FAMILY, TermMatch::Exact("élan")).expect("terms");
        assert_eq!(contains, exact);
    }
    assert_eq!(ids(&snapshot, got.iter()), smiths);
    let mut born = 0;
    for part in snapshot.parts() {
        let live = part.live().expect("live");
        let Some(column) = part.dates(BORN).expect("dates") else { continue };
        for (at, rid) in column.rids.iter().enumerate() {
            if live.contains(*rid) && column.lo[at] >= 25 {
                born += 1;
            }
        }
    }
    assert_eq!(born, live.iter().filter(|(_, n)| n % 50 >= 25).count());
}

/// A small generator of chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn change(engine: &Engine, chance: &mut Chance, model: &mut Model, n: u64) -> Change {
    let id = format!("{}{}", ["a", "b", "c"][chance.next(3) as usize], chance.next(40));
    let known = model.get(&id).copied().unwrap_or((0, None));
    if chance.next(4) == 0 {
        if known.1.is_some() {
            model.insert(id.clone(), (known.0 + 1, None));
        }
        return delete(&id, Expect::Any);
    }
    model.insert(id.clone(), (known.0 + 1, Some(n)));
    put(engine, &id, n, Expect::Any)
}

fn load(engine: &mut Engine, chance: &mut Chance, model: &mut Model, n: u64) {
    let mut builder = engine.loader().block();
    let twins = chance.next(2) == 0;
    let mut seen = std::collections::HashSet::new();
    for at in 0..100 + chance.next(100) {
        let id = format!("{}{}", ["a", "c", "d"][chance.next(3) as usize], chance.next(300));
        if !seen.insert(id.clone()) && !twins {
            continue;
        }
        let known = model.get(&id).copied().unwrap_or((0, None));
        let text = text(&id, n + at);
        let document = Document::parse(text.as_bytes()).expect("JSON");
        builder.add(&document, patient(), &id);
        model.insert(id, (known.0 + 1, Some(n + at)));
    }
    engine.load(builder.finish()).expect("a load");
}

fn maintain(engine: &mut Engine) {
    while let Some(task) = engine.next_task() {
        let mut step = Some(task.run().expect("a task"));
        while let Some(done) = step {
            step = engine.install(done).expect("an install");
        }
    }
    while engine.remove_unread().expect("a removal") {}
}

#[test]
fn any_history_reads_as_a_simple_model_does() {
    for seed in 0..6 {
        let bench = bench();
        let mut chance = Chance(seed);
        let mut model = Model::new();
        let mut engine = Engine::create(bench.options.clone()).expect("a store");
        for round in 0..120u64 {
            bench.clock.advance(std::time::Duration::from_secs(1));
            match chance.next(14) {
                12 | 13 => {
                    erase_some(&mut engine, &mut chance, &mut model);
                    if chance.next(2) == 0 {
                        drop(engine);
                        engine = Engine::open(bench.options.clone()).expect("a store");
                    }
                }
                0 => load(&mut engine, &mut chance, &mut model, round * 1_000),
                1 => engine.flush().expect("a flush"),
                2 => {
                    // As after a kill: nothing is flushed.
                    drop(engine);
                    engine = Engine::open(bench.options.clone()).expect("a store");
                }
                3 => {
                    engine.close().expect("a close");
                    engine = Engine::open(bench.options.clone()).expect("a store");
                }
                _ => {
                    let group = (0..1 + chance.next(5))
                        .map(|at| {
                            set(vec![change(&engine, &mut chance, &mut model, round * 1_000 + at)])
                        })
                        .collect();
                    engine.commit(group).into_iter().for_each(|r| drop(r.expect("a receipt")));
                }
            }
            maintain(&mut engine);
            if round % 10 == 9 {
                check(&engine, &model);
            }
        }
        check(&engine, &model);
    }
}

/// Erases some resources, as if they had never been.
fn erase_some(engine: &mut Engine, chance: &mut Chance, model: &mut Model) {
    let known: Vec<String> = model.keys().cloned().collect();
    let chosen: Vec<&String> = known.iter().filter(|_| chance.next(9) == 0).collect();
    let snapshot = engine.snapshot();
    let row = |id: &&String| snapshot.lookup(patient(), id).expect("a lookup").expect("a row");
    let rids: Vec<u32> = chosen.iter().map(|id| row(id).rid).collect();
    let versions: u32 = chosen.iter().map(|id| model[*id].0).sum();
    let erasure = Erasure { rids: rids.clone(), ..Erasure::default() };
    let erased = engine.erase(erasure).expect("an erasure");
    assert_eq!((erased.resources, erased.versions), (rids.len() as u64, u64::from(versions)));
    for id in chosen {
        model.remove(id);
    }
    let now = engine.snapshot();
    for id in known.iter().filter(|id| !model.contains_key(*id)) {
        assert!(now.lookup(patient(), id).expect("a lookup").is_none());
    }
    let mut changes = now.changes(None, None, None);
    assert!(!changes.any(|version| rids.contains(&version.expect("a version").rid)));
}

#[test]
fn what_was_erased_is_in_no_block_and_in_no_segment() {
    let bench = bench();
    let mut engine = Engine::create(bench.options.clone()).expect("a store");
    let mut chance = Chance(4);
    let mut model = Model::new();
    load(&mut engine, &mut chance, &mut model, 1);
    load(&mut engine, &mut chance, &mut model, 1_000);
    engine.commit(vec![set(vec![put(&engine, "a1", 5, Expect::Any)])])[0].as_ref().expect("one");
    engine.commit(vec![set(vec![put(&engine, "a1", 6, Expect::Any)])])[0].as_ref().expect("two");
    let snapshot = engine.snapshot();
    let row = snapshot.lookup(patient(), "a1").expect("a lookup").expect("a row");
    let locs: Vec<Loc> = snapshot.history(row).map(|v| v.expect("a version").loc).collect();
    drop(snapshot);
    let erasure = Erasure { rids: vec![row.rid], ..Erasure::default() };
    assert_eq!(engine.erase(erasure).expect("an erasure").versions, locs.len() as u64);
    for loc in &locs {
        assert!(matches!(engine.snapshot().read(*loc), Err(StoreError::Erased)));
    }
    assert!(engine.snapshot().is_erasing());
    drop(engine);
    // As after a kill: upkeep goes on where it was.
    let mut engine = Engine::open(bench.options.clone()).expect("a store");
    assert!(engine.is_scrubbing());
    model.remove("a1");
    check(&engine, &model);
    maintain(&mut engine);
    assert!(!engine.snapshot().is_erasing());
    assert!(engine.snapshot().parts().iter().all(|part| !part.rids().contains(row.rid)));
    check(&engine, &model);
    // Its name can be taken again, by another resource.
    engine.commit(vec![set(vec![put(&engine, "a1", 7, Expect::Absent)])])[0].as_ref().expect("new");
    let fresh = engine.snapshot().lookup(patient(), "a1").expect("a lookup").expect("a row");
    assert!(fresh.rid > row.rid && fresh.version == 1);
    let nothing = Erasure { rids: vec![row.rid], ..Erasure::default() };
    assert_eq!(engine.erase(nothing).expect("an erasure"), Erased::default());
}

#[test]
fn a_destroyed_key_leaves_nothing_that_can_be_read() {
    let bench = bench();
    let mut engine = Engine::create(bench.options.clone()).expect("a store");
    let mut chance = Chance(5);
    let mut model = Model::new();
    load(&mut engine, &mut chance, &mut model, 1);
    for n in 0..40 {
        let change = change(&engine, &mut chance, &mut model, n);
        engine.commit(vec![set(vec![change])])[0].as_ref().expect("a receipt");
    }
    // The subject is the id's first letter.
    let snapshot = engine.snapshot();
    let subject = snapshot.hasher().identity("Patient", "a");
    let theirs = snapshot.sealed_for(subject).expect("rids");
    let ours = model.keys().filter(|id| id.starts_with('a')).count() as u64;
    assert!(theirs.len() == ours && ours > 10, "{} of {ours}", theirs.len());
    let locs: Vec<Loc> = snapshot
        .changes(None, None, None)
        .map(|version| version.expect("a version"))
        .filter(|version| theirs.contains(version.rid) && !version.deleted)
        .map(|version| version.loc)
        .collect();
    drop(snapshot);
    // Only the key: bodies that were not taken out are lost with it.
    let erasure = Erasure { patient: Some(subject), ..Erasure::default() };
    engine.erase(erasure).expect("an erasure");
    let erasure = |rids: Vec<u32>| Erasure { rids, ..Erasure::default() };
    for loc in &locs {
        assert!(matches!(engine.snapshot().read(*loc), Err(StoreError::Erased)));
    }
    for rids in theirs.iter().collect::<Vec<_>>().chunks(7) {
        engine.erase(erasure(rids.to_vec())).expect("an erasure");
    }
    model.retain(|id, _| !id.starts_with('a'));
    drop(engine);
    let mut engine = Engine::open(bench.options.clone()).expect("a store");
    maintain(&mut engine);
    check(&engine, &model);
    assert!(engine.snapshot().sealed_for(subject).expect("rids").is_empty());
    // A patient of that name is another patient, with another key.
    engine.commit(vec![set(vec![put(&engine, "a1", 7, Expect::Absent)])])[0].as_ref().expect("new");
    assert_eq!(engine.snapshot().sealed_for(subject).expect("rids").len(), 1);
    model.insert("a1".to_owned(), (1, Some(7)));
    check(&engine, &model);
}

#[test]
fn an_old_snapshot_stays_what_it_was() {
    let bench = bench();
    let mut engine = Engine::create(bench.options).expect("a store");
    let mut chance = Chance(9);
    let mut model = Model::new();
    load(&mut engine, &mut chance, &mut model, 1);
    let old = engine.snapshot();
    let before = old.count(patient());
    let all: Vec<u32> = old.live().expect("live").iter().collect();
    for round in 0..20 {
        load(&mut engine, &mut chance, &mut model, round * 1_000);
        maintain(&mut engine);
    }
    assert_eq!(old.count(patient()), before);
    for rid in all {
        let row = old.row(rid).expect("a row").expect("a live row");
        assert_eq!(old.read(row.loc).expect("a version").version, row.version);
    }
    check(&engine, &model);
}

#[test]
fn preconditions_refuse_their_set_and_no_other() {
    let bench = bench();
    let mut engine = Engine::create(bench.options).expect("a store");
    let answers = engine.commit(vec![
        set(vec![put(&engine, "a1", 1, Expect::Absent)]),
        set(vec![put(&engine, "a1", 2, Expect::Absent)]),
        set(vec![put(&engine, "a2", 3, Expect::Any), put(&engine, "a1", 4, Expect::Version(7))]),
        set(vec![put(&engine, "a1", 5, Expect::Version(1))]),
        set(vec![put(&engine, "a3", 6, Expect::Any), put(&engine, "a3", 7, Expect::Any)]),
        set(vec![delete("a9", Expect::Any)]),
    ]);
    let short: Vec<String> = answers
        .iter()
        .map(|answer| match answer {
            Ok(receipt) => format!("v{}", receipt.outcomes[0].version),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(
        short,
        [
            "v1",
            "change 0 found version Some(1)",
            "change 1 found version Some(1)",
            "v2",
            "change 1 is of a resource that the same write changes already",
            "v0"
        ]
    );
    assert!(engine.snapshot().lookup(patient(), "a2").expect("a lookup").is_none());
}

#[test]
fn two_conditional_creates_of_one_group_cannot_both_happen() {
    let bench = bench();
    let mut engine = Engine::create(bench.options).expect("a store");
    let guard = || Guard {
        question: Arc::new(|snapshot: &Snapshot| {
            let key = Key::new(GENDER, snapshot.hasher().text("female"), 0);
            let mut found = Vec::new();
            for part in snapshot.parts() {
                let hits = part.postings(key.only())?;
                found.extend(part.identities(&hits)?.into_iter().map(|(_, hash)| hash));
            }
            Ok(found)
        }),
        expected: Vec::new(),
        seen_at: engine.snapshot().t(),
    };
    let conditional = |id: &str| WriteSet {
        changes: vec![put(&engine, id, 1, Expect::Absent)],
        guards: vec![guard()],
        ..WriteSet::default()
    };
    let group = vec![conditional("a1"), conditional("a2")];
    let late = conditional("a3");
    let answers = engine.commit(group);
    assert!(answers[0].is_ok());
    assert!(matches!(answers[1], Err(CommitError::GuardMoved)));
    assert!(matches!(engine.commit(vec![late])[0], Err(CommitError::GuardMoved)));
    assert_eq!(engine.snapshot().count(patient()), 1);
}

#[test]
fn outbox_and_checkpoint_are_as_durable_as_the_change() {
    let bench = bench();
    let job = JobId::fresh(&FreshIds);
    let mut engine = Engine::create(bench.options.clone()).expect("a store");
    let mut one = set(vec![put(&engine, "a1", 1, Expect::Any)]);
    one.outbox = vec![b"first".to_vec(), b"second".to_vec()];
    let marked = JobId::fresh(&FreshIds);
    let state = |receipt: &Receipt| receipt.outcomes[0].version.to_string().into_bytes();
    one.mark = Some(Mark { job: marked, state: Arc::new(state) });
    engine.commit(vec![one])[0].as_ref().expect("a receipt");
    let mut builder = engine.loader().block();
    let text = text("b1", 2);
    builder.add(&Document::parse(text.as_bytes()).expect("JSON"), patient(), "b1");
    let mut block = builder.finish();
    block.checkpoint = Some(Checkpoint { job, state: b"line 1".to_vec() });
    engine.load(block).expect("a load");
    drop(engine);
    let mut engine = Engine::open(bench.options.clone()).expect("a store");
    assert_eq!(engine.checkpoint(job).expect("a checkpoint").as_deref(), Some(&b"line 1"[..]));
    assert_eq!(engine.checkpoint(marked).expect("a mark").as_deref(), Some(&b"1"[..]));
    let waiting = engine.outbox(10).expect("an outbox");
    assert_eq!(
        waiting.iter().map(|e| e.entry.as_slice()).collect::<Vec<_>>(),
        [&b"first"[..], b"second"]
    );
    engine.delivered(waiting[1].n);
    let again = engine.commit(vec![set(vec![delete("a1", Expect::Any)])]);
    assert!(again[0].is_ok());
    assert!(engine.outbox(10).expect("an outbox").is_empty());
    drop(engine);
    assert!(
        Engine::open(bench.options).expect("a store").outbox(10).expect("an outbox").is_empty()
    );
}

#[test]
fn a_store_has_one_owner_and_its_bytes_stay_where_they_are() {
    let bench = bench();
    let mut engine = Engine::create(bench.options.clone()).expect("a store");
    assert!(matches!(Engine::open(bench.options.clone()), Err(StoreError::Owned)));
    engine.commit(vec![set(vec![put(&engine, "a1", 1, Expect::Any)])])[0].as_ref().expect("one");
    engine.commit(vec![set(vec![put(&engine, "a2", 2, Expect::Any)])])[0].as_ref().expect("two");
    engine.close().expect("a close");
    let db = rusqlite::Connection::open(&bench.options.path).expect("the file");
    db.execute_batch(
        "UPDATE blocks SET data = (SELECT data FROM blocks WHERE seq = 2) WHERE seq = 1",
    )
    .expect("a swap");
    drop(db);
    let engine = Engine::open(bench.options.clone()).expect("a store");
    let snapshot = engine.snapshot();
    let row = snapshot.lookup(patient(), "a1").expect("a lookup").expect("a row");
    assert!(matches!(snapshot.read(row.loc), Err(StoreError::Damaged { .. })));
    drop((snapshot, engine));
    let mut other = bench.options;
    other.place.store = StoreId::fresh(&FreshIds);
    assert!(Engine::open(other).is_err(), "another store's place opens nothing");
}

#[test]
fn nothing_readable_lies_on_disk() {
    let bench = bench();
    let mut engine = Engine::create(bench.options.clone()).expect("a store");
    let mut chance = Chance(3);
    load(&mut engine, &mut chance, &mut Model::new(), 5);
    engine.commit(vec![set(vec![put(&engine, "a1", 1, Expect::Any)])])[0].as_ref().expect("one");
    engine.close().expect("a close");
    let bytes = std::fs::read(&bench.options.path).expect("the file");
    for word in ["smith", "Patient", "gender", "female"] {
        let found = bytes.windows(word.len()).any(|w| w == word.as_bytes());
        assert!(!found, "`{word}` can be read in the file");
    }
}
