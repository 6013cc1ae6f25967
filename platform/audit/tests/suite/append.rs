//! Appending: order, durability, exactly once, and reading beside the writer.

use crate::fixture::{Place, entries, event, events};
use tarn_audit::{AuditError, Batch, Entry, Filter, Trail, Verdict};
use tarn_domain::{OrganizationId, StoreId};
use tarn_keys::Keyring;

fn count(place: &Place) -> u64 {
    match place.verify() {
        Verdict::Whole(head) => head.seq,
        Verdict::Broken(at) => panic!("broken at {}: {}", at.seq, at.why),
    }
}

#[test]
fn what_was_appended_is_there_after_reopening() {
    let place = Place::new();
    let head = place.create().append(events(0..3)).unwrap();
    assert_eq!(head.seq, 3);
    let mut trail = place.open();
    assert_eq!(trail.head().unwrap(), head);
    assert_eq!(trail.append(events(3..1_500)).unwrap().seq, 1_500);
    assert_eq!(count(&place), 1_500);
}

#[test]
fn a_new_trail_is_whole_and_empty() {
    let place = Place::new();
    let mut trail = place.create();
    assert_eq!(count(&place), 0);
    assert_eq!(trail.append(Vec::new()).unwrap().seq, 0);
    assert_eq!(count(&place), 0);
}

#[test]
fn creating_twice_is_the_same_as_once() {
    let place = Place::new();
    let head = place.create().append(events(0..5)).unwrap();
    assert_eq!(place.create().head().unwrap(), head);
}

#[test]
fn a_trail_that_is_gone_is_missed() {
    let place = Place::new();
    let opened = Trail::open(&place.folder(), place.organization, &place.keys);
    assert!(matches!(opened, Err(AuditError::Missing { .. })));
}

#[test]
fn another_organisation_or_keyring_cannot_open_it() {
    let place = Place::new();
    drop(place.create());
    let other = OrganizationId::from_bytes([8; 16]);
    let opened = Trail::open(&place.folder(), other, &place.keys);
    assert!(matches!(opened, Err(AuditError::Foreign { .. })));
    let elsewhere = tempfile::tempdir().unwrap();
    let keys = Keyring::open_or_create(elsewhere.path()).unwrap();
    let opened = Trail::open(&place.folder(), place.organization, &keys);
    assert!(matches!(opened, Err(AuditError::Key(_))));
}

#[test]
fn a_drained_outbox_is_in_the_chain_exactly_once() {
    let place = Place::new();
    let store = StoreId::from_bytes([1; 16]);
    let mut trail = place.create();
    assert_eq!(trail.drained(store).unwrap(), None);
    trail.append_drained(store, 10, entries(0..4)).unwrap();
    for _ in 0..3 {
        assert_eq!(trail.append_drained(store, 10, entries(0..4)).unwrap().seq, 4);
    }
    drop(trail);
    let mut trail = place.open();
    assert_eq!(trail.drained(store).unwrap(), Some(10));
    assert_eq!(trail.append_drained(store, 9, entries(0..4)).unwrap().seq, 4);
    assert_eq!(trail.append_drained(store, 11, entries(4..5)).unwrap().seq, 5);
    let other = StoreId::from_bytes([2; 16]);
    assert_eq!(trail.append_drained(other, 1, entries(5..6)).unwrap().seq, 6);
    assert_eq!(count(&place), 6);
}

#[test]
fn one_batch_takes_calls_and_outboxes_together() {
    let place = Place::new();
    let mut trail = place.create();
    let mut batch = Batch::new();
    batch.add(entries(0..2));
    batch.drain(StoreId::from_bytes([1; 16]), 5, entries(2..5));
    batch.drain(StoreId::from_bytes([1; 16]), 5, entries(2..5));
    batch.drain(StoreId::from_bytes([2; 16]), 5, entries(5..6));
    assert_eq!(trail.commit(batch).unwrap().seq, 6);
    let found = place.reader().search(&Filter::default(), None, 100).unwrap();
    let newest_first: Vec<u64> = found.records.iter().map(|record| record.seq).collect();
    assert_eq!(newest_first, [6, 5, 4, 3, 2, 1]);
}

