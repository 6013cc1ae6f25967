//! What is refused when it comes, with reasons and their places.

use serde_json::{Value, json};
use tarn_integration_tests::Server;

use super::*;

fn refused(tenant: &Tenant, body: &Value, place: &str) {
    let path = format!("{}/{}", tenant.fhir, text(&body["resourceType"]));
    let answer = tenant.client.create(&path, body);
    assert_eq!(answer.status, 422, "{body}: {}", answer.text());
    let outcome = answer.json();
    assert_eq!(outcome["issue"][0]["expression"][0], place, "{outcome}");
    assert!(text(&outcome["issue"][0]["diagnostics"]).len() > 20, "{outcome}");
}

#[test]
fn a_subscription_that_cannot_be_done_is_refused_at_once() {
    let server = Server::start();
    let tenant = server.tenant();
    let endpoint = "https://example.org/hook";
    for criteria in
        ["Patient?colour=red", "Nothing?x=y", "Patient?birthdate=soon", "Patient?_count=3"]
    {
        refused(&tenant, &of_criteria(criteria, endpoint, true), "Subscription.criteria");
    }
    for endpoint in [
        "http://example.org/hook",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data/",
        "ftp://example.org/",
        "https://user:password@example.org/",
        "nowhere",
    ] {
        let body = of_criteria("Patient", endpoint, true);
        refused(&tenant, &body, "Subscription.channel.endpoint");
    }
    let mut sms = of_criteria("Patient", endpoint, false);
    sms["channel"]["type"] = "sms".into();
    refused(&tenant, &sms, "Subscription.channel.type");
    let mut xml = of_criteria("Patient", endpoint, false);
    xml["channel"]["payload"] = "application/fhir+xml".into();
    refused(&tenant, &xml, "Subscription.channel.payload");
    for header in ["Host: elsewhere", "no colon", "Content-Length: 1"] {
        let mut body = of_criteria("Patient", endpoint, false);
        body["channel"]["header"] = json!([header]);
        refused(&tenant, &body, "Subscription.channel.header");
    }
    refused(&tenant, &of_topic(endpoint, "id-only"), "Subscription.criteria");
    let found = tenant.client.get(&format!("{}/Subscription", tenant.fhir)).expect(200).json();
    assert_eq!(found["total"], 0, "nothing of it was kept");
}

#[test]
fn whatever_way_it_comes_it_is_looked_at() {
    let server = Server::start();
    let tenant = server.tenant();
    let bad = of_criteria("Patient?colour=red", "https://example.org/hook", false);
    let mut named = bad.clone();
    named["id"] = "s".into();
    let put = tenant.client.put(&format!("{}/Subscription/s", tenant.fhir), &named);
    assert_eq!(put.status, 422, "{}", put.text());
    for kind in ["transaction", "batch"] {
        let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": [
            { "resource": bad, "request": { "method": "POST", "url": "Subscription" } },
        ] });
        let answer = tenant.client.create(&tenant.fhir, &bundle);
        let text = answer.text();
        assert!(text.contains("colour") && !text.contains("\"201"), "{kind}: {text}");
    }
    let good = of_criteria("Patient", "https://example.org/hook", false);
    let id = subscribe(&tenant, &good);
    let patch = json!([{ "op": "replace", "path": "/criteria", "value": "Patient?colour=red" }]);
    let headers = [("content-type", "application/json-patch+json")];
    let path = format!("{}/Subscription/{id}", tenant.fhir);
    let patched = tenant.client.send("PATCH", &path, &headers, patch.to_string().as_bytes());
    assert_eq!(patched.status, 422, "{}", patched.text());
}

#[test]
fn a_store_has_fifty_subscriptions_at_most() {
    let server = Server::start();
    let tenant = server.tenant();
    let mut body = of_criteria("Patient", "https://example.org/hook", false);
    body["status"] = "off".into();
    let entry = json!({ "resource": body, "request": { "method": "POST", "url": "Subscription" } });
    let bundle = json!({ "resourceType": "Bundle", "type": "batch", "entry": vec![entry; 50] });
    let answer = tenant.client.create(&tenant.fhir, &bundle).expect(200).json();
    let made = answer["entry"].as_array().expect("entries").iter();
    let made = made.filter(|it| text(&it["response"]["status"]).starts_with("201"));
    assert_eq!(made.count(), 50);
    let path = format!("{}/Subscription", tenant.fhir);
    let refused = tenant.client.create(&path, &body).expect(422).text();
    assert!(refused.contains("50 subscriptions"), "{refused}");
}

#[test]
fn a_topic_that_cannot_be_evaluated_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    let mut no_url = topic();
    no_url["extension"].as_array_mut().expect("a list").remove(0);
    refused(&tenant, &no_url, "Basic.extension");
    let mut bad = topic();
    bad["extension"][1]["extension"][3]["extension"][0]["valueString"] = "colour=red".into();
    refused(&tenant, &bad, "Basic.extension");
    let other = json!({ "resourceType": "Basic", "code": { "text": "something else" } });
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &other).expect(201);
}
