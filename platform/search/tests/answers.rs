//! What an answer consists of: includes, compartments, pages, limits. Which rows match at all is
//! held against a naive scan in `oracle`.

mod store;

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use tarn_domain::{Explain, Kind, Timestamp};
use tarn_search::{
    Cursor, Limits, Page, ParseOptions, Query, Scope, SearchError, count, cursor, identities, page,
    parse, question, resumed,
};
use tarn_store::Snapshot;

use store::{Store, type_id};

fn resources() -> Vec<Value> {
    let observation = |id: &str, subject: &str, code: &str, date: &str| {
        json!({
            "resourceType": "Observation", "id": id, "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
            "subject": {"reference": subject}, "effectiveDateTime": date,
            "encounter": {"reference": "Encounter/e1"},
        })
    };
    vec![
        json!({"resourceType": "Organization", "id": "o1", "name": "Clinic",
            "partOf": {"reference": "Organization/o2"}}),
        json!({"resourceType": "Organization", "id": "o2", "name": "Trust"}),
        json!({"resourceType": "Patient", "id": "p1", "name": [{"family": "Alpha"}],
            "managingOrganization": {"reference": "Organization/o1"}}),
        json!({"resourceType": "Patient", "id": "p2", "name": [{"family": "Beta"}]}),
        json!({"resourceType": "Encounter", "id": "e1", "status": "finished",
            "class": {"code": "AMB"}, "subject": {"reference": "https://tarn.example/r4/Patient/p1"}}),
        observation("b1", "Patient/p1", "a", "2020-01-01"),
        observation("b2", "Patient/p1", "b", "2020-03-01"),
        observation("b3", "Patient/p2", "a", "2020-02-01"),
        observation("b4", "Patient/gone", "a", "2019-01-01"),
    ]
}

fn filled() -> Store {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let changes = resources().iter().map(|resource| store.put(resource)).collect();
    store.commit(changes);
    store
}

fn read(of: &str, text: &str) -> Query {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let pairs: Vec<_> = pairs.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let scope = match of.split('/').collect::<Vec<_>>()[..] {
        [""] => Scope::System,
        [type_] => Scope::Type(type_id(type_)),
        [owner, id, type_] => Scope::Compartment {
            owner: type_id(owner),
            id: id.to_owned(),
            type_: (type_ != "*").then(|| type_id(type_)),
        },
        _ => panic!("{of}"),
    };
    let base_url = Some("https://tarn.example/r4".to_owned());
    parse(&scope, &pairs, &ParseOptions { base_url, ..ParseOptions::default() })
        .unwrap_or_else(|error| panic!("{error}"))
}

fn ids(snapshot: &Snapshot, hits: &[tarn_search::Hit]) -> Vec<String> {
    let id = |hit: &tarn_search::Hit| {
        let version = snapshot.read(hit.row.loc).expect("a version");
        version.id().expect("an id").to_owned()
    };
    hits.iter().map(id).collect()
}

/// Matches, a bar, what was included.
fn answer(store: &Store, of: &str, text: &str) -> String {
    let snapshot = store.snapshot();
    let page = page(&read(of, text), &snapshot, None, &Limits::default()).expect("a page");
    let mut included = ids(&snapshot, &page.included);
    included.sort();
    format!("{} | {}", ids(&snapshot, &page.rows).join(" "), included.join(" "))
}

#[test]
fn includes_follow_references_in_both_directions() {
    let store = filled();
    for (of, text, told) in [
        ("Observation", "code=b&_include=Observation:subject", "b2 | p1"),
        ("Observation", "code=b&_include=Observation:subject:Group", "b2 | "),
        ("Observation", "code=b&_include=Observation:*", "b2 | e1 p1"),
        ("Observation", "code=b&_include=*", "b2 | e1 p1"),
        ("Observation", "code=a&_include=Observation:patient", "b1 b3 b4 | p1 p2"),
        ("Encounter", "_include=Encounter:subject", "e1 | p1"),
        ("Patient", "_include=Observation:patient", "p1 p2 | "),
        ("Patient", "name=alpha&_revinclude=Observation:patient", "p1 | b1 b2"),
        ("Patient", "name=alpha&_revinclude=*", "p1 | b1 b2 e1"),
        ("Patient", "name=beta&_revinclude=Observation:subject:Group", "p2 | "),
        ("Organization", "name=clinic&_include=Organization:partof", "o1 | o2"),
        ("Organization", "_include=Organization:partof", "o1 o2 | "),
    ] {
        assert_eq!(answer(&store, of, text), told, "{of}?{text}");
    }
}

