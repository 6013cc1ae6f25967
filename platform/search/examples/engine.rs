//! Times the store engine alone, without a server:
//! `cargo run --release -p tarn-search --example engine -- a.ndjson b.ndjson …`
//!
//! Prints what an import costs in CPU beside its parts measured alone, and what could sink the
//! design: publishing after a commit, pauses by upkeep, updates, opening, cold reads.

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tarn_domain::{FreshIds, LogicalId, OrganizationId, StoreId, SystemClock};
use tarn_fhir::check::check;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Tape};
use tarn_fhir::stored;
use tarn_keys::Keyring;
use tarn_search::extract::{self, R4Indexer};
use tarn_store::{
    Change, Engine, Entries, Expect, Indexer, OpenOptions, Place, SegmentCache, Snapshot, WriteSet,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Resources of a load block, as imports build them.
const BLOCK: usize = 16_384;
/// Single writes that are timed, in groups of this many.
const GROUPS: [usize; 2] = [1, 64];

fn main() -> Outcome<()> {
    extract::compile_all();
    let texts: Vec<String> =
        std::env::args().skip(1).map(std::fs::read_to_string).collect::<Result<_, _>>()?;
    let lines: Vec<&str> = texts.iter().flat_map(|t| t.lines()).filter(|l| !l.is_empty()).collect();
    if lines.is_empty() {
        return Err("name NDJSON files".into());
    }
    let folder = tempfile::tempdir()?;
    let options = OpenOptions {
        path: folder.path().join("store.sqlite"),
        place: Place {
            organization: OrganizationId::fresh(&FreshIds),
            store: StoreId::fresh(&FreshIds),
        },
        masters: Arc::new(Keyring::open_or_create(folder.path())?),
        indexer: Arc::new(R4Indexer),
        clock: Arc::new(SystemClock),
        cache: SegmentCache::with_budget(256 << 20),
    };
    let mut engine = Engine::create(options.clone())?;
    load(&mut engine, &lines)?;
    for group in GROUPS {
        writes(&mut engine, &lines, group)?;
    }
    let size = engine.snapshot().size_bytes() as f64;
    engine.close()?;
    println!("size with its log before closing: {:.0} bytes a resource", size / lines.len() as f64);
    let start = Instant::now();
    let engine = Engine::open(options)?;
    println!("open: {:?}", start.elapsed());
    reads(&engine.snapshot())
}

fn each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}

fn load(engine: &mut Engine, lines: &[&str]) -> Outcome<()> {
    let loader = engine.loader();
    let (mut alone, mut building, mut writing, mut upkeep) = <(Duration, _, _, _)>::default();
    let mut longest = Duration::ZERO;
    for block in lines.chunks(BLOCK) {
        let start = Instant::now();
        parts_alone(block, engine.snapshot().hasher())?;
        alone += start.elapsed();
        let start = Instant::now();
        let mut builder = loader.block();
        for line in block {
            let document = Document::parse(line.as_bytes())?;
            let type_ = check(&document).map_err(|issues| format!("{issues:?}"))?;
            let id = document.root().get("id").and_then(|v| v.as_str()).ok_or("no id")?;
            builder.add(&document, type_, &id);
        }
        let block = builder.finish();
        building += start.elapsed();
        let start = Instant::now();
        engine.load(block)?;
        longest = longest.max(start.elapsed());
        writing += start.elapsed();
        let start = Instant::now();
        keep_up(engine, &mut longest)?;
        upkeep += start.elapsed();
    }
    let (parts, count) = (engine.snapshot().parts().len(), lines.len());
    println!("{count} resources in {parts} parts, µs a resource, one thread:");
    println!("  parse, check, extract, alone: {:.1}", each(alone, count));
    println!("  the same with compressing and sorting: {:.1}", each(building, count));
    println!("  writing, the block's fsync with it: {:.1}", each(writing, count));
    println!("  upkeep: {:.1}", each(upkeep, count));
    println!("longest time that others would have waited for the writer: {longest:?}");
    Ok(())
}

fn parts_alone(lines: &[&str], hasher: &tarn_store::Hasher) -> Outcome<()> {
    let mut entries = Entries::default();
    let (mut tape, mut body) = (Tape::default(), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let document = Document::parse_with(line.as_bytes(), tape)?;
        let type_ = check(&document).map_err(|issues| format!("{issues:?}"))?;
        Indexer::index(&R4Indexer, type_, &document, hasher, at as u32, &mut entries);
        body.clear();
        stored::store_into(&document, "id", &mut body);
        tape = document.into_tape();
    }
    Ok(())
}

/// What the owner of a store does between writes, with the longest hold of the writer noted.
fn keep_up(engine: &mut Engine, longest: &mut Duration) -> Outcome<()> {
    while let Some(task) = engine.next_task() {
        let mut step = Some(task.run()?);
        while let Some(done) = step {
            let start = Instant::now();
            step = engine.install(done)?;
            *longest = (*longest).max(start.elapsed());
        }
    }
    while engine.remove_unread()? {}
    Ok(())
}

fn writes(engine: &mut Engine, lines: &[&str], group: usize) -> Outcome<()> {
    let step = (lines.len() / 2_000).max(1);
    let chosen: Vec<&str> = lines.iter().copied().step_by(step).take(2_000).collect();
    let mut times = Vec::new();
    for lines in chosen.chunks(group) {
        let sets = lines.iter().map(|line| update(engine, line)).collect::<Outcome<Vec<_>>>()?;
        let start = Instant::now();
        for answer in engine.commit(sets) {
            answer?;
        }
        times.push(start.elapsed());
        keep_up(engine, &mut Duration::default())?;
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!(
        "updates in groups of {group}, fsync with it: p50 {:?}, p99 {:?}, longest {:?} a group",
        at(50),
        at(99),
        at(100)
    );
    Ok(())
}

fn update(engine: &Engine, line: &str) -> Outcome<WriteSet> {
    let document = Document::parse(line.as_bytes())?;
    let type_ = document.root().get("resourceType").and_then(|v| v.as_str()).ok_or("no type")?;
    let type_ = TypeId::parse(&type_).ok_or("no type")?;
    let id = document.root().get("id").and_then(|v| v.as_str()).ok_or("no id")?;
    let mut entries = Entries::default();
    Indexer::index(&R4Indexer, type_, &document, engine.snapshot().hasher(), 0, &mut entries);
    let change = Change::Put {
        type_,
        id: id.parse::<LogicalId>()?,
        stored: stored::store(&document, &id),
        entries: Arc::new(entries),
        expect: Expect::Any,
    };
    Ok(WriteSet { changes: vec![change], ..WriteSet::default() })
}

fn reads(snapshot: &Snapshot) -> Outcome<()> {
    let all: Vec<u32> = snapshot.live()?.iter().collect();
    for round in ["cold", "warm"] {
        let (mut chance, mut bytes) = (12_345u64, 0);
        let count = 20_000;
        let start = Instant::now();
        for _ in 0..count {
            chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let rid = all[(chance >> 33) as usize % all.len()];
            let row = snapshot.row(rid)?.ok_or("no row")?;
            bytes += snapshot.read(row.loc)?.body.len();
        }
        let time = each(start.elapsed(), count);
        println!("read a body, {round}: {time:.1} µs, {} bytes on average", bytes / count);
    }
    Ok(())
}
