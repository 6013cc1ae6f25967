//! Synthea's populations pass the structural check, and read back as they were sent.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use tarn_domain::Timestamp;
use tarn_fhir::check::check;
use tarn_fhir::json::{Document, Value};
use tarn_fhir::stored::{render, store};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/synthea");

/// Every NDJSON file below the folder, gzipped or not.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            files(&path, found);
        } else if name != "log.ndjson"
            && (name.ends_with(".ndjson") || name.ends_with(".ndjson.gz"))
        {
            found.push(path);
        }
    }
}

fn each_line(mut visit: impl FnMut(&Path, usize, &[u8])) -> bool {
    if !Path::new(FOLDER).exists() {
        eprintln!("skipped: the populations are not beside this repository");
        return false;
    }
    let mut all = Vec::new();
    files(Path::new(FOLDER), &mut all);
    all.sort();
    for path in all {
        let file = fs::File::open(&path).unwrap();
        let is_packed = path.extension().is_some_and(|extension| extension == "gz");
        let reader: Box<dyn Read> = if is_packed {
            Box::new(flate2::read::MultiGzDecoder::new(file))
        } else {
            Box::new(file)
        };
        for (line, text) in BufReader::new(reader).split(b'\n').enumerate() {
            let text = text.unwrap();
            if !text.is_empty() {
                visit(&path, line + 1, &text);
            }
        }
    }
    true
}

#[test]
fn every_resource_and_bundle_passes() {
    let (mut count, mut faults) = (0, Vec::new());
    let ran = each_line(|path, line, text| {
        count += 1;
        let doc = Document::parse(text).unwrap();
        for issue in check(&doc).err().into_iter().flatten() {
            let place = issue.expression.unwrap_or_default();
            faults.push(format!("{}:{line}: {place} {}", path.display(), issue.diagnostics));
        }
    });
    assert!(!ran || count > 90_000, "{count}");
    faults.truncate(100);
    assert!(faults.is_empty(), "{count} lines:\n{}", faults.join("\n"));
}

#[test]
fn every_resource_reads_back_as_it_was_sent() {
    let mut out = Vec::new();
    let mut turn = 0usize;
    each_line(|path, line, text| {
        turn += 1;
        // Debug builds are slow; every seventh line meets every type.
        if !turn.is_multiple_of(7) {
            return;
        }
        let sent = Document::parse(text).unwrap();
        let id = sent.root().get("id").and_then(Value::as_str).unwrap_or("x".into());
        let stored = store(&sent, &id);
        out.clear();
        render(&stored.body, stored.splice, 1, Timestamp::from_micros(0), &mut out);
        let read = Document::parse(&out).unwrap();
        assert_equal(&sent, &read, &format!("{}:{line}", path.display()));
    });
}

fn assert_equal(sent: &Document<'_>, read: &Document<'_>, place: &str) {
    let members = sent.root().members().filter(|(key, _)| key != "id" && key != "meta");
    for (key, value) in members {
        let kept = read.root().get(&key).unwrap_or_else(|| panic!("{place}: {key} is lost"));
        assert!(is_equal(value, kept), "{place}: {key} differs");
    }
    let meta = sent.root().get("meta");
    for (key, value) in meta.into_iter().flat_map(Value::members) {
        if key != "versionId" && key != "lastUpdated" {
            let kept = read.root().get("meta").and_then(|meta| meta.get(&key));
            assert!(kept.is_some_and(|kept| is_equal(value, kept)), "{place}: meta.{key} differs");
        }
    }
}

/// Whether both are the same JSON, token by token.
fn is_equal(a: Value<'_>, b: Value<'_>) -> bool {
    let mut members = a.members().zip(b.members());
    let mut items = a.items().zip(b.items());
    a.kind() == b.kind()
        && a.members().count() == b.members().count()
        && a.items().count() == b.items().count()
        && members.all(|((key, a), (other, b))| key == other && is_equal(a, b))
        && items.all(|(a, b)| is_equal(a, b))
        && (a.members().next().is_some() || a.items().next().is_some() || a.raw() == b.raw())
}