#[test]
fn iterating_includes_go_on_from_what_they_found() {
    let store = filled();
    let from = "code=b&_include=Observation:subject&_include:iterate=Patient:organization";
    assert_eq!(answer(&store, "Observation", from), "b2 | o1 p1");
    let further = format!("{from}&_include:iterate=Organization:partof");
    assert_eq!(answer(&store, "Observation", &further), "b2 | o1 o2 p1");
    let once = "code=b&_include=Observation:subject&_include=Patient:organization";
    assert_eq!(answer(&store, "Observation", once), "b2 | p1");
    let back =
        "name=trust&_revinclude=Organization:partof&_revinclude:iterate=Patient:organization";
    assert_eq!(answer(&store, "Organization", back), "o2 | o1 p1");
}

#[test]
fn what_is_deleted_is_neither_found_nor_included_nor_led_through() {
    let mut store = filled();
    store.commit(vec![Store::delete("Patient", "p1")]);
    assert_eq!(answer(&store, "Observation", "code=b&_include=Observation:subject"), "b2 | ");
    assert_eq!(answer(&store, "Observation", "patient.name=alpha"), " | ");
    assert_eq!(answer(&store, "Patient", "_has:Observation:patient:code=b"), " | ");
    store.commit(vec![Store::delete("Observation", "b3")]);
    assert_eq!(answer(&store, "Patient", "_has:Observation:patient:code=a"), " | ");
    store.reopen();
    assert_eq!(answer(&store, "Patient", "_revinclude=Observation:patient"), "p2 | ");
}

/// Every page of includes, followed from the first.
fn include_pages(store: &Store, query: &Query, limits: &Limits) -> Vec<(usize, Vec<String>)> {
    let snapshot = store.snapshot();
    let (mut after, mut skip, mut pages) = (None, 0, Vec::new());
    loop {
        let page = resumed(query, &snapshot, after.as_ref(), skip, limits).expect("a page");
        pages.push((page.rows.len(), ids(&snapshot, &page.included)));
        assert_eq!(page.issues.is_empty(), page.resume.is_none());
        let cursor = match (page.resume, page.next) {
            (Some(skip), _) => Cursor::resuming(query, snapshot.t(), after, skip),
            (None, Some(next)) => Cursor::after(query, snapshot.t(), next),
            (None, None) => return pages,
        };
        let token = cursor::seal(&[3; 32], &cursor).expect("a token");
        let opened = cursor::open(&[3; 32], &token).expect("a cursor");
        (after, skip) = opened.place_in(query).expect("a place");
    }
}

#[test]
fn includes_that_are_too_many_go_on_page_by_page() {
    let store = filled();
    let all = "_revinclude=Observation:patient&_revinclude:iterate=Encounter:patient";
    for (text, pages) in [
        (all.to_owned(), 4),
        (format!("{all}&_count=1"), 4),
        (format!("{all}&_sort=-name&_count=1"), 4),
        ("_revinclude=*&_count=1".to_owned(), 4),
    ] {
        let limits = Limits { included: 1, ..Limits::default() };
        let found = include_pages(&store, &read("Patient", &text), &limits);
        assert_eq!(found.len(), pages, "{text}: {found:?}");
        assert_eq!(found.iter().map(|(rows, _)| rows).sum::<usize>(), 2, "{text}: {found:?}");
        let mut names: Vec<_> = found.into_iter().flat_map(|(_, ids)| ids).collect();
        names.sort();
        let whole = include_pages(&store, &read("Patient", &text), &Limits::default());
        let mut once: Vec<_> = whole.into_iter().flat_map(|(_, ids)| ids).collect();
        once.sort();
        assert_eq!(names, once, "{text}");
    }
}

#[test]
fn a_page_of_includes_belongs_to_its_own_question() {
    let store = filled();
    let query = read("Patient", "_revinclude=Observation:patient");
    let cursor = Cursor::resuming(&query, store.snapshot().t(), None, 1);
    assert!(cursor.clone().place_in(&query).is_ok());
    for other in ["_revinclude=Observation:subject", "", "_revinclude=Observation:patient&_count=1"]
    {
        assert!(cursor.clone().place_in(&read("Patient", other)).is_err(), "{other}");
    }
    let nowhere = Cursor { included: 0, ..cursor };
    assert!(nowhere.place_in(&query).is_err());
}

