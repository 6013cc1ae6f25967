//! Topic-based subscriptions (Subscriptions R5 Backport on R4).

use serde_json::json;
use tarn_integration_tests::Receiver;

use super::*;

fn kinds(received: &[Received]) -> Vec<String> {
    let kind = |it: &Received| text(&parameter(&it.json(), "type")["valueCode"]).to_owned();
    received.iter().map(kind).collect()
}

fn number(notification: &Value) -> String {
    text(&parameter(notification, "events-since-subscription-start")["valueString"]).to_owned()
}

#[test]
fn a_topic_fires_on_what_it_names_after_a_handshake() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &topic()).expect(201);
    let id = subscribe(&tenant, &of_topic(&receiver.url("/hook"), "full-resource"));
    wait_for_status(&tenant, &id, "active");
    put(&tenant, &encounter("e", "in-progress", "p"));
    put(&tenant, &encounter("e", "finished", "p"));
    // It was finished already: no change that the topic speaks of.
    put(&tenant, &encounter("e", "finished", "p2"));
    put(&tenant, &encounter("f", "finished", "p"));
    let received = receiver.wait(|all| {
        all.last().is_some_and(|it| {
            kinds(all).last().map(String::as_str) == Some("event-notification")
                && number(&it.json()) == "2"
        })
    });
    assert_eq!(kinds(&received)[0], "handshake");
    let told: Vec<Value> = received[1..].iter().map(Received::json).collect();
    let focuses: Vec<_> = told
        .iter()
        .flat_map(|bundle| {
            let entries = bundle["entry"].as_array().expect("entries")[1..].iter();
            entries.map(|entry| text(&entry["resource"]["id"]).to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(focuses, ["e", "f"]);
    let first = &told[0];
    assert_eq!(
        (text(&first["type"]), text(&parameter(first, "status")["valueCode"])),
        ("history", "active")
    );
    assert_eq!(parameter(first, "topic")["valueCanonical"], TOPIC);
    assert_eq!(first["entry"][1]["resource"]["meta"]["versionId"], "2");
    assert!(text(&first["entry"][1]["fullUrl"]).ends_with(&format!("{}/Encounter/e", tenant.fhir)));

    let path = format!("{}/Subscription/{id}", tenant.fhir);
    // The place moves once the endpoint has answered, a moment after it was told.
    let status = wait(&tenant.client, &format!("{path}/$status"), |it| number(it) == "2");
    assert_eq!(parameter(&status, "type")["valueCode"], "query-status");
    let all = tenant.client.get(&format!("{}/Subscription/$status?status=active", tenant.fhir));
    assert_eq!(all.expect(200).json()["total"], 1);
    let events =
        tenant.client.get(&format!("{path}/$events?eventsSinceNumber=2")).expect(200).json();
    assert_eq!(parameter(&events, "type")["valueCode"], "query-event");
    assert_eq!(events["entry"][1]["resource"]["id"], "f");
    let asked = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "eventsUntilNumber", "valueString": "1" },
        { "name": "content", "valueCode": "id-only" },
    ] });
    let events = tenant.client.create(&format!("{path}/$events"), &asked).expect(200).json();
    assert!(
        events["entry"][1]["resource"].is_null()
            && events["entry"].as_array().map(Vec::len) == Some(2)
    );
    tenant.client.get(&format!("{}/Subscription/none/$status", tenant.fhir)).expect(404);
    tenant.client.get(&format!("{path}/$events?eventsSinceNumber=x")).expect(400);
    tenant.client.get(&format!("{}/Subscription/none/$events", tenant.fhir)).expect(404);
    assert_ne!(tenant.client.get(&format!("{}/Patient/p/$events", tenant.fhir)).status, 200);
}

