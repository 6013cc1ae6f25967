//! Reads a resource: its current version, or an older one.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain as _, Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_store::{Row, Snapshot};

use super::asking::Asking;
use super::condition::Conditions;
use super::resource::Resource;
use crate::Act;

/// What a reader gets.
#[derive(Debug)]
pub enum Reading {
    /// The resource.
    Resource(Resource),
    /// The reader has that version already.
    NotModified {
        /// The version.
        version: u32,
        /// When it came.
        updated: Timestamp,
    },
}

/// Reads the current version.
///
/// # Errors
/// Not found where there never was one, gone where it was deleted.
pub async fn read(
    asking: Asking<'_>,
    type_: TypeId,
    id: &LogicalId,
    conditions: &Conditions,
) -> Result<Reading, Problem> {
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirRead, "ReadResource").with(what);
    asking.act(act, async |_, store| current(&store.snapshot(), type_, id, conditions)).await
}

/// Reads one version.
///
/// # Errors
/// Not found where there is no such version, gone where it is a deletion.
pub async fn vread(
    asking: Asking<'_>,
    type_: TypeId,
    id: &LogicalId,
    version: Option<u32>,
    conditions: &Conditions,
) -> Result<Reading, Problem> {
    let what =
        json!({"resourceType": type_.name(), "resourceId": id.as_str(), "versionId": version});
    let act = Act::new(Action::FhirVRead, "ReadVersionedResource").with(what);
    asking
        .act(act, async |_, store| {
            let snapshot = store.snapshot();
            let resource = version_of(&snapshot, type_, id, version)?;
            Ok(unless_known(resource, conditions))
        })
        .await
}

/// The current version on a snapshot.
pub(super) fn current(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    conditions: &Conditions,
) -> Result<Reading, Problem> {
    let row = live(snapshot, type_, id)?;
    if conditions.already_has(row.version, row.updated) {
        return Ok(Reading::NotModified { version: row.version, updated: row.updated });
    }
    whole(snapshot, &row).map(Reading::Resource)
}

/// The row of a resource that is not deleted.
pub(super) fn live(snapshot: &Snapshot, type_: TypeId, id: &LogicalId) -> Result<Row, Problem> {
    let row = known(snapshot, type_, id)?.ok_or_else(|| not_found(type_, id))?;
    if row.deleted { Err(gone(type_, id, row.version)) } else { Ok(row) }
}

/// The row of a resource, deleted or not.
pub(super) fn known(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
) -> Result<Option<Row>, Problem> {
    snapshot.lookup(type_, id.as_str()).map_err(|e| e.explain())
}

/// The body behind a row.
pub(super) fn whole(snapshot: &Snapshot, row: &Row) -> Result<Resource, Problem> {
    Resource::read(snapshot.read(row.loc).map_err(|e| e.explain())?)
}

/// One version on a snapshot; a deletion is gone.
pub(super) fn version_of(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    version: Option<u32>,
) -> Result<Resource, Problem> {
    let row = known(snapshot, type_, id)?.ok_or_else(|| not_found(type_, id))?;
    let found = version.map(|wanted| one_version(snapshot, &row, wanted)).transpose()?;
    let resource = found.flatten().ok_or_else(|| no_version(type_, id))?;
    if resource.deleted {
        return Err(gone(type_, id, resource.version));
    }
    Ok(resource)
}

fn one_version(snapshot: &Snapshot, row: &Row, wanted: u32) -> Result<Option<Resource>, Problem> {
    let mut place = Some(row.loc);
    while let Some(loc) = place {
        let version = snapshot.read(loc).map_err(|e| e.explain())?;
        if version.version <= wanted {
            let found = version.version == wanted;
            return if found { Resource::read(version).map(Some) } else { Ok(None) };
        }
        place = version.previous;
    }
    Ok(None)
}

fn unless_known(resource: Resource, conditions: &Conditions) -> Reading {
    let (version, updated) = (resource.version, resource.updated);
    if conditions.already_has(version, updated) {
        return Reading::NotModified { version, updated };
    }
    Reading::Resource(resource)
}

pub(super) fn not_found(type_: TypeId, id: &LogicalId) -> Problem {
    let words = format!("There is no {type_} with the id `{id}`.");
    Problem::new(Kind::NotFound, "not-found", words)
}

fn no_version(type_: TypeId, id: &LogicalId) -> Problem {
    let words = format!("{type_}/{id} has no such version.");
    Problem::new(Kind::NotFound, "no-such-version", words)
}

fn gone(type_: TypeId, id: &LogicalId, version: u32) -> Problem {
    let words = format!("{type_}/{id} was deleted with version {version}.");
    Problem::new(Kind::Gone, "deleted", words)
}
