use serde_json::json;
use tarn_domain::JobId;

use super::*;
use crate::testing::{After, TestStore};

fn erase(store: &TestStore, id: &str, whole: bool, control: &After) -> Outcome {
    let wanted =
        EraseWanted { type_: "Patient".to_owned(), id: id.to_owned(), whole_patient: whole };
    let erase = Erase { job: JobId::from_bytes([7; 16]), wanted: &wanted, store };
    run(&erase, control).unwrap()
}

fn filled() -> TestStore {
    let store = TestStore::new();
    for id in ["a", "b"] {
        store.put(&json!({ "resourceType": "Patient", "id": id }));
        store.put(&json!({ "resourceType": "Patient", "id": id, "active": true }));
        for n in 0..300 {
            store.put(&json!({
                "resourceType": "Observation", "id": format!("{id}{n}"), "status": "final",
                "code": { "text": "x" }, "subject": { "reference": format!("Patient/{id}") },
            }));
        }
        store.delete("Observation", &format!("{id}7"));
    }
    store
}

#[test]
fn a_patient_is_erased_with_all_that_is_theirs_and_nobody_else() {
    let store = filled();
    let done = erase(&store, "a", true, &After::asked(usize::MAX, Signal::Go));
    assert_eq!(done.ending, Ending::Completed { with_errors: false });
    assert_eq!((done.figures.resources_done, done.figures.resources_read), (301, 303));
    let snapshot = store.snapshot();
    let identity = |id: &str| snapshot.hasher().identity("Patient", id);
    assert!(snapshot.sealed_for(identity("a")).unwrap().is_empty());
    assert_eq!(snapshot.sealed_for(identity("b")).unwrap().len(), 301);
    for version in snapshot.changes(None, None, None) {
        let version = version.unwrap();
        assert!(version.id().unwrap().starts_with('b'), "{:?}", version.id());
    }
    assert!(store.has("Patient", "b") && store.has("Observation", "b8"));
    assert!(!snapshot.is_erasing());
    // Again: there is nothing left to do.
    let again = erase(&store, "a", true, &After::asked(usize::MAX, Signal::Go));
    assert_eq!(again.ending, Ending::Completed { with_errors: false });
}

#[test]
fn a_job_that_was_stopped_goes_on_with_what_is_left() {
    let store = filled();
    let stopped = erase(&store, "a", true, &After::asked(1, Signal::Stop));
    assert_eq!((stopped.ending, stopped.figures.resources_done), (Ending::Stopped, 256));
    store.reopen();
    let done = erase(&store, "a", true, &After::asked(usize::MAX, Signal::Go));
    assert_eq!(done.ending, Ending::Completed { with_errors: false });
    assert_eq!(done.figures.resources_done, 301, "each counted once");
}

#[test]
fn one_resource_goes_alone() {
    let store = filled();
    let done = erase(&store, "a", false, &After::asked(usize::MAX, Signal::Go));
    assert_eq!((done.figures.resources_done, done.figures.resources_read), (1, 2));
    assert!(!store.has("Patient", "a") && store.has("Observation", "a8"));
    let patient = tarn_fhir::definitions::TypeId::parse("Patient").unwrap();
    assert!(store.snapshot().lookup(patient, "a").unwrap().is_none());
}
