//! Search parameters of a store's own: each must find what R4's parameter of the same expression
//! finds, whatever happened to the store while its entries were made.

#[expect(dead_code, reason = "time stands still here")]
mod store;

use serde_json::{Value, json};
use tarn_domain::Timestamp;
use tarn_search::own::{Compiled, Defined, OwnView};
use tarn_search::{Limits, ParseOptions, Scope, SearchError, matches, parse};
use tarn_store::Snapshot;

use store::{Store, type_id};

/// Own code, R4's code, type, kind, expression.
const TWINS: [(&str, &str, &str, &str, &str); 8] = [
    ("my-name", "name", "Patient", "string", "Patient.name"),
    ("my-phone", "phone", "Patient", "token", "Patient.telecom.where(system='phone')"),
    ("my-identifier", "identifier", "Patient", "token", "Patient.identifier"),
    ("my-birth", "birthdate", "Patient", "date", "Practitioner.birthDate | Patient.birthDate"),
    ("my-clinic", "organization", "Patient", "reference", "Patient.managingOrganization"),
    ("my-value", "value-quantity", "Observation", "quantity", "(Observation.value as Quantity)"),
    ("my-code", "code", "Observation", "token", "Observation.code"),
    ("my-subject", "subject", "Observation", "reference", "Observation.subject"),
];

fn definition(at: usize) -> Value {
    let (code, _, type_, kind, expression) = TWINS[at];
    json!({
        "resourceType": "SearchParameter", "id": format!("sp{at}"), "status": "active",
        "url": format!("http://clinic.example/{code}"), "name": "Mine", "description": "Mine",
        "code": code, "base": [type_], "type": kind, "expression": expression,
    })
}

fn patient(n: usize, round: usize) -> Value {
    let family = ["Alpha", "Beta", "Gamma"][(n + round) % 3];
    let by = ["phone", "email"][n % 2];
    json!({
        "resourceType": "Patient", "id": format!("p{n}"),
        "identifier": [{"system": "urn:mrn", "value": format!("{}", n % 5),
            "type": {"coding": [{"system": "urn:v2", "code": "MR"}]}}],
        "name": [{"family": family}],
        "telecom": [{"system": by, "value": format!("{round}")}],
        "birthDate": format!("19{:02}-0{}-01", (n * 7 + round) % 100, n % 9 + 1),
        "managingOrganization": {"reference": format!("Organization/o{}", n % 3)},
    })
}

fn observation(n: usize, round: usize) -> Value {
    let unit = ["g", "mg"][n % 2];
    json!({
        "resourceType": "Observation", "id": format!("b{n}"), "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": format!("{}", n % 4)}]},
        "subject": {"reference": format!("Patient/p{}", n % 7)},
        "valueQuantity": {"value": (n + round) % 6, "system": "http://unitsofmeasure.org",
            "code": unit},
    })
}

fn found(snapshot: &Snapshot, type_: &str, query: &str) -> Result<Vec<u32>, SearchError> {
    let (name, value) = query.split_once('=').expect("a pair");
    let options = ParseOptions::default().on(snapshot);
    let pairs = [(name.to_owned(), value.to_owned())];
    let query = parse(&Scope::Type(type_id(type_)), &pairs, &options)?;
    Ok(matches(&query, snapshot, &Limits::default())?.merged().iter().collect())
}

/// Each twin that can be used finds what R4's parameter finds; says how many can.
fn compare(snapshot: &Snapshot) -> usize {
    let questions = [
        ("Patient", 0, "=alp"),
        ("Patient", 0, ":exact=Beta"),
        ("Patient", 0, ":contains=amm"),
        ("Patient", 0, ":missing=true"),
        ("Patient", 1, "=1"),
        ("Patient", 1, ":missing=true"),
        ("Patient", 2, "=urn:mrn|3"),
        ("Patient", 2, ":not=3"),
        ("Patient", 2, ":of-type=urn:v2|MR|2"),
        ("Patient", 3, "=ge1950"),
        ("Patient", 3, "=1949,1970"),
        ("Patient", 4, "=Organization/o1"),
        ("Patient", 4, ":missing=false"),
        ("Observation", 5, "=gt2|http://unitsofmeasure.org|mg"),
        ("Observation", 5, "=3"),
        ("Observation", 6, "=http://loinc.org|2,1"),
        ("Observation", 7, "=Patient/p3"),
        ("Observation", 7, ":Patient.name=beta"),
    ];
    let mut used = std::collections::BTreeSet::new();
    for (type_, at, rest) in questions {
        let (own, standard, ..) = TWINS[at];
        match found(snapshot, type_, &format!("{own}{rest}")) {
            Ok(mine) => {
                let theirs = found(snapshot, type_, &format!("{standard}{rest}")).expect("R4's");
                assert_eq!(mine, theirs, "{own}{rest}");
                used.insert(at);
            }
            Err(SearchError::Building { done, all, .. }) => assert!(done < all),
            Err(SearchError::UnknownParameter { .. }) => {}
            Err(error) => panic!("{own}{rest}: {error}"),
        }
    }
    used.len()
}

fn keep_up(store: &mut Store) {
    while let Some(task) = store.engine().next_task() {
        let mut step = Some(task.run().expect("upkeep"));
        while let Some(done) = step {
            step = store.engine().install(done).expect("a step");
        }
    }
}

