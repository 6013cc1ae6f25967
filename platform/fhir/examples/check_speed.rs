//! How long parsing, checking and keeping take: `cargo run --release -p tarn-fhir --example
//! check_speed -- FILE.ndjson`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use tarn_fhir::check::check;
use tarn_fhir::json::{Document, Tape};
use tarn_fhir::stored::store_into;

fn main() {
    let path = std::env::args().nth(1).expect("an NDJSON file as the argument");
    let text = std::fs::read(&path).expect("the file can be read");
    let lines: Vec<&[u8]> = text.split(|b| *b == b'\n').filter(|line| !line.is_empty()).collect();
    let began = Instant::now();
    tarn_fhir::definitions::definitions();
    println!("definitions decoded in {:?}", began.elapsed());
    let (mut tape, mut out) = (Tape::default(), Vec::new());
    for _ in 0..3 {
        let (mut parsing, mut checking, mut keeping) =
            (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for line in &lines {
            let start = Instant::now();
            let doc = Document::parse_with(line, tape).expect("JSON");
            let parsed = Instant::now();
            black_box(check(&doc)).expect("a good resource");
            let checked = Instant::now();
            out.clear();
            black_box(store_into(&doc, "id", &mut out));
            keeping += checked.elapsed();
            checking += checked - parsed;
            parsing += parsed - start;
            tape = doc.into_tape();
        }
        let each = |total: Duration| total.as_secs_f64() * 1e6 / lines.len() as f64;
        let (parsing, checking, keeping) = (each(parsing), each(checking), each(keeping));
        let size = text.len() / lines.len();
        println!(
            "{} of {size} bytes: parse {parsing:.2} us, check {checking:.2} us, keep {keeping:.2} us",
            lines.len()
        );
    }
}