#[test]
fn two_writers_continue_one_chain() {
    let place = Place::new();
    drop(place.create());
    std::thread::scope(|scope| {
        for part in 0..4 {
            let place = &place;
            scope.spawn(move || {
                let mut trail = place.open();
                for n in 0..10 {
                    trail.append(events(part * 100 + n..part * 100 + n + 2)).unwrap();
                }
            });
        }
    });
    assert_eq!(count(&place), 80);
}

#[test]
fn readers_see_whole_moments_while_the_writer_goes_on() {
    let place = Place::new();
    let mut trail = place.create();
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut last = 0;
            while last < 600 {
                let seen = count(&place);
                assert!(seen >= last && seen.is_multiple_of(3), "{seen} after {last}");
                last = seen;
            }
        });
        for n in 0..200 {
            trail.append(events(n * 3..n * 3 + 3)).unwrap();
        }
        reading.join().unwrap();
    });
}

#[test]
fn a_reader_opens_when_no_writer_runs() {
    let place = Place::new();
    place.create().append(events(0..3)).unwrap();
    assert!(!place.folder().join("audit.sqlite-wal").exists());
    assert_eq!(count(&place), 3);
}

#[test]
fn nothing_of_an_entry_is_readable_in_the_files() {
    let place = Place::new();
    let mut trail = place.create();
    let mut canary = event(0);
    canary.user_identity.user_name = Some("canary-of-the-day".into());
    trail.append(vec![canary]).unwrap();
    trail.append(events(0..600)).unwrap();
    for file in std::fs::read_dir(place.folder()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        for text in ["canary-of-the-day", "ReadResource", "192.0.2.7", "b1d2c3e4"] {
            assert!(memchr::memmem::find(&bytes, text.as_bytes()).is_none(), "{text}");
        }
    }
}

#[test]
fn an_overlong_call_is_cut_to_fit() {
    let mut event = event(0);
    event.user_agent = "\u{1}é".repeat(1_000_000).into();
    event.request_parameters = Some(serde_json::json!({ "x": "y".repeat(1_000_000) }));
    let entry = Entry::of(&event).unwrap();
    assert!(entry.bytes().len() < 16_384, "{}", entry.bytes().len());
    assert_eq!(Entry::from_bytes(entry.bytes().to_vec()).unwrap(), entry);
}

#[test]
fn bytes_that_are_no_record_are_refused() {
    for bad in [&b""[..], b"{}", b"null", b"\xff\xfe"] {
        assert!(matches!(Entry::from_bytes(bad.to_vec()), Err(AuditError::NotAnEntry(_))));
    }
    let pretty = serde_json::to_vec_pretty(&event(0)).unwrap();
    assert!(Entry::from_bytes(pretty).is_err(), "an entry is one line");
}

/// A crash leaves the file and as much of its write-ahead log as reached the disk.
#[test]
fn a_crash_at_any_point_of_the_log_leaves_a_whole_trail() {
    let place = Place::new();
    let mut trail = place.create();
    trail.checkpoint().unwrap();
    for n in 0..6 {
        trail.append(events(n * 4..n * 4 + 4)).unwrap();
    }
    let file = std::fs::read(place.folder().join("audit.sqlite")).unwrap();
    let log = std::fs::read(place.folder().join("audit.sqlite-wal")).unwrap();
    drop(trail);
    let mut seen = std::collections::BTreeSet::new();
    for end in (0..=log.len()).step_by(1_003).chain([log.len()]) {
        let _ = std::fs::remove_file(place.folder().join("audit.sqlite-shm"));
        std::fs::write(place.folder().join("audit.sqlite"), &file).unwrap();
        std::fs::write(place.folder().join("audit.sqlite-wal"), &log[..end]).unwrap();
        seen.insert(count(&place));
        let mut trail = place.open();
        let before = trail.head().unwrap().seq;
        assert_eq!(trail.append(events(100..101)).unwrap().seq, before + 1);
        drop(trail);
        assert_eq!(count(&place), before + 1);
    }
    assert!(seen.iter().all(|count| count.is_multiple_of(4)), "no half batch: {seen:?}");
    assert!(seen.contains(&24), "what was acknowledged is there: {seen:?}");
}
