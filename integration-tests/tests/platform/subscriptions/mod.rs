//! Subscriptions: the real binary tells real endpoints.

mod criteria;
mod failures;
mod mails;
mod refusals;
mod restarts;
mod streams;
mod topics;
mod websockets;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tarn_integration_tests::{Client, Received, Server, Tenant};

/// How long a debug build on a busy machine may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Settings of a server that may call its neighbours, and is quick to try again.
pub(crate) const QUICK: [(&str, &str); 4] = [
    ("TARN_SUBSCRIPTIONS_ALLOW_PRIVATE_ENDPOINTS", "true"),
    ("TARN_SUBSCRIPTIONS_FIRST_PAUSE", "5ms"),
    ("TARN_SUBSCRIPTIONS_LONGEST_PAUSE", "40ms"),
    ("TARN_SUBSCRIPTIONS_ATTEMPTS", "4"),
];

/// The topic of the tests.
pub(crate) const TOPIC: &str = "http://example.org/topics/encounter-finished";

pub(crate) fn quick() -> Server {
    Server::start_with_environment(&QUICK)
}

/// A subscription of criteria.
pub(crate) fn of_criteria(criteria: &str, endpoint: &str, payload: bool) -> Value {
    let mut body = json!({
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "test",
        "criteria": criteria,
        "channel": { "type": "rest-hook", "endpoint": endpoint },
    });
    if payload {
        body["channel"]["payload"] = "application/fhir+json".into();
    }
    body
}

/// A subscription of the topic.
pub(crate) fn of_topic(endpoint: &str, content: &str) -> Value {
    let guide = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport";
    json!({
        "resourceType": "Subscription",
        "meta": { "profile": [format!("{guide}-subscription")] },
        "status": "requested",
        "reason": "test",
        "criteria": TOPIC,
        "channel": {
            "type": "rest-hook",
            "endpoint": endpoint,
            "payload": "application/fhir+json",
            "_payload": { "extension": [
                { "url": format!("{guide}-payload-content"), "valueCode": content },
            ] },
        },
    })
}

/// The topic, as a `Basic` resource.
pub(crate) fn topic() -> Value {
    let element = |name: &str| {
        format!("http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic.{name}")
    };
    json!({
        "resourceType": "Basic",
        "code": { "coding": [
            { "system": "http://hl7.org/fhir/fhir-types", "code": "SubscriptionTopic" },
        ] },
        "extension": [
            { "url": element("url"), "valueUri": TOPIC },
            { "url": element("resourceTrigger"), "extension": [
                { "url": "resource", "valueUri": "http://hl7.org/fhir/StructureDefinition/Encounter" },
                { "url": "supportedInteraction", "valueCode": "create" },
                { "url": "supportedInteraction", "valueCode": "update" },
                { "url": "queryCriteria", "extension": [
                    { "url": "previous", "valueString": "status:not=finished" },
                    { "url": "resultForCreate", "valueCode": "test-passes" },
                    { "url": "current", "valueString": "status=finished" },
                    { "url": "requireBoth", "valueBoolean": true },
                ] },
            ] },
            { "url": element("canFilterBy"), "extension": [
                { "url": "resource", "valueUri": "Encounter" },
                { "url": "filterParameter", "valueString": "subject" },
            ] },
        ],
    })
}

pub(crate) fn encounter(id: &str, status: &str, patient: &str) -> Value {
    json!({
        "resourceType": "Encounter", "id": id, "status": status,
        "class": { "code": "AMB" }, "subject": { "reference": format!("Patient/{patient}") },
    })
}

pub(crate) fn patient(id: &str, family: &str) -> Value {
    json!({ "resourceType": "Patient", "id": id, "name": [{ "family": family }] })
}

/// Creates a subscription and gives its id.
pub(crate) fn subscribe(tenant: &Tenant, body: &Value) -> String {
    let made = tenant.client.create(&format!("{}/Subscription", tenant.fhir), body);
    made.expect(201).json()["id"].as_str().expect("an id").to_owned()
}

/// Waits until a subscription has that status, and gives it.
pub(crate) fn wait_for_status(tenant: &Tenant, id: &str, status: &str) -> Value {
    wait(&tenant.client, &format!("{}/Subscription/{id}", tenant.fhir), |it| it["status"] == status)
}

/// Waits until what a path answers is as wished.
pub(crate) fn wait(client: &Client, path: &str, is_right: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let answer = client.get(path).expect(200).json();
        if is_right(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not come: {answer:#}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub(crate) fn put(tenant: &Tenant, body: &Value) {
    let (type_, id) = (&body["resourceType"], &body["id"]);
    let path = format!("{}/{}/{}", tenant.fhir, text(type_), text(id));
    let status = tenant.client.put(&path, body).status;
    assert!([200, 201].contains(&status), "{status}");
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// A parameter of a notification's status.
pub(crate) fn parameter(notification: &Value, name: &str) -> Value {
    let all = notification["entry"][0]["resource"]["parameter"].as_array().expect("a status");
    all.iter().find(|it| it["name"] == name).cloned().unwrap_or_default()
}

/// The ids of what notifications of criteria brought.
pub(crate) fn ids(received: &[Received]) -> Vec<String> {
    received.iter().map(|it| text(&it.json()["id"]).to_owned()).collect()
}

pub(crate) fn listed(tenant: &Tenant) -> Value {
    let path = format!("/api/v1/stores/{}/subscriptions", tenant.store);
    tenant.client.get(&path).expect(200).json()
}