#[test]
fn composites_are_exact_wherever_they_stand() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let part = |code: &str, value: u32| json!({"code": {"coding": [{"code": code}]}, "valueQuantity": {"value": value}});
    let observation = |id: &str, parts: Vec<Value>| {
        json!({"resourceType": "Observation", "id": id, "status": "final",
            "code": {"coding": [{"code": id}]}, "component": parts})
    };
    let all = [
        observation("together", vec![part("a", 5), part("b", 7)]),
        observation("crossed", vec![part("a", 7), part("b", 5)]),
        observation("neither", vec![part("c", 9)]),
    ];
    store.commit(all.iter().map(|resource| store.put(resource)).collect());
    let pair = "component-code-value-quantity eq a$5";
    for (filter, told) in [
        (pair.to_owned(), "together | "),
        (format!("not ({pair})"), "crossed neither | "),
        (format!("{pair} or code eq neither"), "together neither | "),
        (format!("not ({pair} or code eq neither)"), "crossed | "),
        (format!("({pair} and code eq crossed) or code eq neither"), "neither | "),
        (format!("not (not ({pair}) and code eq crossed)"), "together neither | "),
    ] {
        assert_eq!(answer(&store, "Observation", &format!("_filter={filter}")), told, "{filter}");
    }
}

#[test]
fn contained_resources_are_found_where_they_are_asked_for() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let drug = |id: &str, code: &str| {
        json!({"resourceType": "Medication", "id": id, "code": {"coding": [{"code": code}]},
            "ingredient": [{"itemCodeableConcept": {"text": "Salt"}}]})
    };
    let order = |id: &str, inside: Vec<Value>| {
        json!({"resourceType": "MedicationRequest", "id": id, "status": "active", "intent": "order",
            "subject": {"reference": "Patient/p"}, "contained": inside,
            "medicationReference": {"reference": "#m"}})
    };
    let all = [
        drug("d", "a"),
        order("o1", vec![drug("m", "a"), drug("n", "a")]),
        order("o2", vec![drug("m", "b"), json!({"resourceType": "Patient", "id": "p"})]),
        order("o3", vec![drug("m", "a")]),
    ];
    store.commit(all.iter().map(|resource| store.put(resource)).collect());
    let snapshot = store.snapshot();
    let ask = |text: &str| {
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let query = read("Medication", text);
            let page = page(&query, &snapshot, after.as_ref(), &Limits::default()).expect("a page");
            for hit in &page.rows {
                let version = snapshot.read(hit.row.loc).expect("a version");
                told.push(format!("{}#{}", version.id().expect("an id"), hit.inside));
            }
            let Some(next) = page.next else {
                assert_eq!(page.total, Some(told.len() as u64));
                return told.join(" ");
            };
            let token = cursor::seal(&[3; 32], &Cursor::after(&query, snapshot.t(), next));
            let opened = cursor::open(&[3; 32], &token.expect("a token")).expect("a cursor");
            (after, _) = opened.place_in(&query).expect("a place");
        }
    };
    for (text, told) in [
        ("code=a", "d#0"),
        ("code=a&_contained=false", "d#0"),
        ("code=a&_contained=true", "o1#0 o3#0"),
        ("code=a&_contained=both", "d#0 o1#0 o3#0"),
        ("code=a&_contained=true&_containedType=contained", "o1#1 o1#2 o3#1"),
        ("code=a&_contained=both&_containedType=contained&_count=1", "d#0 o1#1 o1#2 o3#1"),
        ("code:not=a&_contained=true&_containedType=contained", "o2#1"),
        ("_id=n&_contained=true&_containedType=contained", "o1#2"),
        ("code:missing=true&_contained=true", ""),
        ("_filter=code eq b or code eq c&_contained=true", "o2#0"),
    ] {
        assert_eq!(ask(text), told, "{text}");
    }
    store.commit(vec![Store::delete("MedicationRequest", "o1")]);
    let query = read("Medication", "code=a&_contained=true&_summary=count");
    let page = page(&query, &store.snapshot(), None, &Limits::default()).expect("a page");
    assert_eq!((page.total, page.rows.len()), (Some(1), 0));
}

