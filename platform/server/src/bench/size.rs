//! `tarn bench size`

use super::{Ground, report};
use crate::error::Failure;

pub(super) async fn run(ground: &Ground) -> Result<(), Failure> {
    let prepared = ground.prepared().await?;
    let folder =
        ground.data_dir().join("organizations").join(&prepared.organization).join("stores");
    let mut bytes = 0;
    for file in std::fs::read_dir(folder)?.flatten() {
        if file.file_name().to_string_lossy().starts_with(&prepared.store) {
            bytes += file.metadata()?.len();
        }
    }
    let each = bytes as f64 / prepared.resources.max(1) as f64;
    let mib = bytes as f64 / f64::from(1 << 20);
    let figures = format!("{each:.0} bytes each: {mib:.1} MiB, {} resources", prepared.resources);
    report("disk per resource", &figures);
    Ok(())
}
