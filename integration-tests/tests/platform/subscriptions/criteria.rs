//! Subscriptions of criteria, as R4 has them.

use serde_json::json;
use tarn_integration_tests::Receiver;

use super::*;

#[test]
fn what_matches_is_sent_and_nothing_else() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    put(&tenant, &patient("early", "Turing"));
    let mut body = of_criteria("Patient?family:exact=Turing", &receiver.url("/hook"), true);
    body["channel"]["header"] = json!(["Authorization: Bearer hush-hush", "X-Tag: a"]);
    let id = subscribe(&tenant, &body);
    put(&tenant, &patient("a", "Turing"));
    put(&tenant, &patient("b", "Lovelace"));
    put(&tenant, &patient("c", "Turing"));
    put(&tenant, &patient("b", "Turing"));
    tenant.client.delete(&format!("{}/Patient/c", tenant.fhir)).expect(204);
    put(&tenant, &patient("d", "Turing"));
    let received = receiver.wait(|all| all.len() >= 4);
    assert_eq!(ids(&received), ["a", "c", "b", "d"], "in the order of changes, each as it was");
    let first = &received[0];
    assert_eq!(first.line, "POST /hook");
    assert_eq!(first.header("authorization"), "Bearer hush-hush");
    assert_eq!(first.header("content-type"), "application/fhir+json");
    assert_eq!(first.json()["meta"]["versionId"], "1");
    assert_eq!(received[2].json()["meta"]["versionId"], "2");

    // The headers are nobody's to read, in whatever way.
    let kept = wait_for_status(&tenant, &id, "active");
    assert_eq!(kept["channel"]["header"], json!(["Authorization: ***", "X-Tag: ***"]));
    for path in ["Subscription", &format!("Subscription/{id}/_history"), "_history"] {
        let seen = tenant.client.get(&format!("{}/{path}", tenant.fhir)).expect(200).text();
        assert!(!seen.contains("hush-hush"), "{path}");
    }
}

#[test]
fn a_masked_header_survives_an_update_and_a_changed_endpoint_needs_it_again() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    let mut body = of_criteria("Patient", &receiver.url("/one"), false);
    body["channel"]["header"] = json!(["Authorization: Bearer hush-hush"]);
    let id = subscribe(&tenant, &body);
    let mut kept = wait_for_status(&tenant, &id, "active");
    kept["channel"]["endpoint"] = receiver.url("/two").into();
    let path = format!("{}/Subscription/{id}", tenant.fhir);
    let answer = tenant.client.put(&path, &kept).expect(200).json();
    assert_eq!(answer["status"], "requested", "the server says when it is active");
    put(&tenant, &patient("a", "Turing"));
    let received = receiver.wait(|all| all.iter().any(|it| it.line == "POST /two"));
    let last = received.last().expect("one");
    assert_eq!(last.header("authorization"), "Bearer hush-hush");
    assert!(last.body.is_empty(), "no payload was asked for");
    kept["channel"]["endpoint"] = "http://127.0.0.1:9/elsewhere".into();
    let refused = tenant.client.put(&path, &kept).expect(422).json();
    assert_eq!(refused["issue"][0]["expression"][0], "Subscription.channel.header");
}

#[test]
fn chains_and_modifiers_work_as_in_searches() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    put(&tenant, &patient("p", "Turing"));
    put(&tenant, &patient("q", "Lovelace"));
    let criteria = "Encounter?subject:Patient.family=Turing&status:not=cancelled";
    subscribe(&tenant, &of_criteria(criteria, &receiver.url("/hook"), true));
    put(&tenant, &encounter("other", "finished", "q"));
    put(&tenant, &encounter("off", "cancelled", "p"));
    put(&tenant, &encounter("right", "finished", "p"));
    let received = receiver.wait(|all| !all.is_empty());
    assert_eq!(ids(&received), ["right"]);
}

#[test]
fn one_that_is_off_rests_and_one_that_is_deleted_is_forgotten() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    let id = subscribe(&tenant, &of_criteria("Patient", &receiver.url("/hook"), true));
    wait_for_status(&tenant, &id, "active");
    let path = format!("{}/Subscription/{id}", tenant.fhir);
    let mut body = of_criteria("Patient", &receiver.url("/hook"), true);
    body["id"] = id.as_str().into();
    body["status"] = "off".into();
    tenant.client.put(&path, &body).expect(200);
    put(&tenant, &patient("missed", "Turing"));
    body["status"] = "requested".into();
    tenant.client.put(&path, &body).expect(200);
    put(&tenant, &patient("told", "Turing"));
    let received = receiver.wait(|all| !all.is_empty());
    assert_eq!(ids(&received), ["told"]);
    tenant.client.delete(&path).expect(204);
    assert_eq!(listed(&tenant)["subscriptions"], json!([]));
}

#[test]
fn an_end_is_honoured() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    let mut body = of_criteria("Patient", &receiver.url("/hook"), true);
    body["end"] = "2020-01-01T00:00:00Z".into();
    let path = format!("{}/Subscription", tenant.fhir);
    let refused = tenant.client.create(&path, &body).expect(422).json();
    assert_eq!(refused["issue"][0]["expression"][0], "Subscription.end");
    // An end that comes soon switches it off, whether it ever was active or not.
    let soon = tenant.client.get(&format!("{}/metadata", tenant.fhir)).expect(200).json();
    let date = text(&soon["date"]).to_owned();
    body["end"] = date.into();
    assert_eq!(tenant.client.create(&path, &body).status, 422, "the server's own start is past");
    let (year, rest) = text(&soon["date"]).split_at(4);
    let next: i32 = year.parse::<i32>().expect("a year") + 1;
    body["end"] = format!("{next}{rest}").into();
    let id = subscribe(&tenant, &body);
    wait_for_status(&tenant, &id, "active");
}