#[test]
fn filters_narrow_a_topic_and_ids_are_all_that_is_told() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &topic()).expect(201);
    let mut body = of_topic(&receiver.url("/hook"), "id-only");
    let filter = |text: &str| {
        json!({ "extension": [{
        "url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria",
        "valueString": text,
    }] })
    };
    body["_criteria"] = filter("Encounter?class=AMB");
    let path = format!("{}/Subscription", tenant.fhir);
    assert_eq!(tenant.client.create(&path, &body).status, 422, "the topic allows no such filter");
    body["_criteria"] = filter("Encounter?subject=Patient/p");
    subscribe(&tenant, &body);
    put(&tenant, &encounter("other", "finished", "q"));
    put(&tenant, &encounter("right", "finished", "p"));
    let received = receiver.wait(|all| all.len() >= 2);
    let told = received[1].json();
    assert_eq!(told["entry"].as_array().map(Vec::len), Some(2), "{told}");
    assert!(told["entry"][1]["resource"].is_null());
    assert!(text(&told["entry"][1]["fullUrl"]).ends_with("/Encounter/right"));
    assert!(!told.to_string().contains("AMB"), "nothing of the resource but its id");
}

#[test]
fn an_endpoint_that_refuses_the_handshake_is_never_told_anything() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &topic()).expect(201);
    receiver.always(Some(403));
    let id = subscribe(&tenant, &of_topic(&receiver.url("/hook"), "id-only"));
    let broken = wait_for_status(&tenant, &id, "error");
    assert!(text(&broken["error"]).contains("handshake"), "{broken}");
    assert!(kinds(&receiver.received()).iter().all(|kind| kind == "handshake"));
}

#[test]
fn a_backlog_comes_in_batches_with_every_number_once() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &topic()).expect(201);
    let mut body = of_topic(&receiver.url("/hook"), "id-only");
    body["channel"]["extension"] = json!([{
        "url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-max-count",
        "valuePositiveInt": 4,
    }]);
    let id = subscribe(&tenant, &body);
    wait_for_status(&tenant, &id, "active");
    let entries: Vec<_> = (0..10)
        .map(|n| {
            let id = format!("e{n}");
            let request = json!({ "method": "PUT", "url": format!("Encounter/{id}") });
            json!({ "resource": encounter(&id, "finished", "p"), "request": request })
        })
        .collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
    tenant.client.create(&tenant.fhir, &bundle).expect(200);
    let received = receiver.wait(|all| all.last().is_some_and(|it| number(&it.json()) == "10"));
    let sizes: Vec<_> = received[1..]
        .iter()
        .map(|it| it.json()["entry"].as_array().map_or(0, Vec::len) - 1)
        .collect();
    assert_eq!(sizes, [4, 4, 2]);
}

#[test]
fn a_topic_may_say_in_fhirpath_what_must_hold() {
    let (server, receiver) = (quick(), Receiver::start());
    let tenant = server.tenant();
    let mut body = topic();
    let trigger = body["extension"][1]["extension"].as_array_mut().expect("parts");
    trigger.retain(|part| part["url"] != "queryCriteria");
    let path = "%current.status = 'finished' and (%previous.exists() implies %previous.status != 'finished')";
    trigger.push(json!({ "url": "fhirPathCriteria", "valueString": path }));
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &body).expect(201);
    subscribe(&tenant, &of_topic(&receiver.url("/hook"), "id-only"));
    put(&tenant, &encounter("a", "in-progress", "p"));
    put(&tenant, &encounter("a", "finished", "p"));
    put(&tenant, &encounter("a", "finished", "p2"));
    put(&tenant, &encounter("b", "finished", "p"));
    let received = receiver
        .wait(|all| all.last().is_some_and(|it| kinds(all).len() > 1 && number(&it.json()) == "2"));
    let told: Vec<_> = received[1..]
        .iter()
        .flat_map(|it| {
            let bundle = it.json();
            let entries = bundle["entry"].as_array().expect("entries")[1..].iter();
            entries.map(|entry| text(&entry["fullUrl"]).to_owned()).collect::<Vec<_>>()
        })
        .collect();
    assert!(told[0].ends_with("/Encounter/a") && told[1].ends_with("/Encounter/b"), "{told:?}");
    assert_eq!(told.len(), 2);
}
