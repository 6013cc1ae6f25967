//! Endpoints that fail: tried again, given up, listed, sent again.

use serde_json::json;
use tarn_integration_tests::Receiver;

use super::*;

#[test]
fn a_notification_is_tried_again_until_it_is_accepted() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    receiver.answer(&[500, 302, 404]);
    let id = subscribe(&tenant, &of_criteria("Patient", &receiver.url("/hook"), true));
    put(&tenant, &patient("a", "Turing"));
    put(&tenant, &patient("b", "Turing"));
    let received = receiver.wait(|all| all.len() >= 5);
    assert_eq!(ids(&received), ["a", "a", "a", "a", "b"]);
    wait(&tenant.client, &format!("/api/v1/stores/{}/subscriptions", tenant.store), |all| {
        let it = &all["subscriptions"][0];
        it["id"] == *id && it["events"] == 2 && it["failures"] == 0
    });
}

#[test]
fn what_is_given_up_is_a_dead_letter_that_can_be_sent_again() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    let id = subscribe(&tenant, &of_criteria("Patient", &receiver.url("/hook"), true));
    wait_for_status(&tenant, &id, "active");
    receiver.always(Some(503));
    put(&tenant, &patient("a", "Verysecretname"));
    let broken = wait_for_status(&tenant, &id, "error");
    let why = text(&broken["error"]);
    assert!(why.contains("4 tries") && why.contains("503"), "{why}");
    put(&tenant, &patient("b", "Turing"));
    let shown = &listed(&tenant)["subscriptions"][0];
    assert_eq!(shown["dead_letters"][0]["focus"], "Patient/a/_history/1");
    assert_eq!(shown["dead_letters"][0]["event_number"], 1);
    assert!(!shown.to_string().contains("Verysecretname"));
    let replay = format!("/api/v1/stores/{}/subscriptions/{id}/replay", tenant.store);
    assert_eq!(tenant.client.post(&replay, &json!({})).status, 409, "not while it is in error");

    // Asked for again, it goes on behind the dead letter, which waits for a replay.
    receiver.always(None);
    let tried = receiver.received().len();
    let mut body = of_criteria("Patient", &receiver.url("/hook"), true);
    body["id"] = id.as_str().into();
    tenant.client.put(&format!("{}/Subscription/{id}", tenant.fhir), &body).expect(200);
    let received = receiver.wait(|all| all.len() > tried);
    assert_eq!(ids(&received[tried..]), ["b"]);
    wait_for_status(&tenant, &id, "active");
    let asked = tenant.client.post(&replay, &json!({})).expect(202).json();
    assert_eq!(asked["events"], 1);
    let received = receiver.wait(|all| all.len() > tried + 1);
    assert_eq!(ids(&received[tried + 1..]), ["a"]);
    wait(&tenant.client, &format!("/api/v1/stores/{}/subscriptions", tenant.store), |all| {
        all["subscriptions"][0]["dead_letters"] == json!([])
    });
}

#[test]
fn a_slow_endpoint_holds_nobody_up() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    // It accepts connections and never answers.
    let deaf = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = deaf.local_addr().expect("an address");
    let slow = of_criteria("Patient", &format!("http://{address}/"), true);
    subscribe(&tenant, &slow);
    subscribe(&tenant, &of_criteria("Patient", &receiver.url("/hook"), true));
    for id in ["a", "b", "c"] {
        put(&tenant, &patient(id, "Turing"));
    }
    let received = receiver.wait(|all| all.len() >= 3);
    assert_eq!(ids(&received), ["a", "b", "c"]);
}

#[test]
fn deliveries_are_on_record_without_what_they_tell() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    let id = subscribe(&tenant, &of_criteria("Patient", &receiver.url("/hook"), true));
    wait_for_status(&tenant, &id, "active");
    let events = tenant.client.get("/api/v1/audit/events").expect(200).text();
    assert!(events.contains("UpdateSubscriptionStatus"), "{events}");
    put(&tenant, &patient("a", "Turing"));
    receiver.wait(|all| !all.is_empty());
    let events = tenant.client.get("/api/v1/audit/events").expect(200).text();
    assert!(events.contains("SendNotification") && !events.contains("Turing"), "{events}");
}
