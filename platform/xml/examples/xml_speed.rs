//! How long a resource takes to become XML and JSON again, and whether it survives:
//! `cargo run --release -p tarn-xml --example xml_speed -- FOLDER` with NDJSON files in it.

use std::fs;
use std::time::{Duration, Instant};

use tarn_xml::{Layout, to_json, to_xml};

fn main() {
    let folder = std::env::args().nth(1).expect("a folder with NDJSON files");
    let (mut count, mut bytes, mut changed) = (0u32, 0, 0u32);
    let (mut writing, mut reading) = (Duration::ZERO, Duration::ZERO);
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "ndjson") {
            continue;
        }
        let text = fs::read(&path).expect("a file");
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let began = Instant::now();
            let Ok(xml) = to_xml(line, Layout::Compact) else {
                changed += 1;
                continue;
            };
            writing += began.elapsed();
            let began = Instant::now();
            let json = to_json(&xml).expect("what we wrote");
            reading += began.elapsed();
            let value = |json: &[u8]| serde_json::from_slice::<serde_json::Value>(json).ok();
            changed += u32::from(value(&json) != value(line));
            bytes += line.len();
            count += 1;
        }
    }
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(count.max(1));
    println!("{count} resources of {} bytes, {changed} changed", bytes / count.max(1) as usize);
    println!("to XML {:.1} us, to JSON {:.1} us a resource", each(writing), each(reading));
}
