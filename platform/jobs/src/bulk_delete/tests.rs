use serde_json::json;
use tarn_domain::Clock as _;
use tarn_domain::{JobId, SystemClock};

use super::*;
use crate::testing::{After, TestStore};

fn filled() -> TestStore {
    let store = TestStore::new();
    for n in 0..600 {
        let gender = if n % 6 == 0 { "male" } else { "female" };
        store.put(&json!({ "resourceType": "Patient", "id": format!("p{n}"), "gender": gender }));
    }
    store.put(&json!({ "resourceType": "Organization", "id": "o", "name": "x" }));
    store
}

fn wanted(hard: bool) -> DeleteWanted {
    DeleteWanted {
        type_: Some("Patient".to_owned()),
        query: vec![("gender".to_owned(), "female".to_owned())],
        before_us: SystemClock.now().micros(),
        hard,
        base: String::new(),
    }
}

fn delete(store: &TestStore, wanted: &DeleteWanted, control: &After) -> Outcome {
    run(&BulkDelete { job: JobId::from_bytes([7; 16]), wanted, store }, control).unwrap()
}

#[test]
fn what_a_search_finds_is_deleted_and_nothing_else() {
    let store = filled();
    let wanted = wanted(false);
    store.put(&json!({ "resourceType": "Patient", "id": "later", "gender": "female" }));
    let stopped = delete(&store, &wanted, &After::asked(1, Signal::Stop));
    assert_eq!((stopped.ending, stopped.figures.resources_done), (Ending::Stopped, 256));
    store.reopen();
    let done = delete(&store, &wanted, &After::asked(usize::MAX, Signal::Go));
    assert_eq!(done.ending, Ending::Completed { with_errors: false });
    assert_eq!(done.figures.resources_done, 500);
    assert!(store.has("Patient", "p0") && !store.has("Patient", "p1"));
    assert!(store.has("Patient", "later") && store.has("Organization", "o"));
    let patient = tarn_fhir::definitions::TypeId::parse("Patient").unwrap();
    let row = store.snapshot().lookup(patient, "p1").unwrap().unwrap();
    assert_eq!((row.deleted, row.version), (true, 2), "its history stays");
}

#[test]
fn a_hard_deletion_leaves_no_version() {
    let store = filled();
    let done = delete(&store, &wanted(true), &After::asked(usize::MAX, Signal::Go));
    assert_eq!(done.figures.resources_done, 500);
    let patient = tarn_fhir::definitions::TypeId::parse("Patient").unwrap();
    assert!(store.snapshot().lookup(patient, "p1").unwrap().is_none());
    assert_eq!(store.snapshot().count(patient), 100);
}

#[test]
fn a_search_that_is_not_understood_deletes_nothing() {
    let store = filled();
    let mut wanted = wanted(false);
    wanted.query.push(("nonsense".to_owned(), "1".to_owned()));
    let job = JobId::from_bytes([7; 16]);
    let control = After::asked(usize::MAX, Signal::Go);
    let refused = run(&BulkDelete { job, wanted: &wanted, store: &store }, &control);
    assert!(matches!(refused, Err(JobError::Refused(_))));
    assert!(store.has("Patient", "p1"));
}
