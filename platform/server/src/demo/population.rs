//! The demo's patients: generated into the inbox, imported by the real job.

use std::fs;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use tarn_app::imports::{self, ImportShown, NewImport, Validation};
use tarn_app::{Call, Platform};
use tarn_bulk::Place;
use tarn_domain::{Explain, JobId, StoreId};
use tarn_synth::Population;

use crate::boot::cores;
use crate::error::Failure;
use crate::serve::first_import_root;
use crate::settings::Settings;

const PATIENTS: u32 = 100;
const SEED: u64 = 2_026;

/// Generates the population and imports it.
pub(super) async fn import(
    settings: &Settings,
    platform: &Platform,
    call: &Call,
    store: StoreId,
) -> Result<(), Failure> {
    let root =
        first_import_root(settings).ok_or_else(|| Failure::new("there is no import root"))?;
    let folder = root.join("demo-population");
    eprintln!("generating {PATIENTS} synthetic patients in {}", folder.display());
    // What a run that was cut short has left of it.
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(root)?;
    let target = folder.clone();
    let generating = tokio::task::spawn_blocking(move || {
        let population = Population { patients: PATIENTS, seed: SEED };
        tarn_synth::write(&population, &target, cores(), &mut |_| {})
    });
    let summary =
        generating.await.map_err(Failure::new)?.map_err(|e| Failure::from(e.explain()))?;
    eprintln!("importing {} resources", summary.resources);
    let new = NewImport {
        input: Place::Disk(folder.canonicalize()?).to_string(),
        output: None,
        validation: Validation::Strict,
    };
    let job = imports::start(platform, call, store, new).await?;
    let id: JobId = job.id.parse().map_err(Failure::new)?;
    let ended = watch(platform, call, store, id).await?;
    let progress = &ended.progress;
    match ended.status {
        "COMPLETED" => {
            eprintln!("imported {} resources", progress.resources_imported);
            Ok(())
        }
        status => {
            let why = ended.error.unwrap_or_else(|| {
                format!("{} of {} failed", progress.resources_failed, progress.resources_read)
            });
            Err(Failure::new(format_args!("the import is {status}: {why}")))
        }
    }
}

async fn watch(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    job: JobId,
) -> Result<ImportShown, Failure> {
    let terminal = std::io::stderr().is_terminal();
    loop {
        let shown = imports::describe(platform, call, store, job).await?;
        let progress = &shown.progress;
        if terminal {
            eprint!(
                "\r  {} resources, {:.0} a second   ",
                progress.resources_imported, progress.resources_per_second
            );
            std::io::stderr().flush()?;
        }
        if shown.ended.is_some() {
            if terminal {
                eprintln!();
            }
            return Ok(shown);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
