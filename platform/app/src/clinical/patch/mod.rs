//! Changes parts of a resource, by JSON Patch or FHIRPath Patch.

#[cfg(test)]
mod any_patch;
mod fhirpath;
mod json_patch;
mod tree;

use std::convert::Infallible;

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored::Stored;
use tarn_store::{Expect, Guard, Row, Snapshot};
use tarn_subscriptions::Admission;

use super::admission::admitted;
use super::asking::Asking;
use super::condition::{Conditions, Match};
use super::create::{Written, kept, written};
use super::criteria::{Criteria, Found, many};
use super::draft;
use super::parameters::Parameters;
use super::read::{live, whole};
use super::settle::{Plan, Settled, Weight, Write, settle, version_conflict};
use crate::Act;

/// So many operations may a patch have.
const MAX_OPERATIONS: usize = 1_000;

/// A patch, as it came.
#[derive(Clone)]
pub struct Patch {
    /// How it is written.
    pub format: PatchFormat,
    /// Its text.
    pub text: Bytes,
}

/// How a patch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchFormat {
    /// JSON Patch (RFC 6902).
    Json,
    /// Parameters with FHIRPaths.
    FhirPath,
}

impl std::fmt::Debug for Patch {
    /// Prints format and length only: the text may hold what is a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}, {} bytes", self.format, self.text.len())
    }
}

impl Patch {
    fn apply(&self, resource: &Document<'_>, now: Timestamp) -> Result<Vec<u8>, Problem> {
        let patch = draft::parse(&self.text)?;
        match self.format {
            PatchFormat::Json => json_patch::apply(resource, &patch),
            PatchFormat::FhirPath => fhirpath::apply(resource, &patch, now),
        }
    }

    /// Small JSON Patches take microseconds, whatever they are applied to.
    fn weight(&self) -> Weight {
        let is_light = self.format == PatchFormat::Json && self.text.len() <= 4 * 1024;
        if is_light { Weight::Light } else { Weight::Heavy }
    }
}

/// Applies a patch to the current version of a resource. When somebody else changes it meanwhile,
/// the patch is applied to what they made of it, unless the caller named a version.
///
/// # Errors
/// Not found or gone; invalid where the patch is none or what comes of it is no such resource;
/// unprocessable where it does not apply; precondition failed where `If-Match` does not hold.
pub async fn patch(
    asking: Asking<'_>,
    type_: TypeId,
    id: &LogicalId,
    patch: Patch,
    conditions: &Conditions,
) -> Result<Written, Problem> {
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirPatch, "PatchResource").with(what);
    let if_match = conditions.if_match;
    let now = asking.platform.clock().now();
    asking
        .act(act, async |granted, store| {
            let admission = asking.admission();
            let settled = settle(granted, &store, patch.weight(), {
                let id = id.clone();
                move |snapshot| {
                    plan(snapshot, &admission, (type_, &id), &patch, if_match, now, None)
                }
            })
            .await?;
            answer(type_, settled)
        })
        .await
}

/// Applies a patch to the one resource that a search finds
/// (<https://hl7.org/fhir/R4/http.html#patch>).
///
/// # Errors
/// As [`patch`]; also not found where the search finds nothing, and precondition failed where it
/// finds several.
pub async fn patch_where(
    asking: Asking<'_>,
    type_: TypeId,
    criteria: &Parameters,
    patch: Patch,
    conditions: &Conditions,
) -> Result<Written, Problem> {
    let act = Act::new(Action::FhirPatch, "PatchResource")
        .with(json!({"resourceType": type_.name(), "conditional": true}));
    let if_match = conditions.if_match;
    let now = asking.platform.clock().now();
    asking
        .act(act, async |granted, store| {
            let options = asking.parse_options(false).on(&store.snapshot());
            let criteria = Criteria::read(type_, criteria, &options)?;
            let admission = asking.admission();
            let settled = settle(granted, &store, Weight::Heavy, move |snapshot| {
                let (found, guard) = criteria.find(snapshot)?;
                let id = only(type_, found)?;
                plan(snapshot, &admission, (type_, &id), &patch, if_match, now, Some(guard))
            })
            .await?;
            answer(type_, settled)
        })
        .await
}

/// The one resource that a conditional patch is about.
pub(super) fn only(type_: TypeId, found: Found) -> Result<LogicalId, Problem> {
    match found {
        Found::One(_, id) => Ok(id),
        Found::Many(count) => Err(many(count)),
        Found::None => {
            let words = format!("The condition matches no {type_}, so there is nothing to patch.");
            Err(Problem::new(Kind::NotFound, "no-match", words))
        }
    }
}

/// What a patch makes of the current version: its text, and which version that is.
pub(super) fn patched(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    patch: &Patch,
    if_match: Option<Match>,
    now: Timestamp,
) -> Result<(Vec<u8>, u32), Problem> {
    let row = live(snapshot, type_, id)?;
    check_match(&row, if_match)?;
    let mut current = Vec::new();
    whole(snapshot, &row)?.write(&mut current);
    let text = patch.apply(&draft::parse(&current)?, now)?;
    Ok((text, row.version))
}

type Kept = (LogicalId, Stored);

fn plan(
    snapshot: &Snapshot,
    admission: &Admission,
    (type_, id): (TypeId, &LogicalId),
    patch: &Patch,
    if_match: Option<Match>,
    now: Timestamp,
    guard: Option<Guard>,
) -> Result<Plan<Infallible, Kept>, Problem> {
    let (text, version) = patched(snapshot, type_, id, patch, if_match, now)?;
    let document = Document::parse(&text).map_err(|_| Problem::internal("a patched body"))?;
    draft::check(&document, type_)?;
    draft::require_id(&document, type_, id)?;
    let expect = Expect::Version(version);
    admitted(admission, snapshot, type_, Some(id), &document, |document| {
        let put = draft::put(document, type_, id, snapshot.hasher(), expect);
        let kept = (id.clone(), kept(&put));
        let mut write = Write::one(put, kept).guarded(guard);
        if !matches!(if_match, Some(Match::Version(_))) {
            write.ours.push(0);
        }
        Ok(Plan::Write(write))
    })
}

fn answer(type_: TypeId, settled: Settled<Infallible, Kept>) -> Result<Written, Problem> {
    match settled {
        Settled::Answered(never) => match never {},
        Settled::Written(receipt, (id, kept)) => written(type_, id, kept, &receipt),
    }
}

fn check_match(row: &Row, if_match: Option<Match>) -> Result<(), Problem> {
    match if_match {
        Some(Match::Version(version)) if version != row.version => {
            Err(version_conflict(Some(row.version)))
        }
        _ => Ok(()),
    }
}
