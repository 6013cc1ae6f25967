//! An import's results as HealthLake lays them out: a manifest, and a log for each input file.

use std::io::Write;

use serde_json::json;
use tarn_bulk::{BulkError, Folder, Listing, OutputFile};
use tarn_domain::{JobId, StoreId};

use super::checkpoint::Checkpoint;
use super::plan::ImportPlan;
use crate::JobError;
use crate::notes::Log;

/// The folders of the logs, in the order in which checkpoints note their lengths.
pub(crate) const FOLDERS: [&str; 3] =
    ["FAILURE", "SUCCESS", "SUCCESS_WITH_SEARCH_VALIDATION_FAILURES"];

/// The name of a job's folder.
pub(crate) fn folder_name(store: StoreId, job: JobId) -> String {
    format!("{store}-FHIR_IMPORT-{job}")
}

/// Writes the whole report. What an earlier attempt left of it is replaced.
pub(crate) fn publish(
    plan: &ImportPlan,
    folder: &Folder,
    listing: &Listing,
    logs: &[Log<'_>; 3],
    reached: &Checkpoint,
) -> Result<(), JobError> {
    folder.clear()?;
    for (name, log) in FOLDERS.iter().zip(logs) {
        publish_log(folder, name, listing, log)?;
    }
    let mut file = folder.create("manifest.json")?;
    let manifest = manifest(plan, folder.uri(), listing, reached);
    serde_json::to_writer_pretty(&mut file, &manifest)
        .map_err(|error| JobError::notes("write", folder.uri())(error.into()))?;
    file.finish()?;
    Ok(())
}

fn manifest(
    plan: &ImportPlan,
    uri: &str,
    listing: &Listing,
    reached: &Checkpoint,
) -> serde_json::Value {
    let counts = &reached.counts;
    let scanned = &listing.files[..reached.mark.file.min(listing.files.len())];
    let scanned_bytes: u64 = scanned.iter().map(|file| file.size).sum();
    let [failure, success, _] = FOLDERS.map(|name| format!("{uri}/{name}/"));
    json!({
        "inputDataConfig": { "s3Uri": plan.input },
        "outputDataConfig": { "s3Uri": format!("{uri}/"), "encryptionKeyID": null },
        "successOutput": { "successOutputS3Uri": success },
        "failureOutput": { "failureOutputS3Uri": failure },
        "numberOfScannedFiles": scanned.len(),
        "numberOfFilesImported": scanned.len() as u64 - counts.broken_files.min(scanned.len() as u64),
        "sizeOfScannedFilesInMB": megabytes(scanned_bytes),
        "sizeOfDataImportedSuccessfullyInMB": megabytes(counts.imported_bytes),
        "numberOfResourcesScanned": counts.read,
        "numberOfResourcesImportedSuccessfully": counts.imported,
        "numberOfResourcesWithCustomerError": counts.refused,
        "numberOfResourcesWithServerError": counts.failed,
        "tarn": {
            "numberOfFilesFound": listing.files.len(),
            "numberOfFilesSkipped": listing.skipped_count,
            "filesSkipped": listing.skipped,
            "numberOfLinesPassedOver": counts.passed_over,
            "numberOfResourcesTolerated": counts.tolerated,
            "numberOfConditionalReferencesUnresolved": counts.unresolved,
        },
    })
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}

/// Splits a log into one file for each input file.
fn publish_log(
    folder: &Folder,
    name: &str,
    listing: &Listing,
    log: &Log<'_>,
) -> Result<(), JobError> {
    let mut open: Option<(usize, OutputFile)> = None;
    log.each(|record| {
        for section in sections(record) {
            let Some((file, lines)) = section else { continue };
            if open.as_ref().is_none_or(|(current, _)| *current != file) {
                if let Some((_, done)) = open.take() {
                    done.finish()?;
                }
                open = Some((file, create(folder, name, listing, file)?));
            }
            if let Some((_, output)) = &mut open {
                output.write_all(lines).map_err(JobError::notes("write", folder.uri()))?;
            }
        }
        Ok(())
    })?;
    if let Some((_, done)) = open {
        done.finish()?;
    }
    Ok(())
}

/// A record's parts: index of the input file, and its lines.
fn sections(record: &[u8]) -> impl Iterator<Item = Option<(usize, &[u8])>> {
    let mut rest = record;
    std::iter::from_fn(move || {
        let head = rest.strip_prefix(b"#")?;
        let end = memchr::memchr(b'\n', head)?;
        let (file, lines) = (&head[..end], &head[end + 1..]);
        // Log lines are objects, so a `#` at a line's beginning starts the next part.
        let length = memchr::memmem::find(lines, b"\n#").map_or(lines.len(), |at| at + 1);
        rest = &lines[length..];
        let file = std::str::from_utf8(file).ok().and_then(|n| n.parse().ok());
        Some(file.map(|file| (file, &lines[..length])))
    })
}

fn create(
    folder: &Folder,
    name: &str,
    listing: &Listing,
    file: usize,
) -> Result<OutputFile, BulkError> {
    let input = listing.files.get(file).map_or("unknown", |file| &file.name);
    let input =
        if input.ends_with(".ndjson") { input.to_owned() } else { format!("{input}.ndjson") };
    match folder.create(&format!("{name}/{input}")) {
        // Two inputs may differ only in what was added to one's name.
        Err(BulkError::Exists { .. }) => folder.create(&format!("{name}/{file}-{input}")),
        other => other,
    }
}
