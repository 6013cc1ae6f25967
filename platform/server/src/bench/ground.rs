//! The prepared folder: a population, an organisation, a store with the population in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tarn_bulk::Place;
use tarn_domain::Explain;
use tarn_synth::Population;

use super::client::Client;
use super::process::Server;
use super::{Ground, report};
use crate::boot::cores;
use crate::error::Failure;

/// What a prepared folder has.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Prepared {
    /// The organisation's API key.
    pub(super) key: String,
    /// The organisation.
    pub(super) organization: String,
    /// The store with the population.
    pub(super) store: String,
    /// Its resources.
    pub(super) resources: u64,
}

impl Ground {
    /// The server's data folder.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Where the population is.
    pub(super) fn population(&self) -> PathBuf {
        self.input.clone().unwrap_or_else(|| self.dir.join("population"))
    }

    /// Starts a server on this ground.
    pub(super) async fn server(&self, more: &[String]) -> Result<Server, Failure> {
        Server::start(&self.data_dir(), &self.population(), more).await
    }

    /// Finds what an earlier bench prepared, or prepares it, telling what the import took.
    pub(super) async fn prepared(&self) -> Result<Prepared, Failure> {
        let note = self.dir.join("bench.json");
        if let Ok(text) = fs::read(&note) {
            return serde_json::from_slice(&text).map_err(Failure::new);
        }
        let prepared = self.prepare().await?;
        fs::write(&note, serde_json::to_vec_pretty(&prepared).map_err(Failure::new)?)?;
        Ok(prepared)
    }

    /// Makes population, organisation and store, and imports.
    pub(super) async fn prepare(&self) -> Result<Prepared, Failure> {
        self.generate()?;
        let made = create_organization(&self.data_dir())?;
        let text = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        let key = text("api_key");
        let server = self.server(&[]).await?;
        let mut client = server.client(&key).await?;
        let (store, job) = self.import(&server, &mut client).await?;
        let resources = job["progress"]["resources_imported"].as_u64().unwrap_or_default();
        drop(client);
        server.stop()?;
        Ok(Prepared { key, organization: text("organization_id"), store, resources })
    }

    fn generate(&self) -> Result<(), Failure> {
        let folder = self.population();
        if self.input.is_some() || folder.join("Patient.ndjson").exists() {
            return Ok(());
        }
        let begun = std::time::Instant::now();
        let population = Population { patients: self.patients, seed: 1 };
        let written = tarn_synth::write(&population, &folder, cores(), &mut |_| {});
        let summary = written.map_err(|e| Failure::from(e.explain()))?;
        let seconds = begun.elapsed().as_secs_f64();
        let rate = summary.resources as f64 * 60.0 / seconds;
        let figures =
            format!("{} resources in {seconds:.1} s: {rate:.0} a minute", summary.resources);
        report("synthetic population", &figures);
        Ok(())
    }

    /// Imports the population into a fresh store and tells what it took.
    pub(super) async fn import(
        &self,
        server: &Server,
        client: &mut Client,
    ) -> Result<(String, Value), Failure> {
        let made = client.json("POST", "/api/v1/stores", r#"{"name": "bench"}"#).await?;
        let store = made["id"].as_str().unwrap_or_default().to_owned();
        let input = Place::Disk(self.population().canonicalize()?).to_string();
        let path = format!("/api/v1/stores/{store}/imports");
        let cpu = server.cpu_seconds();
        let begun = std::time::Instant::now();
        let job = client.json("POST", &path, &json!({ "input": input }).to_string()).await?;
        let path = format!("{path}/{}", job["id"].as_str().unwrap_or_default());
        let job = wait(client, &path).await?;
        let (seconds, cpu) = (begun.elapsed().as_secs_f64(), server.cpu_seconds() - cpu);
        let done = job["progress"]["resources_imported"].as_f64().unwrap_or_default();
        if job["status"] != "COMPLETED" {
            eprintln!("the import is {}: {}", job["status"], job["progress"]);
        }
        report(
            "bulk import",
            &format!(
                "{done:.0} resources in {seconds:.1} s: {:.0}/s; {:.1} µs of processor each; peak {:.0} MiB",
                done / seconds,
                cpu * 1e6 / done,
                server.memory_mib("VmHWM"),
            ),
        );
        Ok((store, job))
    }
}

/// Asks for a job until it has ended.
pub(super) async fn wait(client: &mut Client, path: &str) -> Result<Value, Failure> {
    loop {
        let job = client.json("GET", path, "").await?;
        if !job["ended"].is_null() {
            return Ok(job);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn create_organization(data_dir: &Path) -> Result<Value, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["org", "create", "--json", "--name", "Bench", "--admin-email", "a@example.org"]);
    command.args(["--accept-baa", "Bench, Bench", "--data-dir"]).arg(data_dir);
    let output = command.output()?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(Failure::new)
}
