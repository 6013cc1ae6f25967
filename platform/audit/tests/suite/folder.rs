//! An exported folder, checked without keys.

use std::fs;
use std::path::Path;

use crate::fixture::{Place, events};
use tarn_audit::{AuditError, Verdict, verify_folder};
use tarn_domain::Timestamp;

fn exported() -> (Place, tempfile::TempDir) {
    let place = Place::new();
    let mut trail = place.create();
    for n in 0..10 {
        trail.append(events(n * 3..n * 3 + 3)).unwrap();
    }
    let out = tempfile::tempdir().unwrap();
    place.reader().export(out.path(), Timestamp::from_micros(0)).unwrap();
    (place, out)
}

fn after(change: impl Fn(&Path)) -> Verdict {
    let (_place, out) = exported();
    change(out.path());
    verify_folder(out.path()).unwrap()
}

fn edit(folder: &Path, name: &str, change: impl Fn(String) -> String) {
    let path = folder.join(name);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, change(text)).unwrap();
}

const FILE: &str = "entries-000001.ndjson";

#[test]
fn an_export_is_whole_and_ends_at_the_trails_head() {
    let (place, out) = exported();
    let live = place.reader().head().unwrap();
    assert_eq!(verify_folder(out.path()).unwrap(), Verdict::Whole(live));
    let lines = fs::read_to_string(out.path().join(FILE)).unwrap();
    assert_eq!(lines.lines().count(), 30);
    assert!(lines.lines().all(|line| line.starts_with(r#"{"eventVersion":"1.08","#)));
}

#[test]
fn an_empty_trail_exports_to_a_whole_folder() {
    let place = Place::new();
    drop(place.create());
    let out = tempfile::tempdir().unwrap();
    place.reader().export(out.path(), Timestamp::from_micros(0)).unwrap();
    assert!(matches!(verify_folder(out.path()).unwrap(), Verdict::Whole(head) if head.seq == 0));
}

#[test]
fn every_change_to_a_folder_is_found() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 9] = [
        ("a changed entry", |f| edit(f, FILE, |t| t.replacen("192.0.2.7", "192.0.2.8", 1))),
        ("a removed line", |f| {
            edit(f, FILE, |t| t.lines().skip(1).map(|l| format!("{l}\n")).collect())
        }),
        ("a cut-off line", |f| edit(f, FILE, |t| t[..t.len() - 1].to_string())),
        ("reordered lines", |f| {
            edit(f, FILE, |t| t.lines().rev().map(|l| format!("{l}\n")).collect())
        }),
        ("a doubled line", |f| edit(f, FILE, |t| format!("{t}{}\n", t.lines().last().unwrap()))),
        ("a removed file", |f| fs::remove_file(f.join(FILE)).unwrap()),
        ("an added file", |f| fs::write(f.join("entries-000002.ndjson"), "{}\n").unwrap()),
        ("another head", |f| {
            edit(f, "manifest.json", |t| t.replacen("\"head\": \"", "\"head\": \"0", 1))
        }),
        ("another organisation", |f| edit(f, "manifest.json", |t| t.replace("0707", "0808"))),
    ];
    for (what, change) in changes {
        assert!(matches!(after(change), Verdict::Broken(_)), "{what}");
    }
}

#[test]
fn a_rewritten_file_hash_does_not_hide_a_changed_entry() {
    use sha2::Digest;
    let verdict = after(|folder| {
        let hash = |f: &Path| hex::encode(sha2::Sha256::digest(fs::read(f.join(FILE)).unwrap()));
        let before = hash(folder);
        edit(folder, FILE, |text| text.replacen("192.0.2.7", "192.0.2.8", 1));
        let now = hash(folder);
        edit(folder, "manifest.json", |text| text.replace(&before, &now));
    });
    assert!(matches!(verdict, Verdict::Broken(_)));
}

#[test]
fn a_folder_in_use_is_not_written_into() {
    let (place, out) = exported();
    let again = place.reader().export(out.path(), Timestamp::from_micros(0));
    assert!(matches!(again, Err(AuditError::NotEmpty { .. })));
}

#[test]
fn a_broken_trail_is_not_exported() {
    let (place, _out) = exported();
    place.tamper("DELETE FROM page WHERE first = 4");
    let out = tempfile::tempdir().unwrap();
    assert!(matches!(
        place.reader().export(out.path(), Timestamp::from_micros(0)),
        Err(AuditError::Broken(_))
    ));
    assert!(!out.path().join("manifest.json").exists());
}

#[test]
fn a_folder_without_a_manifest_is_an_error() {
    let out = tempfile::tempdir().unwrap();
    assert!(matches!(verify_folder(out.path()), Err(AuditError::Disk { .. })));
}
