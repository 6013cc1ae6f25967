//! What somebody with the files in hand can do, and that it shows.

use std::fs;

use crate::fixture::{Place, events};
use tarn_audit::{AuditError, Trail, Verdict};
use tarn_domain::{OrganizationId, StoreId};

/// A trail of 40 entries in 8 pages of 5, and a drained mark.
fn trail() -> Place {
    let place = Place::new();
    let mut trail = place.create();
    for n in 0..8 {
        trail.append(events(n * 5..n * 5 + 5)).unwrap();
    }
    trail.append_drained(StoreId::from_bytes([1; 16]), 3, Vec::new()).unwrap();
    place
}

fn broken_at(sql: &str) -> u64 {
    let place = trail();
    place.tamper(sql);
    match place.verify() {
        Verdict::Broken(at) => at.seq,
        Verdict::Whole(_) => panic!("unnoticed: {sql}"),
    }
}

#[test]
fn an_untouched_trail_is_whole() {
    assert!(matches!(trail().verify(), Verdict::Whole(head) if head.seq == 40));
}

#[test]
fn a_changed_entry_is_found() {
    let flip = "UPDATE page SET sealed = CAST(substr(sealed, 1, 30) || x'0000000000000000' || substr(sealed, 39) \
                AS BLOB) WHERE first = 11";
    assert_eq!(broken_at(flip), 11);
    assert_eq!(broken_at("UPDATE page SET salt = zeroblob(16) WHERE first = 11"), 11);
    assert_eq!(broken_at("UPDATE page SET hash = zeroblob(32) WHERE first = 11"), 11);
}

#[test]
fn a_forged_time_is_found() {
    assert_eq!(broken_at("UPDATE page SET newest = newest + 1 WHERE first = 16"), 16);
    assert_eq!(broken_at("UPDATE page SET oldest = oldest - 1 WHERE first = 16"), 16);
}

#[test]
fn a_removed_entry_is_found() {
    assert_eq!(broken_at("DELETE FROM page WHERE first = 1"), 1);
    assert_eq!(broken_at("DELETE FROM page WHERE first = 21"), 21);
    assert_eq!(
        broken_at(
            "DELETE FROM page WHERE first = 21; UPDATE page SET first = first - 5 WHERE first > 21"
        ),
        21
    );
    assert_eq!(broken_at("UPDATE page SET count = 4 WHERE first = 21"), 21);
}

#[test]
fn a_cut_off_tail_is_found() {
    assert_eq!(broken_at("DELETE FROM page WHERE first = 36"), 36);
    assert_eq!(broken_at("DELETE FROM page"), 1);
    let with_head = "DELETE FROM page WHERE first = 36; UPDATE head SET seq = 35, \
                     hash = (SELECT hash FROM page WHERE first = 31)";
    assert_eq!(broken_at(with_head), 35);
}

#[test]
fn reordered_entries_are_found() {
    let swap = "UPDATE page SET first = 1000 WHERE first = 6; \
                UPDATE page SET first = 6 WHERE first = 26; \
                UPDATE page SET first = 26 WHERE first = 1000";
    assert_eq!(broken_at(swap), 6);
}

#[test]
fn an_inserted_or_doubled_entry_is_found() {
    let copy = |at: u32| {
        format!(
            "INSERT INTO page SELECT {at}, count, oldest, newest, salt, hash, sealed \
             FROM page WHERE first = 6"
        )
    };
    assert_eq!(broken_at(&copy(41)), 41);
    assert_eq!(broken_at(&copy(7)), 7);
    assert_eq!(broken_at(&copy(0)), 0);
}

#[test]
fn a_forged_head_or_mark_is_found() {
    assert_eq!(broken_at("UPDATE head SET seq = 41"), 41);
    assert_eq!(broken_at("DELETE FROM head"), 0);
    assert_eq!(broken_at("UPDATE drained SET t = 99"), 0);
}

#[test]
fn a_page_of_another_organisation_is_found() {
    let (one, mut two) = (trail(), Place::new());
    two.organization = OrganizationId::from_bytes([8; 16]);
    two.create().append(events(0..5)).unwrap();
    one.tamper(&format!(
        "ATTACH '{}' AS two; UPDATE page SET (salt, hash, sealed) = \
         (SELECT salt, hash, sealed FROM two.page WHERE first = 1) WHERE first = 1",
        two.folder().join("audit.sqlite").display()
    ));
    assert!(matches!(one.verify(), Verdict::Broken(at) if at.seq == 1));
}

#[test]
fn a_file_of_another_type_of_damage_is_found() {
    let place = trail();
    let path = place.folder().join("audit.sqlite");
    let whole = fs::read(&path).unwrap();
    let mut noticed = 0;
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        fs::write(&path, &bytes).unwrap();
        let opened = tarn_audit::Reader::open(&place.folder(), place.organization, &place.keys);
        match opened.and_then(|mut reader| reader.verify()) {
            // Free space, or a statistic of the file: nothing that was recorded is different.
            Ok(Verdict::Whole(head)) => assert_eq!(head.seq, 40),
            _ => noticed += 1,
        }
    }
    assert!(noticed > 20, "{noticed}");
}

#[test]
fn nothing_is_appended_behind_a_broken_tail() {
    let place = trail();
    place.tamper("DELETE FROM page WHERE first = 36");
    let opened = Trail::open(&place.folder(), place.organization, &place.keys);
    assert!(matches!(opened, Err(AuditError::Broken(at)) if at.seq == 36));
    let place = trail();
    let mut open = place.open();
    place.tamper("UPDATE head SET seq = 100");
    assert!(matches!(open.append(events(0..1)), Err(AuditError::Broken(_))));
}