#[test]
fn a_compartment_holds_its_owner_and_what_refers_to_it() {
    let store = filled();
    assert_eq!(answer(&store, "Patient/p1/*", ""), "p1 e1 b1 b2 | ");
    assert_eq!(answer(&store, "Patient/p1/*", "_type=Observation,Patient"), "p1 b1 b2 | ");
    assert_eq!(answer(&store, "Patient/p1/Observation", "code=a"), "b1 | ");
    assert_eq!(answer(&store, "Encounter/e1/Observation", "_sort=-date"), "b2 b3 b1 b4 | ");
    assert_eq!(answer(&store, "Patient/nobody/Observation", ""), " | ");
}

#[test]
fn pages_of_a_moment_do_not_move_when_the_store_does() {
    let mut store = filled();
    store.clock.advance(Duration::from_secs(1));
    let old = store.snapshot();
    let query = read("Observation", "code=a&_sort=-date&_count=1");
    let first = page(&query, &old, None, &Limits::default()).expect("a page");
    let changes = vec![
        Store::delete("Observation", "b1"),
        store.put(&json!({"resourceType": "Observation", "id": "b9", "status": "final",
            "code": {"coding": [{"code": "a"}]}, "effectiveDateTime": "2021"})),
    ];
    store.commit(changes);
    store.engine().flush().expect("a flush");
    let rest = |page: &Page| page.next.clone();
    let second = page(&query, &old, rest(&first).as_ref(), &Limits::default()).expect("a page");
    let third = page(&query, &old, rest(&second).as_ref(), &Limits::default()).expect("a page");
    let all = [&first, &second, &third].map(|page| ids(&old, &page.rows).join(""));
    assert_eq!(all, ["b3", "b1", "b4"]);
    assert!(third.next.is_none());
    let now = page(&query, &store.snapshot(), None, &Limits::default()).expect("a page");
    assert_eq!(ids(&store.snapshot(), &now.rows), ["b9"]);
}

#[test]
fn a_token_of_one_query_is_refused_by_another() {
    let store = filled();
    let snapshot = store.snapshot();
    let query = read("Observation", "code=a&_sort=date&_count=1");
    let next =
        page(&query, &snapshot, None, &Limits::default()).expect("a page").next.expect("more");
    let token =
        cursor::seal(&[3; 32], &Cursor::after(&query, snapshot.t(), next)).expect("a token");
    let opened = || cursor::open(&[3; 32], &token).expect("a cursor");
    assert!(opened().place_in(&read("Observation", "code=a&_sort=date&_count=9")).is_ok());
    for other in ["code=b&_sort=date", "code=a&_sort=-date", "code=a", "code=a&_sort=date,code"] {
        let refused = opened().place_in(&read("Observation", other));
        assert!(matches!(refused, Err(SearchError::PageToken)), "{other}");
    }
}

#[test]
fn a_question_beyond_its_limits_is_refused_rather_than_run() {
    let store = filled();
    let snapshot = store.snapshot();
    let ask = |of, text, limits: &Limits| {
        let refused = page(&read(of, text), &snapshot, None, limits).expect_err("too costly");
        assert_eq!(refused.explain().kind, Kind::Unprocessable, "{text}");
    };
    let few = Limits { bodies: 1, ..Limits::default() };
    ask("Observation", "_sort=code", &few);
    let short = Limits { steps: 3, ..Limits::default() };
    ask("Observation", "date=2020&date=gt2019&patient.name=alpha", &short);
    ask("Patient", "_sort=-_lastUpdated&_id=p1,p2,p3,p4", &short);
}

#[test]
fn counts_need_no_rows() {
    let store = filled();
    let snapshot = store.snapshot();
    for (of, text, number) in [
        ("Observation", "", 4),
        ("Observation", "code=a", 3),
        ("Observation", "code=http://loinc.org|a", 3),
        ("Observation", "code=a,b&date=2020", 3),
        ("Patient", "name=nobody", 0),
        ("", "", 9),
        ("", "_type=Patient,Encounter", 3),
        ("", "_id=p1,o1", 2),
    ] {
        let query = read(of, text);
        assert_eq!(
            count(&query, &snapshot, &Limits::default()).expect("a count"),
            number,
            "{text}"
        );
        let counted = read(of, &format!("{text}&_summary=count"));
        let page = page(&counted, &snapshot, None, &Limits::default()).expect("a page");
        assert_eq!((page.total, page.rows.len()), (Some(number), 0));
    }
    let silent = page(&read("Patient", "_total=none"), &snapshot, None, &Limits::default());
    assert_eq!(silent.expect("a page").total, None);
}

