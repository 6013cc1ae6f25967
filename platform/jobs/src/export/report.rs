//! An export's manifest, in the form of the FHIR Bulk Data status
//! (<https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---complete-status>).

use serde_json::json;
use tarn_bulk::{Folder, Shard};
use tarn_domain::{JobId, StoreId, Timestamp};
use tarn_fhir::definitions::TypeId;

use crate::JobError;

/// The name of a job's folder.
pub(crate) fn folder_name(store: StoreId, job: JobId) -> String {
    format!("{store}-FHIR_EXPORT-{job}")
}

/// The name of a type's n-th file, as HealthLake has it: `Type/Type-<int64>-<n>-<m>.ndjson`.
pub(crate) fn file_name(job: JobId, type_: TypeId, n: usize) -> String {
    let word = job.to_bytes().first_chunk().map_or(0, |head| i64::from_be_bytes(*head) & i64::MAX);
    format!("{type_}/{type_}-{word}-{n}-0.ndjson")
}

/// The name of the n-th file of deletions.
pub(crate) fn deletions_name(job: JobId, n: usize) -> String {
    let word = job.to_bytes().first_chunk().map_or(0, |head| i64::from_be_bytes(*head) & i64::MAX);
    format!("deleted/deleted-{word}-{n}-0.ndjson")
}

/// The manifest's name.
pub const MANIFEST: &str = "manifest.json";

/// Writes the manifest.
pub(crate) fn publish(
    folder: &Folder,
    moment: Timestamp,
    files: &[(TypeId, Shard)],
    deletions: &[Shard],
) -> Result<(), JobError> {
    let output: Vec<_> = files
        .iter()
        .map(|(type_, shard)| {
            let url = format!("{}/{}", folder.uri(), shard.name);
            json!({ "type": type_.name(), "url": url, "count": shard.lines })
        })
        .collect();
    let mut manifest = json!({
        "transactionTime": moment.to_string(),
        "requiresAccessToken": false,
        "output": output,
        "error": [],
    });
    if !deletions.is_empty() {
        let deletions = deletions.iter().map(|shard| {
            let url = format!("{}/{}", folder.uri(), shard.name);
            json!({ "type": "Bundle", "url": url, "count": shard.lines })
        });
        manifest["deleted"] = deletions.collect();
    }
    let mut file = folder.create(MANIFEST)?;
    serde_json::to_writer_pretty(&mut file, &manifest)
        .map_err(|error| JobError::notes("write", folder.uri())(error.into()))?;
    file.finish()?;
    Ok(())
}
