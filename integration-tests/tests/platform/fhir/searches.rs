//! Searches, their pages and their links.

use serde_json::json;
use tarn_integration_tests::Server;

use super::{all_ids, ask, create, get, identified, link, observation};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

#[test]
fn pages_show_one_moment_whatever_is_written_meanwhile() {
    let server = Server::start();
    let tenant = server.tenant();
    let made: Vec<_> = (0..7).map(|n| create(&tenant, &identified(&n.to_string()))).collect();
    for sort in ["", "&_sort=-_lastUpdated", "&_sort=identifier"] {
        let first = get(&tenant, &format!("/Patient?_count=2{sort}")).expect(200).json();
        let total = first["total"].as_u64().expect("a total");
        create(&tenant, &identified("late"));
        let ids = all_ids(&tenant, first);
        assert_eq!(ids.len() as u64, total, "{sort}");
        assert!(made.iter().all(|id| ids.iter().filter(|other| *other == id).count() == 1));
    }
}

#[test]
fn what_is_not_known_is_refused_or_named() {
    let server = Server::start();
    let tenant = server.tenant();
    create(&tenant, &identified("1"));
    let refused = get(&tenant, "/Patient?nonsense=1&gender=male").expect(400).json();
    assert!(refused["issue"][0]["diagnostics"].as_str().unwrap_or("").contains("nonsense"));
    let lenient = [("prefer", "handling=lenient")];
    let bundle = ask(&tenant, "GET", "/Patient?nonsense=1", &lenient, &serde_json::Value::Null);
    let bundle = bundle.expect(200).json();
    assert_eq!(bundle["entry"][1]["search"]["mode"], "outcome");
    assert!(!link(&bundle, "self").expect("a self link").contains("nonsense"));
}

#[test]
fn a_posted_search_puts_nothing_of_it_into_a_url() {
    let server = Server::start();
    let tenant = server.tenant();
    for _ in 0..5 {
        create(&tenant, &identified("secret"));
    }
    let path = format!("{}/Patient/_search", tenant.fhir);
    let body = b"identifier=urn:x%7Csecret&_count=2";
    let first = tenant.client.send("POST", &path, &FORM, body).expect(200).json();
    assert_eq!(first["total"], 5);
    assert!(!link(&first, "next").expect("more").contains("secret"));
    assert_eq!(all_ids(&tenant, first).len(), 5);
    tenant.client.send("POST", &path, &[super::FHIR_JSON], b"{}").expect(415);
}

#[test]
fn compartments_and_everything_hold_what_belongs_to_the_patient() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = create(&tenant, &identified("1"));
    create(&tenant, &observation(&format!("Patient/{patient}")));
    create(&tenant, &observation("Patient/other"));
    let total = |path: &str| get(&tenant, path).expect(200).json()["total"].clone();
    assert_eq!(total(&format!("/Patient/{patient}/Observation")), 1);
    assert_eq!(total(&format!("/Patient/{patient}/*")), 2);
    assert_eq!(total(&format!("/Patient/{patient}/$everything")), 2);
    assert_eq!(total(&format!("/Patient/{patient}/$everything?_type=Observation")), 1);
    get(&tenant, "/Patient/nobody/$everything").expect(404);
}

#[test]
fn includes_and_totals_are_as_asked() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = create(&tenant, &identified("1"));
    create(&tenant, &observation(&format!("Patient/{patient}")));
    let bundle = get(&tenant, "/Observation?_include=Observation:subject").expect(200).json();
    let modes: Vec<_> = bundle["entry"].as_array().expect("entries").iter().collect();
    assert_eq!(modes[0]["search"]["mode"], "match");
    assert_eq!(modes[1]["search"]["mode"], "include");
    assert_eq!(modes[1]["resource"]["id"], json!(patient));
    assert_eq!(bundle["total"], 1);
    let none = get(&tenant, "/Observation?_total=none").expect(200).json();
    assert!(none.get("total").is_none());
    let count = get(&tenant, "/Observation?_summary=count").expect(200).json();
    assert!(count["total"] == 1 && count.get("entry").is_none());
    let system = get(&tenant, "/?_type=Patient,Observation").expect(200).json();
    assert_eq!(system["total"], 2);
}
