//! Finding entries again.

use crate::fixture::{Place, START, event};
use tarn_audit::{AuditError, Cursor, Event, Filter, Found};
use tarn_domain::Timestamp;

/// 100 events in pages of 7; every tenth is refused, every fourth is a create.
fn place() -> Place {
    let place = Place::new();
    let mut trail = place.create();
    let all: Vec<Event> = (0..100).map(varied).collect();
    for page in all.chunks(7) {
        trail.append(page.to_vec()).unwrap();
    }
    place
}

fn varied(n: u64) -> Event {
    let mut event = event(n);
    if n.is_multiple_of(10) {
        event.error_code = Some("AccessDeniedException".into());
    }
    if n.is_multiple_of(4) {
        event.event_name = "CreateResource".into();
        event.read_only = false;
    }
    event
}

fn find(filter: Filter) -> Vec<u64> {
    let found = place().reader().search(&filter, None, 1_000).unwrap();
    assert_eq!(found.next, None);
    found.records.iter().map(|record| record.seq - 1).collect()
}

fn second(n: i64) -> Option<Timestamp> {
    Some(Timestamp::from_micros(START + n * 1_000_000))
}

fn expect(fits: impl Fn(u64) -> bool) -> Vec<u64> {
    (0..100).rev().filter(|n| fits(*n)).collect()
}

#[test]
fn a_search_gives_the_newest_first() {
    assert_eq!(find(Filter::default()), expect(|_| true));
}

#[test]
fn each_filter_finds_what_fits_and_nothing_else() {
    let some = |text: &str| Some(text.to_string());
    let f = Filter::default;
    assert_eq!(find(Filter { principal: some("key-1"), ..f() }), expect(|n| n % 3 == 1));
    assert_eq!(find(Filter { action: some("CreateResource"), ..f() }), expect(|n| n % 4 == 0));
    assert_eq!(find(Filter { failed: Some(true), ..f() }), expect(|n| n % 10 == 0));
    assert_eq!(find(Filter { read_only: Some(false), ..f() }), expect(|n| n % 4 == 0));
    let error = some("AccessDeniedException");
    assert_eq!(find(Filter { error, ..f() }), expect(|n| n % 10 == 0));
    assert_eq!(find(Filter { source: some("baa.tarn"), ..f() }), expect(|_| false));
    let store = some("00000000000000000000000000000001");
    assert_eq!(find(Filter { resource: store, ..f() }), expect(|n| n % 2 == 1));
    assert_eq!(find(Filter { resource: some("b1d2c3e4-00000042"), ..f() }), expect(|n| n == 42));
    assert_eq!(find(Filter { request: some(&format!("{:032x}", 9)), ..f() }), expect(|n| n == 9));
    let both = Filter { principal: some("key-0"), failed: Some(true), ..f() };
    assert_eq!(find(both), expect(|n| n % 30 == 0));
}

#[test]
fn a_text_that_is_elsewhere_in_the_entry_does_not_fit() {
    let action = Some("192.0.2.7".to_string());
    assert_eq!(find(Filter { action, ..Filter::default() }), expect(|_| false));
}

#[test]
fn a_time_range_is_from_its_start_to_before_its_end() {
    let range = Filter { from: second(20), to: second(33), ..Filter::default() };
    assert_eq!(find(range), expect(|n| (20..33).contains(&n)));
    let within = second(20).map(|t| t.plus(std::time::Duration::from_millis(900)));
    let filter = Filter { from: within, ..Filter::default() };
    assert_eq!(find(filter), expect(|n| n >= 20), "entries know whole seconds");
}

#[test]
fn pages_of_a_search_join_without_gap_or_overlap() {
    let place = place();
    let mut reader = place.reader();
    let filter = Filter { principal: Some("key-1".into()), ..Filter::default() };
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let Found { records, next } = reader.search(&filter, cursor, 5).unwrap();
        assert!(records.len() <= 5);
        seen.extend(records.iter().map(|record| record.seq - 1));
        // What is appended meanwhile does not move the pages.
        place.open().append(vec![event(1)]).unwrap();
        match next {
            Some(next) => cursor = Some(next.to_string().parse::<Cursor>().unwrap()),
            None => break,
        }
    }
    assert_eq!(seen, expect(|n| n % 3 == 1));
}

#[test]
fn a_cursor_from_elsewhere_is_refused() {
    assert!(matches!("next please".parse::<Cursor>(), Err(AuditError::Cursor)));
}

#[test]
fn a_found_record_is_the_exact_text_that_was_chained() {
    let place = place();
    let found = place.reader().search(&Filter::default(), None, 1).unwrap();
    let record = &found.records[0];
    assert_eq!(serde_json::to_string(&record.event).unwrap(), record.json);
    let value: serde_json::Value = serde_json::from_str(&record.json).unwrap();
    assert_eq!(value["eventTime"], "2026-01-01T00:01:39Z");
    assert_eq!(value["sourceIPAddress"], "192.0.2.7");
    assert_eq!(value["responseElements"], serde_json::Value::Null);
}
