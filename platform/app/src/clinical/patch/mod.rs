//! Changes parts of a resource by JSON Patch.

mod apply;
mod tree;

use std::convert::Infallible;

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored::Stored;
use tarn_store::{Expect, Row, Snapshot};

use super::asking::Asking;
use super::condition::{Conditions, Match};
use super::create::{Written, kept, written};
use super::draft;
use super::read::{live, whole};
use super::settle::{Plan, Settled, Weight, Write, settle, version_conflict};
use crate::Act;

/// Applies a JSON Patch to the current version of a resource. When somebody else changes it
/// meanwhile, the patch is applied to what they made of it, unless the caller named a version.
///
/// # Errors
/// Not found or gone; invalid where the patch is none or what comes of it is no such resource;
/// unprocessable where it does not apply; precondition failed where `If-Match` does not hold.
pub async fn patch(
    asking: Asking<'_>,
    type_: TypeId,
    id: &LogicalId,
    patch: Bytes,
    conditions: &Conditions,
) -> Result<Written, Problem> {
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirPatch, "PatchResource").with(what);
    let if_match = conditions.if_match;
    asking
        .act(act, async |granted, store| {
            let settled = settle(granted, &store, Weight::of(&patch), {
                let id = id.clone();
                move |snapshot| plan(snapshot, type_, &id, &patch, if_match)
            })
            .await?;
            match settled {
                Settled::Answered(never) => match never {},
                Settled::Written(receipt, kept) => written(type_, id.clone(), kept, &receipt),
            }
        })
        .await
}

/// What a patch makes of the current version: its text, and which version that is.
pub(super) fn patched(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    patch: &[u8],
    if_match: Option<Match>,
) -> Result<(Vec<u8>, u32), Problem> {
    let row = live(snapshot, type_, id)?;
    check_match(&row, if_match)?;
    let mut current = Vec::new();
    whole(snapshot, &row)?.write(&mut current);
    let text = apply::apply(&draft::parse(&current)?, &draft::parse(patch)?)?;
    Ok((text, row.version))
}

fn plan(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    patch: &[u8],
    if_match: Option<Match>,
) -> Result<Plan<Infallible, Stored>, Problem> {
    let (text, version) = patched(snapshot, type_, id, patch, if_match)?;
    let document = Document::parse(&text).map_err(|_| Problem::internal("a patched body"))?;
    draft::check(&document, type_)?;
    draft::require_id(&document, type_, id)?;
    let expect = Expect::Version(version);
    let put = draft::put(&document, type_, id, snapshot.hasher(), expect);
    let kept = kept(&put);
    let mut write = Write::one(put, kept);
    if !matches!(if_match, Some(Match::Version(_))) {
        write.ours.push(0);
    }
    Ok(Plan::Write(write))
}

fn check_match(row: &Row, if_match: Option<Match>) -> Result<(), Problem> {
    match if_match {
        Some(Match::Version(version)) if version != row.version => {
            Err(version_conflict(Some(row.version)))
        }
        _ => Ok(()),
    }
}
