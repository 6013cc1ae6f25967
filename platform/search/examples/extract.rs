//! Times parsing and extraction: `cargo run --release -p tarn-search --example extract -- a.ndjson`

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Tape};
use tarn_search::extract::{self, R4Indexer};
use tarn_store::{Entries, Hasher, Indexer};

const ROUNDS: u32 = 5;
const BLOCK: u32 = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    extract::compile_all();
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path)?;
        let mut best: Option<Times> = None;
        for _ in 0..ROUNDS {
            let times = run(&text)?;
            best = Some(match best {
                Some(best) if best.index < times.index => best,
                _ => times,
            });
        }
        if let Some(times) = best {
            println!("{path}: {}", times.line());
        }
    }
    Ok(())
}

#[derive(Default)]
struct Times {
    resources: u32,
    entries: usize,
    parse: Duration,
    index: Duration,
}

impl Times {
    fn line(&self) -> String {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(self.resources.max(1));
        format!(
            "{} resources, parse {:.2} µs, extract {:.2} µs, {:.1} entries each",
            self.resources,
            each(self.parse),
            each(self.index),
            self.entries as f64 / f64::from(self.resources.max(1)),
        )
    }
}

fn run(text: &str) -> Result<Times, Box<dyn Error>> {
    let hasher = Hasher::new(*b"a key of 16 byte");
    let mut times = Times::default();
    let mut entries = Entries::default();
    let mut tape = Tape::default();
    for line in text.lines().filter(|line| !line.is_empty()) {
        let start = Instant::now();
        let doc = Document::parse_with(line.as_bytes(), tape)?;
        times.parse += start.elapsed();
        let name = doc.root().get("resourceType").and_then(|value| value.as_str());
        let type_ = name.and_then(|name| TypeId::parse(&name)).ok_or("a line without a type")?;
        let start = Instant::now();
        let ordinal = times.resources % BLOCK;
        Indexer::index(&R4Indexer, type_, &doc, &hasher, ordinal, &mut entries);
        times.index += start.elapsed();
        times.resources += 1;
        if times.resources % BLOCK == 0 {
            times.entries += count(black_box(&entries));
            entries.clear();
        }
        tape = doc.into_tape();
    }
    times.entries += count(&entries);
    Ok(times)
}

fn count(entries: &Entries) -> usize {
    entries.keys().len()
        + entries.terms().count()
        + entries.dates().len()
        + entries.numbers().len()
        + entries.quantities().len()
}
