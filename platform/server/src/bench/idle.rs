//! `tarn bench idle`

use std::time::{Duration, Instant};

use super::{Ground, report};
use crate::error::Failure;

pub(super) async fn run(ground: &Ground) -> Result<(), Failure> {
    let prepared = ground.prepared().await?;
    let server = ground.server(&[]).await?;
    let resting = server.memory_mib("VmRSS");
    let mut client = server.client(&prepared.key).await?;
    let begun = Instant::now();
    let path = format!("/datastore/{}/r4/Patient?_count=1", prepared.store);
    client.json("GET", &path, "").await?;
    let first = begun.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let figures = format!(
        "ready in {} ms, {resting:.0} MiB; first search of the store ({} resources) {} ms, then {:.0} MiB",
        server.ready_after.as_millis(),
        prepared.resources,
        first.as_millis(),
        server.memory_mib("VmRSS"),
    );
    report("idle server", &figures);
    drop(client);
    server.stop()
}
