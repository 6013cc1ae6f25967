//! What is asked now and answered later.

mod deletions;
mod exports;
mod imports;
mod requests;

use std::time::{Duration, Instant};

use serde_json::Value;
use tarn_integration_tests::{Answer, Tenant};

const PATIENCE: Duration = Duration::from_secs(120);
const LATER: (&str, &str) = ("prefer", "respond-async");

/// Sends a request that may be answered later; the path of its status, below the server.
fn put_off(tenant: &Tenant, method: &str, path: &str, body: &Value) -> String {
    let headers = [LATER, ("content-type", "application/fhir+json")];
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let path = format!("{}{path}", tenant.fhir);
    let answer = tenant.client.send(method, &path, &headers, &body).expect(202);
    let place = answer.header("content-location");
    place[place.find(&tenant.fhir).expect("a place of this store")..].to_owned()
}

/// Asks how it stands until it is done.
fn wait(tenant: &Tenant, place: &str) -> Answer {
    let begun = Instant::now();
    loop {
        let answer = tenant.client.get(place);
        if answer.status != 202 {
            return answer;
        }
        assert!(
            !answer.header("x-progress").is_empty() && !answer.header("retry-after").is_empty()
        );
        assert!(begun.elapsed() < PATIENCE, "it takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A URL of the server, as a path.
fn below(tenant: &Tenant, url: &Value) -> String {
    let url = url.as_str().expect("a URL");
    url[url.find(&tenant.fhir).expect("a URL of this store")..].to_owned()
}
