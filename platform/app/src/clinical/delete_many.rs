//! Deletes what a search finds, so many at once as `_count` says: HealthLake's conditional batch
//! delete. R4 leaves it to the server whether a condition may match several
//! (<https://hl7.org/fhir/R4/http.html#cdelete>); whoever names a number means it.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_store::{Change, Expect, Receipt, Snapshot};

use super::asking::Asking;
use super::condition::Conditions;
use super::criteria::Criteria;
use super::links::url;
use super::parameters::{Parameters, refuse_parameter};
use super::settle::{Plan, Settled, Weight, Write, settle};
use super::text::object;
use crate::Act;

/// So many are deleted at once at most.
const MOST: u32 = 100;

/// What a call deletes, and whether more is left.
struct Found {
    ids: Vec<LogicalId>,
    goes_on: bool,
}

/// Deletes up to `_count` resources, all of them or none; a Bundle that says so for each, with a
/// link to be followed by DELETE where more is left.
///
/// # Errors
/// Invalid for a count that is none, or together with `If-Match`.
pub async fn delete_many(
    asking: Asking<'_>,
    type_: TypeId,
    parameters: &Parameters,
    conditions: &Conditions,
) -> Result<Vec<u8>, Problem> {
    let count = parameters.number("_count")?.filter(|count| (1..=MOST).contains(count));
    let count = count.ok_or_else(|| refuse_parameter("_count", "takes a number from 1 to 100"))?;
    if conditions.if_match.is_some() || conditions.if_none_match.is_some() {
        let words = "`If-Match` is about one resource; with `_count` several are deleted.";
        return Err(Problem::new(Kind::Invalid, "bad-condition", words));
    }
    let act = Act::new(Action::FhirDelete, "DeleteResource")
        .with(json!({"resourceType": type_.name(), "conditional": true, "count": count}));
    let link = url(&asking.base(), type_.name(), parameters.iter());
    asking
        .act(act, async |granted, store| {
            let options = asking.parse_options(false).on(&store.snapshot());
            let criteria = Criteria::read(type_, parameters, &options)?;
            let plan = move |snapshot: &Snapshot| plan(snapshot, &criteria, count as usize);
            Ok(match settle(granted, &store, Weight::Heavy, plan).await? {
                Settled::Answered(()) => write(type_, None, &link),
                Settled::Written(receipt, found) => write(type_, Some((&receipt, &found)), &link),
            })
        })
        .await
}

fn plan(
    snapshot: &Snapshot,
    criteria: &Criteria,
    count: usize,
) -> Result<Plan<(), Found>, Problem> {
    let (rows, goes_on) = criteria.first(snapshot, count)?;
    if rows.is_empty() {
        return Ok(Plan::Answer(()));
    }
    let type_ = criteria.type_();
    let ids: Vec<_> = rows.iter().map(|(_, id)| id.clone()).collect();
    let mut write = Write::many(Found { ids, goes_on });
    for (at, (row, id)) in rows.into_iter().enumerate() {
        let expect = Expect::Version(row.version);
        write.set.changes.push(Change::Delete { type_, id, expect });
        write.ours.push(at);
    }
    let named = |id: &LogicalId| format!("{type_}/{id}");
    write.record = Some(json!({"changed": write.kept.ids.iter().map(named).collect::<Vec<_>>()}));
    Ok(Plan::Write(write))
}

fn write(type_: TypeId, done: Option<(&Receipt, &Found)>, link: &str) -> Vec<u8> {
    let mut out = Vec::new();
    object(&mut out, |bundle| {
        bundle.plain("resourceType", "Bundle");
        bundle.plain("type", "batch-response");
        let Some((receipt, found)) = done else { return };
        if found.goes_on {
            bundle.array("link", |links| {
                links.object(|next| {
                    next.plain("relation", "next");
                    next.text("url", link);
                });
            });
        }
        bundle.array("entry", |entries| {
            for (id, outcome) in found.ids.iter().zip(&receipt.outcomes) {
                entries.object(|entry| {
                    entry.object("response", |response| {
                        response.plain("status", 204);
                        response.text("location", &format!("{type_}/{id}"));
                        response.text("etag", &format!("W/\"{}\"", outcome.version));
                        response.plain("lastModified", outcome.updated);
                    });
                });
            }
        });
    });
    out
}
