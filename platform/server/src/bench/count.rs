//! `tarn bench count`: how long one client waits for `_summary=count` of three ANDed parameters.

use std::time::Instant;

use serde_json::Value;

use super::client::Client;
use super::{Ground, report};
use crate::error::Failure;

const ROUNDS: usize = 2_000;

pub(super) async fn run(ground: &Ground) -> Result<(), Failure> {
    let prepared = ground.prepared().await?;
    let server = ground.server(&[]).await?;
    let mut client = server.client(&prepared.key).await?;
    let fhir = format!("/datastore/{}/r4", prepared.store);
    let observation = some_observation(&mut client, &fhir).await?;
    let code = code(&observation);
    let queries = [
        ("count, one parameter", format!("{fhir}/Observation?code={code}&_summary=count")),
        (
            "count, three parameters",
            format!("{fhir}/Observation?code={code}&status=final&date=ge2015-01-01&_summary=count"),
        ),
        (
            "count, three token params",
            format!(
                "{fhir}/Observation?code={code}&status=final&category={}&_summary=count",
                category(&observation)
            ),
        ),
    ];
    for (what, query) in &queries {
        let total = client.json("GET", query, "").await?["total"].clone();
        let request = client.request("GET", query, "");
        let mut spans = Vec::with_capacity(ROUNDS);
        let cpu = server.cpu_seconds();
        for _ in 0..ROUNDS {
            let sent = Instant::now();
            client.send(&request).await?;
            spans.push(sent.elapsed());
        }
        let cpu = (server.cpu_seconds() - cpu) * 1e6 / ROUNDS as f64;
        spans.sort_unstable();
        let (p50, p99) = (spans[ROUNDS / 2].as_micros(), spans[ROUNDS * 99 / 100].as_micros());
        let figures = format!(
            "{total} of {} resources; {cpu:.0} µs of processor, p50 {p50} µs, p99 {p99} µs, over HTTP, audited",
            prepared.resources
        );
        report(what, &figures);
    }
    drop(client);
    server.stop()
}

/// Some observation of the population: its code is one that there is.
pub(super) async fn some_observation(client: &mut Client, fhir: &str) -> Result<Value, Failure> {
    let path = format!("{fhir}/Observation?category=vital-signs&_count=1");
    let page = client.json("GET", &path, "").await?;
    let found = page["entry"][0]["resource"].clone();
    if found.is_null() {
        return Err(Failure::new("the population has no vital signs"));
    }
    Ok(found)
}

/// `system|code` of an observation.
pub(super) fn code(observation: &Value) -> String {
    token(&observation["code"]["coding"][0])
}

fn category(observation: &Value) -> String {
    token(&observation["category"][0]["coding"][0])
}

fn token(coding: &Value) -> String {
    let text = |name: &str| coding[name].as_str().unwrap_or_default().to_owned();
    format!("{}%7C{}", text("system"), text("code"))
}