#[test]
fn own_parameters_find_what_r4s_find_whatever_happened_meanwhile() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let fill = |store: &mut Store, round: usize| {
        let all = (0..40).flat_map(|n| [patient(n, round), observation(n, round)]);
        let changes = all.map(|resource| store.put(&resource)).collect();
        store.commit(changes);
    };
    fill(&mut store, 0);
    store.engine().flush().expect("a flush");
    fill(&mut store, 1);
    for round in 0..TWINS.len() {
        let change = store.put(&definition(round));
        store.commit(vec![change]);
        // Its entries are not there yet: refused, never answered with less.
        let (own, _, type_, ..) = TWINS[round];
        let early = found(&store.snapshot(), type_, &format!("{own}:missing=true"));
        assert!(matches!(early, Err(SearchError::Building { .. })), "{own}");
        let task = store.engine().next_task().expect("something to do");
        if round % 3 == 0 {
            // Killed with the work half done.
            drop(task);
            store.reopen();
        } else {
            // Changes come while the task is under way.
            let done = task.run().expect("upkeep");
            let change = store.put(&patient(round, round + 2));
            store.commit(vec![change, Store::delete("Observation", &format!("b{round}"))]);
            let mut step = Some(done);
            while let Some(done) = step {
                step = store.engine().install(done).expect("a step");
            }
        }
        compare(&store.snapshot());
        keep_up(&mut store);
        assert_eq!(compare(&store.snapshot()), round + 1);
        if round % 2 == 0 {
            fill(&mut store, round);
            assert_eq!(compare(&store.snapshot()), round + 1, "new writes have entries at once");
        }
        if round % 3 == 1 {
            store.reopen();
            assert_eq!(compare(&store.snapshot()), round + 1);
        }
    }
}

#[test]
fn a_parameter_that_is_gone_finds_nothing_and_its_fields_are_not_given_again() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let changes = vec![store.put(&patient(1, 0)), store.put(&definition(0))];
    store.commit(changes);
    keep_up(&mut store);
    assert_eq!(found(&store.snapshot(), "Patient", "my-name=beta").expect("usable").len(), 1);
    let mut retired = definition(0);
    retired["status"] = json!("retired");
    for last in [Store::delete("SearchParameter", "sp0"), store.put(&retired)] {
        store.commit(vec![last]);
        let gone = found(&store.snapshot(), "Patient", "my-name=beta");
        assert!(matches!(gone, Err(SearchError::UnknownParameter { .. })));
        // The same code for something else: what was indexed before is not found by it.
        let mut other = definition(0);
        other["expression"] = json!("Patient.name.given");
        let change = store.put(&other);
        store.commit(vec![change]);
        keep_up(&mut store);
        assert!(found(&store.snapshot(), "Patient", "my-name=beta").expect("usable").is_empty());
        let change = store.put(&definition(0));
        store.commit(vec![change]);
        keep_up(&mut store);
        assert_eq!(found(&store.snapshot(), "Patient", "my-name=beta").expect("usable").len(), 1);
    }
}

fn defined(change: impl FnOnce(&mut Value)) -> Result<Option<Defined>, String> {
    let mut resource = definition(0);
    change(&mut resource);
    let text = resource.to_string();
    let document = tarn_fhir::json::Document::parse(text.as_bytes()).expect("JSON");
    tarn_search::own::read(&document).map_err(|error| error.to_string())
}

#[test]
fn what_cannot_be_searched_by_is_refused_with_the_reason() {
    assert!(defined(|_| ()).is_ok_and(|defined| defined.is_some()));
    assert_eq!(defined(|d| d["status"] = json!("draft")), Ok(None));
    for (element, value, says) in [
        ("code", json!("name"), "R4 defines the parameter `name` of Patient already"),
        ("code", json!("a b"), "letters, digits and hyphens"),
        ("type", json!("composite"), "R4's own"),
        ("base", json!(["Nothing", "Patient"]), "`Nothing` is no resource type"),
        ("base", json!([]), "one resource type or more"),
        ("target", json!(["Nobody"]), "`Nobody` is no resource type"),
        ("expression", json!("Patient.name.first()"), "cannot be indexed for Patient"),
        ("expression", json!("Patient.nome"), "yields nothing of Patient"),
        ("expression", json!("Patient.birthDate"), "yields nothing of Patient"),
        ("expression", json!("Observation.code"), "yields nothing of Patient"),
        ("expression", json!("Patient.name | Patient.active"), "yields nothing of Patient"),
    ] {
        let refusal = defined(|d| d[element] = value.clone()).expect_err(element);
        assert!(refusal.contains(says), "{element} {value}: {refusal}");
    }
}

#[test]
fn two_resources_cannot_define_one_parameter() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let change = store.put(&definition(0));
    store.commit(vec![change]);
    let same = defined(|_| ()).expect("read").expect("active");
    let own = store.snapshot().own();
    let own = Compiled::of(&*own).expect("compiled");
    assert!(own.may_define("sp0", &same).is_ok());
    let clash = own.may_define("other", &same).expect_err("a clash").to_string();
    assert!(clash.contains("SearchParameter/sp0"), "{clash}");
    assert!(OwnView::of(&store.snapshot()).is_some());
}
