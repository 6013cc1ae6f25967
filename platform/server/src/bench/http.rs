//! `tarn bench http`: reads by id, first pages of a token search, durable creates.

use serde_json::json;

use super::client::Client;
use super::count::{code, some_observation};
use super::{Http, load};
use crate::error::Failure;

/// Ids that reads choose from.
const IDS: usize = 10_000;

pub(super) async fn run(asked: &Http) -> Result<(), Failure> {
    let prepared = asked.ground.prepared().await?;
    let more = ["--http-workers".to_owned(), asked.workers.to_string()];
    let server = asked.ground.server(&more).await?;
    let mut client = server.client(&prepared.key).await?;
    let fhir = format!("/datastore/{}/r4", prepared.store);
    let ids = ids(&mut client, &fhir).await?;
    let observation = some_observation(&mut client, &fhir).await?;
    let (key, clients, seconds) = (&prepared.key, asked.clients, asked.seconds);

    let base = fhir.clone();
    let read = move |client: &Client, n: usize| {
        // Steps of a prime spread the reads.
        client.request("GET", &format!("{base}/{}", ids[n * 7_919 % ids.len()]), "")
    };
    load::run("read by id", &server, key, clients, seconds, read).await?;

    let query = format!("{fhir}/Observation?code={}&_count=50", code(&observation));
    let search = move |client: &Client, _| client.request("GET", &query, "");
    load::run("token search, page of 50", &server, key, clients, seconds, search).await?;

    // Into a store of their own, so that the prepared one stays as it is.
    let made = client.json("POST", "/api/v1/stores", r#"{"name": "bench writes"}"#).await?;
    let writes = made["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/datastore/{writes}/r4/Observation");
    let mut created = observation;
    if let Some(object) = created.as_object_mut() {
        object.remove("id");
        object.remove("meta");
    }
    let create = move |client: &Client, n: usize| {
        let mut body = created.clone();
        body["valueQuantity"]["value"] = json!(n);
        client.request("POST", &path, &body.to_string())
    };
    load::run("create, durable", &server, key, clients, seconds, create).await?;
    client.json("DELETE", &format!("/api/v1/stores/{writes}"), "").await?;
    drop(client);
    server.stop()
}

/// `Type/id` of resources that are there.
async fn ids(client: &mut Client, fhir: &str) -> Result<Vec<String>, Failure> {
    let mut ids = Vec::with_capacity(IDS);
    let mut path = format!("{fhir}/Observation?_count=1000&_elements=id");
    while ids.len() < IDS {
        let page = client.json("GET", &path, "").await?;
        let entries = page["entry"].as_array().into_iter().flatten();
        let id = |entry: &serde_json::Value| {
            Some(format!("Observation/{}", entry["resource"]["id"].as_str()?))
        };
        ids.extend(entries.filter_map(id));
        let links = page["link"].as_array().into_iter().flatten();
        let next =
            links.filter(|link| link["relation"] == "next").find_map(|link| link["url"].as_str());
        match next.and_then(|url| url.find("/datastore/").map(|at| url[at..].to_owned())) {
            Some(next) => path = next,
            None => break,
        }
    }
    if ids.is_empty() {
        return Err(Failure::new("the store has no observations"));
    }
    Ok(ids)
}
