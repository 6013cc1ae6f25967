//! FHIR's REST surface, as clients meet it.

mod batches;
mod conditions;
mod explains;
mod formats;
mod graphql;
mod healthlake;
mod histories;
mod instances;
mod operations;
mod patches;
mod questions;
mod searches;
mod transactions;
mod xml;

use serde_json::{Value, json};
use tarn_integration_tests::{Answer, Tenant};

const FHIR_JSON: (&str, &str) = ("content-type", "application/fhir+json");

/// Sends a request below a store's base, with FHIR JSON or nothing as its body.
fn ask(
    tenant: &Tenant,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> Answer {
    let path = format!("{}{path}", tenant.fhir);
    if body.is_null() {
        return tenant.client.send(method, &path, headers, &[]);
    }
    let headers: Vec<_> = [FHIR_JSON].into_iter().chain(headers.iter().copied()).collect();
    tenant.client.send(method, &path, &headers, body.to_string().as_bytes())
}

fn get(tenant: &Tenant, path: &str) -> Answer {
    ask(tenant, "GET", path, &[], &Value::Null)
}

/// Creates a resource; its id.
fn create(tenant: &Tenant, resource: &Value) -> String {
    let type_ = resource["resourceType"].as_str().expect("a type");
    let made = ask(tenant, "POST", &format!("/{type_}"), &[], resource).expect(201).json();
    made["id"].as_str().expect("an id").to_owned()
}

fn identified(value: &str) -> Value {
    json!({ "resourceType": "Patient", "identifier": [{ "system": "urn:x", "value": value }] })
}

fn observation(subject: &str) -> Value {
    json!({
        "resourceType": "Observation", "status": "final", "code": { "text": "x" },
        "subject": { "reference": subject },
    })
}

/// A Bundle's link, below the server.
fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array()?;
    let found = links.iter().find(|link| link["relation"] == relation)?;
    found["url"].as_str().map(str::to_owned)
}

/// A next page, asked for as it is linked.
fn follow(tenant: &Tenant, bundle: &Value) -> Option<Value> {
    let url = link(bundle, "next")?;
    let at = url.find(&tenant.fhir).expect("a link of this store");
    Some(tenant.client.get(&url[at..]).expect(200).json())
}

/// The ids of all pages' matches, in order.
fn all_ids(tenant: &Tenant, first: Value) -> Vec<String> {
    let mut ids = Vec::new();
    let mut page = Some(first);
    while let Some(bundle) = page {
        for entry in bundle["entry"].as_array().into_iter().flatten() {
            if entry["search"]["mode"] == "match" {
                ids.push(entry["resource"]["id"].as_str().expect("an id").to_owned());
            }
        }
        page = follow(tenant, &bundle);
    }
    ids
}

fn entry(method: &str, url: &str, resource: Value) -> Value {
    let mut entry = json!({ "request": { "method": method, "url": url } });
    if !resource.is_null() {
        entry["resource"] = resource;
    }
    entry
}

fn process(tenant: &Tenant, kind: &str, entries: &[Value]) -> Answer {
    let bundle = json!({ "resourceType": "Bundle", "type": kind, "entry": entries });
    ask(tenant, "POST", "", &[("prefer", "return=representation")], &bundle)
}

fn statuses(answer: &Value) -> Vec<&str> {
    let entries = answer["entry"].as_array().expect("entries");
    entries.iter().map(|entry| entry["response"]["status"].as_str().expect("a status")).collect()
}

fn place(outcome: &Value) -> &str {
    outcome["issue"][0]["expression"][0].as_str().unwrap_or_default()
}
