//! Operations, called in every way that FHIR has.

mod documents;
mod everything;
mod lastn;
mod members;
mod meta;

use serde_json::{Value, json};
use tarn_integration_tests::{Answer, Tenant};

use super::ask;

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

/// Puts a resource under its own id.
fn put(tenant: &Tenant, resource: &Value) {
    let path = format!("/{}/{}", text(&resource["resourceType"]), text(&resource["id"]));
    ask(tenant, "PUT", &path, &[], resource).expect(201);
}

/// `Type/id` of a Bundle's entries, in order.
fn names(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().into_iter().flatten();
    let name = |entry: &Value| {
        format!("{}/{}", text(&entry["resource"]["resourceType"]), text(&entry["resource"]["id"]))
    };
    entries.map(name).collect()
}

/// Parameters of primitive values: `("start", "valueDate", "2020")`.
fn parameters(all: &[(&str, &str, Value)]) -> Value {
    let parameter =
        |(name, type_, value): &(&str, &str, Value)| json!({ "name": name, *type_: value });
    json!({
        "resourceType": "Parameters",
        "parameter": all.iter().map(parameter).collect::<Vec<_>>(),
    })
}

fn call(tenant: &Tenant, path: &str, all: &[(&str, &str, Value)]) -> Answer {
    ask(tenant, "POST", path, &[], &parameters(all))
}
