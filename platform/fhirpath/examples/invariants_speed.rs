//! How long R4's invariants take: `cargo run --release -p tarn-fhirpath --example
//! invariants_speed -- FILE.ndjson`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tarn_domain::Timestamp;
use tarn_fhir::json::Document;
use tarn_fhirpath::invariants::check;

fn main() {
    let path = std::env::args().nth(1).expect("an NDJSON file as the argument");
    let text = std::fs::read(&path).expect("the file can be read");
    let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').filter(|line| !line.is_empty()).collect();
    let began = Instant::now();
    let first = Document::parse(lines.first().expect("a line")).expect("JSON");
    black_box(check(&first, Timestamp::default()));
    println!("definitions and rules read in {:?}", began.elapsed());
    for _ in 0..3 {
        let (mut checking, mut issues) = (Duration::ZERO, 0);
        for line in &lines {
            let document = Document::parse(line).expect("JSON");
            let start = Instant::now();
            issues += black_box(check(&document, Timestamp::default())).len();
            checking += start.elapsed();
        }
        let each = checking.as_secs_f64() * 1e6 / lines.len() as f64;
        let (count, size) = (lines.len(), text.len() / lines.len());
        println!("{count} of {size} bytes: {each:.1} us each, {issues} issues");
    }
}
