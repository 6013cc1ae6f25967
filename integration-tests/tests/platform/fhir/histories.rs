//! History of a resource, of a type, of the store.

use std::collections::HashSet;

use serde_json::{Value, json};
use tarn_integration_tests::Server;

use super::{ask, create, follow, get, identified, link, observation};

#[test]
fn a_history_is_newest_first_and_knows_deletions() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &identified("1"));
    let path = format!("/Patient/{id}");
    let mut next = identified("2");
    next["id"] = json!(id);
    ask(&tenant, "PUT", &path, &[], &next).expect(200);
    ask(&tenant, "DELETE", &path, &[], &Value::Null).expect(204);
    let bundle = get(&tenant, &format!("{path}/_history")).expect(200).json();
    assert_eq!((&bundle["type"], &bundle["total"]), (&json!("history"), &json!(3)));
    let entries = bundle["entry"].as_array().expect("entries");
    let tags: Vec<_> = entries.iter().map(|entry| &entry["response"]["etag"]).collect();
    assert_eq!(tags, ["W/\"3\"", "W/\"2\"", "W/\"1\""]);
    assert_eq!(entries[0]["request"]["method"], "DELETE");
    assert!(entries[0].get("resource").is_none());
    assert_eq!(entries[1]["resource"]["identifier"][0]["value"], "2");
    get(&tenant, "/Patient/never-was/_history").expect(404);
}

#[test]
fn a_history_in_pages_misses_and_repeats_nothing() {
    let server = Server::start();
    let tenant = server.tenant();
    for n in 0..5 {
        create(&tenant, &identified(&n.to_string()));
        create(&tenant, &observation("Patient/1"));
    }
    for (path, expected) in [("/_history?_count=3", 10), ("/Patient/_history?_count=2", 5)] {
        let mut seen = HashSet::new();
        let mut page = Some(get(&tenant, path).expect(200).json());
        while let Some(bundle) = page {
            for entry in bundle["entry"].as_array().expect("entries") {
                assert!(seen.insert(entry["fullUrl"].to_string()), "twice: {entry}");
            }
            // What comes later is not in it.
            create(&tenant, &identified("late"));
            page = follow(&tenant, &bundle);
        }
        let late = if path.starts_with("/Patient") { 4 } else { 0 };
        assert_eq!(seen.len(), expected + late, "{path}");
    }
}

#[test]
fn a_history_since_now_is_empty() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &identified("1"));
    let later = get(&tenant, "/_history?_since=2100-01-01T00:00:00Z").expect(200).json();
    assert!(later.get("entry").is_none() && link(&later, "next").is_none());
    let path = format!("/Patient/{id}/_history?_since=2020-01-01T00:00:00Z");
    assert_eq!(get(&tenant, &path).expect(200).json()["entry"].as_array().map(Vec::len), Some(1));
    get(&tenant, "/_history?_since=yesterday").expect(400);
    get(&tenant, "/_history?_cursor=forged").expect(400);
    get(&tenant, "/_history?nonsense=1").expect(400);
}

#[test]
fn a_history_tells_what_was_current_at_a_time() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &identified("1"));
    let path = format!("/Patient/{id}");
    let mut moments = Vec::new();
    for value in ["2", "3"] {
        let mut changed = identified(value);
        changed["id"] = json!(id);
        moments.push(ask(&tenant, "PUT", &path, &[], &changed).expect(200).json());
    }
    let moment =
        |at: usize| moments[at]["meta"]["lastUpdated"].as_str().expect("a time").to_owned();
    let versions = |query: &str| {
        let history = get(&tenant, &format!("{query}&_sort=-_lastUpdated")).expect(200).json();
        let all = history["entry"].as_array().cloned().unwrap_or_default();
        let version = |e: &Value| e["resource"]["meta"]["versionId"].as_str().map(str::to_owned);
        all.iter().filter_map(version).collect::<Vec<_>>()
    };
    for scope in [path.as_str(), "/Patient", ""] {
        assert_eq!(
            versions(&format!("{scope}/_history?_at={}", moment(1))).first(),
            Some(&"3".into())
        );
        assert!(versions(&format!("{scope}/_history?_at=2001")).is_empty());
        assert_eq!(versions(&format!("{scope}/_history?_at=2999")), ["3"]);
        let now = moment(0)[..4].to_owned();
        assert_eq!(versions(&format!("{scope}/_history?_at={now}")), ["3", "2", "1"]);
    }
    get(&tenant, &format!("{path}/_history?_at=soon")).expect(400);
    get(&tenant, &format!("{path}/_history?_sort=name")).expect(400);
}
