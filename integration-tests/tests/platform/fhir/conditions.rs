//! Conditional reads and writes.

use std::thread;

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::{ask, create, get, identified};

fn create_unless(tenant: &Tenant, value: &str) -> (u16, String) {
    let condition = format!("identifier=urn:x|{value}");
    let headers = [("if-none-exist", condition.as_str())];
    let answer = ask(tenant, "POST", "/Patient", &headers, &identified(value));
    (answer.status, answer.json()["id"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn who_has_the_version_is_not_sent_it_again() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("/Patient/{}", create(&tenant, &identified("1")));
    let read = get(&tenant, &path).expect(200);
    let (tag, date) = (read.header("etag"), read.header("last-modified"));
    let again = |headers: &[_]| ask(&tenant, "GET", &path, headers, &Value::Null);
    assert_eq!(again(&[("if-none-match", tag)]).expect(304).header("etag"), tag);
    again(&[("if-modified-since", date)]).expect(304);
    again(&[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")]).expect(200);
    again(&[("if-none-match", "W/\"7\""), ("if-modified-since", date)]).expect(200);
}

#[test]
fn a_conditional_create_finds_what_is_there() {
    let server = Server::start();
    let tenant = server.tenant();
    let (status, id) = create_unless(&tenant, "1");
    assert_eq!(status, 201);
    assert_eq!(create_unless(&tenant, "1"), (200, id));
    create(&tenant, &identified("1"));
    assert_eq!(create_unless(&tenant, "1").0, 412);
    let nonsense = [("if-none-exist", "nonsense=1")];
    ask(&tenant, "POST", "/Patient", &nonsense, &identified("2")).expect(400);
}

#[test]
fn of_many_conditional_creates_at_once_one_creates() {
    let server = Server::start();
    let tenant = server.tenant();
    let racers: Vec<_> = (0..24)
        .map(|_| {
            let tenant = tenant.clone();
            thread::spawn(move || create_unless(&tenant, "race"))
        })
        .collect();
    let mut done: Vec<_> = racers.into_iter().map(|racer| racer.join().expect("done")).collect();
    done.sort();
    assert_eq!(done[23].0, 201);
    assert!(done[..23].iter().all(|(status, id)| *status == 200 && *id == done[23].1), "{done:?}");
}

#[test]
fn a_conditional_update_hits_the_one_that_matches() {
    let server = Server::start();
    let tenant = server.tenant();
    let put = |value: &str, resource: &Value| {
        ask(&tenant, "PUT", &format!("/Patient?identifier=urn:x%7C{value}"), &[], resource)
    };
    let made = put("1", &identified("1")).expect(201).json();
    let again = put("1", &identified("1")).expect(200).json();
    assert_eq!((&again["id"], &again["meta"]["versionId"]), (&made["id"], &json!("2")));
    let mut other = identified("1");
    other["id"] = json!("other");
    put("1", &other).expect(400);
    assert_eq!(put("2", &other).expect(201).json()["id"], "other");
    put("3", &other).expect(409);
    create(&tenant, &identified("1"));
    put("1", &identified("1")).expect(412);
    ask(&tenant, "PUT", "/Patient", &[], &identified("1")).expect(412);
}

#[test]
fn a_conditional_delete_hits_one_or_none() {
    let server = Server::start();
    let tenant = server.tenant();
    let delete = || ask(&tenant, "DELETE", "/Patient?identifier=urn:x%7C1", &[], &Value::Null);
    delete().expect(204);
    let id = create(&tenant, &identified("1"));
    delete().expect(204);
    get(&tenant, &format!("/Patient/{id}")).expect(410);
    create(&tenant, &identified("1"));
    create(&tenant, &identified("1"));
    delete().expect(412);
    ask(&tenant, "DELETE", "/Patient", &[], &Value::Null).expect(412);
}
