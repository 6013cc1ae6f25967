//! `tarn bench import`

use super::Ground;
use crate::error::Failure;

pub(super) async fn run(ground: &Ground) -> Result<(), Failure> {
    let fresh = !ground.dir.join("bench.json").exists();
    let prepared = ground.prepared().await?;
    if fresh {
        // Preparing was this very measurement.
        return Ok(());
    }
    let server = ground.server(&[]).await?;
    let mut client = server.client(&prepared.key).await?;
    let (store, _) = ground.import(&server, &mut client).await?;
    client.json("DELETE", &format!("/api/v1/stores/{store}"), "").await?;
    drop(client);
    server.stop()
}