#[test]
fn a_guard_asks_what_the_planner_asked() {
    let store = filled();
    let snapshot = store.snapshot();
    let query = read("Patient", "name=alpha,beta");
    let seen = identities(&query, &snapshot, &Limits::default()).expect("identities");
    let hasher = snapshot.hasher();
    let mut known = vec![hasher.identity("Patient", "p1"), hasher.identity("Patient", "p2")];
    known.sort();
    assert_eq!(seen, known);
    assert_eq!(question(query, Limits::default())(&snapshot).expect("an answer"), seen);
}

#[test]
fn quantities_are_found_in_whatever_unit_measures_the_same() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let observation = |id: &str, value: &str, unit: Value| {
        let mut quantity = unit;
        quantity["value"] = serde_json::from_str(value).expect("a number");
        json!({
            "resourceType": "Observation", "id": id, "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "1"}]},
            "valueQuantity": quantity,
        })
    };
    let ucum = |code: &str| json!({"system": "http://unitsofmeasure.org", "code": code});
    let all = [
        observation("g", "5.4", ucum("g")),
        observation("mg", "5400", ucum("mg")),
        observation("ug", "5449999", ucum("ug")),
        observation("cel", "5.4", ucum("Cel")),
        observation("none", "5.4", json!({})),
        observation("other", "5.4", json!({"system": "urn:x", "code": "g", "unit": "gram"})),
        observation("hectare", "1", ucum("har")),
    ];
    // Flushed, too: what is on disk answers as what is in memory.
    let changes = all.iter().map(|resource| store.put(resource)).collect();
    store.commit(changes);
    for flushed in [false, true] {
        if flushed {
            store.engine().flush().expect("a flush");
        }
        for (asked, found) in [
            ("5.4|http://unitsofmeasure.org|g", "g mg ug |"),
            ("5400|http://unitsofmeasure.org|mg", "g mg |"),
            ("5.400|http://unitsofmeasure.org|g", "g mg |"),
            ("gt5.4|http://unitsofmeasure.org|g", "ug |"),
            ("ge5400000|http://unitsofmeasure.org|ug", "g mg ug |"),
            ("lt5.45|http://unitsofmeasure.org|g", "g mg ug |"),
            ("sa5.4|http://unitsofmeasure.org|g", "ug |"),
            ("eb5.41|http://unitsofmeasure.org|g", "g mg |"),
            ("ap6|http://unitsofmeasure.org|g", "g mg ug |"),
            ("ne5.400|http://unitsofmeasure.org|g", "ug |"),
            ("5.4|http://unitsofmeasure.org|Cel", "cel |"),
            ("5.4||g", "g other |"),
            ("5.4", "g cel none other |"),
            ("5.4|urn:x|g", "other |"),
            ("10000|http://unitsofmeasure.org|m2", "hectare |"),
            ("5.4|http://unitsofmeasure.org|L", " |"),
            ("5.4|http://unitsofmeasure.org|nonsense", " |"),
        ] {
            let query = format!("value-quantity={asked}");
            assert_eq!(answer(&store, "Observation", &query).trim_end(), found, "{asked}");
            let query = format!("code-value-quantity=http://loinc.org|1${asked}");
            assert_eq!(answer(&store, "Observation", &query).trim_end(), found, "{asked}");
        }
    }
}

#[test]
fn identifiers_are_found_by_a_code_of_their_type() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let patient = |id: &str, system: &str, kind: &str, value: &str| {
        json!({"resourceType": "Patient", "id": id, "identifier": [
            {"type": {"coding": [{"system": system, "code": kind}, {"code": "LOCAL"}]},
             "system": "urn:clinic", "value": value},
            {"value": "9"},
        ]})
    };
    let all = [patient("a", "urn:v2", "MR", "7"), patient("b", "urn:v2", "SS", "7")];
    let changes = all.iter().map(|resource| store.put(resource)).collect();
    store.commit(changes);
    for (asked, found) in [
        ("identifier:of-type=urn:v2|MR|7", "a |"),
        ("identifier:of-type=urn:v2|SS|7", "b |"),
        ("identifier:of-type=urn:v2|MR|9", " |"),
        ("identifier:of-type=urn:v3|MR|7", " |"),
        ("identifier:of-type=|LOCAL|7", "a b |"),
        ("identifier:of-type=urn:v2|MR|7,urn:v2|SS|7", "a b |"),
        ("identifier=urn:clinic|7", "a b |"),
    ] {
        assert_eq!(answer(&store, "Patient", asked).trim_end(), found, "{asked}");
    }
}

