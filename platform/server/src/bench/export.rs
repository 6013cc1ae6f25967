//! `tarn bench export`

use std::time::Instant;

use super::ground::wait;
use super::{Ground, report};
use crate::error::Failure;

pub(super) async fn run(ground: &Ground) -> Result<(), Failure> {
    let prepared = ground.prepared().await?;
    let server = ground.server(&[]).await?;
    let mut client = server.client(&prepared.key).await?;
    let path = format!("/api/v1/stores/{}/exports", prepared.store);
    let cpu = server.cpu_seconds();
    let begun = Instant::now();
    let job = client.json("POST", &path, "{}").await?;
    let job =
        wait(&mut client, &format!("{path}/{}", job["id"].as_str().unwrap_or_default())).await?;
    let (seconds, cpu) = (begun.elapsed().as_secs_f64(), server.cpu_seconds() - cpu);
    let done = job["progress"]["resources_exported"].as_f64().unwrap_or_default();
    let figures = format!(
        "{done:.0} resources in {seconds:.1} s: {:.0}/s; {:.1} µs of processor each",
        done / seconds,
        cpu * 1e6 / done,
    );
    report("export", &figures);
    if let Some(folder) = job["output"].as_str().and_then(|uri| uri.strip_prefix("file://")) {
        std::fs::remove_dir_all(folder)?;
    }
    drop(client);
    server.stop()
}
