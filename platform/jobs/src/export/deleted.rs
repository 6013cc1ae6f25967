//! What was deleted since an export's beginning, for the manifest's `deleted`
//! (<https://hl7.org/fhir/uv/bulkdata/STU2/export.html#response---output-manifest>).

use serde_json::json;
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_search::extract::R4Indexer;
use tarn_store::{Entries, Hash96, Snapshot, StoreError, Version};

use super::select::{Compartments, Selection, patient};
use crate::JobError;

/// Deletions in one Bundle.
const TOGETHER: usize = 100;

/// Writes a line with a Bundle for every hundred resources of these types that were deleted since
/// then and are no more.
pub(crate) fn write(
    snapshot: &Snapshot,
    selection: &Selection,
    types: &[TypeId],
    (since, until): (Timestamp, Option<Timestamp>),
    mut line: impl FnMut(&[u8]) -> Result<(), JobError>,
) -> Result<u64, JobError> {
    let mut found = Vec::new();
    let mut count = 0;
    for version in snapshot.changes(None, None, Some(since)) {
        let version = version?;
        let late = until.is_some_and(|until| version.updated > until);
        if !version.deleted || late || !types.contains(&version.type_) {
            continue;
        }
        let is_current = snapshot.row(version.rid)?.is_some_and(|row| row.loc == version.loc);
        if !is_current || !belongs(snapshot, selection, &version)? {
            continue;
        }
        let id = version.id().ok_or(StoreError::Damaged { what: "a resource's id" })?;
        found.push(json!({
            "request": { "method": "DELETE", "url": format!("{}/{id}", version.type_) },
        }));
        count += 1;
        if found.len() == TOGETHER {
            line(&bundle(std::mem::take(&mut found)))?;
        }
    }
    if !found.is_empty() {
        line(&bundle(found))?;
    }
    Ok(count)
}

fn bundle(entries: Vec<serde_json::Value>) -> Vec<u8> {
    let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
    bundle.to_string().into_bytes()
}

/// Whether a deleted resource was in one of the compartments that are wanted.
fn belongs(
    snapshot: &Snapshot,
    selection: &Selection,
    deletion: &Version,
) -> Result<bool, JobError> {
    let Some(compartments) = &selection.compartments else { return Ok(true) };
    let subject = match deletion.previous {
        Some(previous) => subject(snapshot, &snapshot.read(previous)?)?,
        None => None,
    };
    Ok(match (subject, compartments) {
        (None, _) => false,
        (Some(_), Compartments { patients: None, .. }) => true,
        (Some(subject), Compartments { patients: Some(patients), .. }) => {
            patients.contains(&subject)
        }
    })
}

/// The patient whom a version is about.
fn subject(snapshot: &Snapshot, version: &Version) -> Result<Option<Hash96>, JobError> {
    let damaged = StoreError::Damaged { what: "a body" };
    if version.type_ == patient() {
        let id = version.id().ok_or(damaged)?;
        return Ok(Some(snapshot.hasher().identity("Patient", id)));
    }
    let document = Document::parse(&version.body).map_err(|_| damaged)?;
    let id = version.id().unwrap_or_default();
    let mut entries = Entries::default();
    let indexer = R4Indexer;
    indexer.index(version.type_, id, &document, snapshot.hasher(), 0, &mut entries);
    Ok(entries.subjects().first().copied().flatten())
}