#[test]
fn locations_are_found_by_their_distance() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let location = |id: &str, latitude: f64, longitude: f64| {
        json!({"resourceType": "Location", "id": id,
            "position": {"latitude": latitude, "longitude": longitude}})
    };
    let all = [
        location("ams", 52.3702, 4.8952),
        location("rot", 51.9225, 4.4792),
        location("fiji", -17.7134, 178.0650),
        location("samoa", -13.7590, -172.1046),
        json!({"resourceType": "Location", "id": "nowhere"}),
    ];
    let changes = all.iter().map(|resource| store.put(resource)).collect();
    store.commit(changes);
    for (asked, found) in [
        ("near=52.37|4.89", "ams |"),
        ("near=52.37|4.89|57|km", "ams |"),
        ("near=52.37|4.89|58|km", "ams rot |"),
        ("near=52.37|4.89|36|[mi_i]", "ams rot |"),
        ("near=-17|180|1200", "fiji samoa |"),
        ("near=-17|-180|1200", "fiji samoa |"),
        ("near=52.37|4.89|1,-17.7134|178.065|1", "fiji ams |"),
        ("near:missing=true", "nowhere |"),
        ("near=52.37|4.89|58|km&address-city:missing=true", "ams rot |"),
    ] {
        assert_eq!(answer(&store, "Location", asked).trim_end(), found, "{asked}");
    }
}

#[test]
fn words_are_found_and_the_most_relevant_comes_first() {
    let mut store = Store::at(Timestamp::from_civil(2026, 1, 1));
    let condition = |id: &str, words: &str, narrative: &str| {
        json!({
            "resourceType": "Condition", "id": id,
            "text": {"status": "additional",
                "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{narrative}</p></div>")},
            "code": {"text": words}, "subject": {"reference": "Patient/pain"},
        })
    };
    let note = base64::engine::general_purpose::STANDARD.encode("Seen for acute chest pain.");
    let all = [
        condition("once", "Chest pain and several other things that were said beside it", "x"),
        condition("twice", "Chest pain, again chest pain", "x"),
        condition("apart", "Pain in the chest", "Métastases of <b>bone</b>"),
        condition("liver", "COVID-19", "metastasis of liver"),
        json!({"resourceType": "DocumentReference", "id": "note", "status": "current",
            "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": note}}]}),
        json!({"resourceType": "DocumentReference", "id": "scan", "status": "current",
            "content": [{"attachment": {"contentType": "image/png", "data": note}}]}),
    ];
    let changes = all.iter().map(|resource| store.put(resource)).collect();
    store.commit(changes);
    for flushed in [false, true] {
        if flushed {
            store.engine().flush().expect("a flush");
        }
        for (of, asked, found) in [
            ("Condition", "_content=chest pain", "twice apart once |"),
            ("Condition", "_content=\"chest pain\"", "twice once |"),
            ("", "_content=acute \"chest pain\"", "note |"),
            ("Condition", "_content=covid", "liver |"),
            ("Condition", "_content=COVID-19", "liver |"),
            ("Condition", "_content=liver,several", "liver once |"),
            ("Condition", "_text=(bone OR liver) and metastas*", "liver apart |"),
            ("Condition", "_text=metastases", "apart |"),
            ("Condition", "_text=chest", " |"),
            ("Condition", "_text=div", " |"),
            ("Condition", "_content=patient", " |"),
            ("Condition", "_content=chest&_sort=-_id", "twice once apart |"),
            ("DocumentReference", "_content=acute", "note |"),
        ] {
            assert_eq!(answer(&store, of, asked).trim_end(), found, "{asked}");
        }
    }
    let snapshot = store.snapshot();
    let query = read("Condition", "_content=chest&_count=1");
    let (mut after, mut seen, mut last) = (None, Vec::new(), 1.0);
    loop {
        let page = page(&query, &snapshot, after.as_ref(), &Limits::default()).expect("a page");
        let Some(tarn_search::Rank::Score(score)) = page.rows[0].rank else { panic!("a score") };
        assert!(score > 0.0 && score <= last, "{score}");
        last = score;
        seen.extend(ids(&snapshot, &page.rows));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, ["twice", "apart", "once"]);
}
