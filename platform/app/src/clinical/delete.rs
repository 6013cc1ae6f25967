//! Deletes a resource, by id or by a search that finds it. What is not there is deleted already.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_store::{Change, Expect, Guard, Receipt, Row, Snapshot};

use super::asking::Asking;
use super::condition::Conditions;
use super::criteria::{Criteria, Found, many};
use super::parameters::Parameters;
use super::read::known;
use super::settle::{Plan, Settled, Weight, Write, settle, version_conflict};
use super::update::expectation;
use crate::Act;

/// What became of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deleted {
    /// The version that says so and when it came; none where there was nothing to delete.
    pub version: Option<(u32, Timestamp)>,
}

/// Deletes the resource with that id.
///
/// # Errors
/// Precondition failed where `If-Match` does not hold.
pub async fn delete(
    asking: Asking<'_>,
    type_: TypeId,
    id: &LogicalId,
    conditions: &Conditions,
) -> Result<Deleted, Problem> {
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirDelete, "DeleteResource").with(what);
    let expect = expectation(conditions)?;
    asking
        .act(act, async |granted, store| {
            let id = id.clone();
            let plan = move |snapshot: &Snapshot| {
                let row = known(snapshot, type_, &id)?;
                plan(row, type_, &id, expect, None)
            };
            settle(granted, &store, Weight::Light, plan).await.map(answer)
        })
        .await
}

/// Deletes the resource that a search finds
/// (<https://hl7.org/fhir/R4/http.html#cdelete>: none found is an ordinary deletion of nothing).
///
/// # Errors
/// Precondition failed where it finds several, or `If-Match` does not hold.
pub async fn delete_where(
    asking: Asking<'_>,
    type_: TypeId,
    criteria: &Parameters,
    conditions: &Conditions,
) -> Result<Deleted, Problem> {
    let act = Act::new(Action::FhirDelete, "DeleteResource")
        .with(json!({"resourceType": type_.name(), "conditional": true}));
    let expect = expectation(conditions)?;
    asking
        .act(act, async |granted, store| {
            let is_aws_compat = asking.is_aws_compat(granted);
            let options = asking.parse_options(false).on(&store.snapshot());
            let criteria = Criteria::read(type_, criteria, &options)?;
            let plan = move |snapshot: &Snapshot| {
                let (found, guard) = criteria.find(snapshot)?;
                match found {
                    Found::None if is_aws_compat => Err(nothing_found()),
                    Found::None => nothing(expect),
                    Found::One(row, id) => plan(Some(row), type_, &id, expect, Some(guard)),
                    Found::Many(count) => Err(many(count)),
                }
            };
            settle(granted, &store, Weight::Heavy, plan).await.map(answer)
        })
        .await
}

/// The change that deletes a resource; none where there is nothing to delete.
pub(super) fn change(
    row: Option<Row>,
    type_: TypeId,
    id: &LogicalId,
    expect: Expect,
) -> Result<Option<Change>, Problem> {
    match row {
        Some(row) if !row.deleted => Ok(Some(Change::Delete { type_, id: id.clone(), expect })),
        _ if matches!(expect, Expect::Version(_) | Expect::Live) => Err(version_conflict(None)),
        _ => Ok(None),
    }
}

fn plan(
    row: Option<Row>,
    type_: TypeId,
    id: &LogicalId,
    expect: Expect,
    guard: Option<Guard>,
) -> Result<Plan<Deleted, ()>, Problem> {
    let Some(change) = change(row, type_, id, expect)? else { return nothing(Expect::Any) };
    Ok(Plan::Write(Write::one(change, ()).guarded(guard)))
}

/// Where nothing matches, HealthLake says 404; R4 has it as an ordinary deletion of nothing.
fn nothing_found() -> Problem {
    Problem::new(Kind::NotFound, "not-found", "The condition matches nothing.")
}

fn nothing(expect: Expect) -> Result<Plan<Deleted, ()>, Problem> {
    match expect {
        Expect::Version(_) | Expect::Live => Err(version_conflict(None)),
        Expect::Any | Expect::Absent => Ok(Plan::Answer(Deleted { version: None })),
    }
}

fn answer(settled: Settled<Deleted, ()>) -> Deleted {
    match settled {
        Settled::Answered(nothing) => nothing,
        Settled::Written(receipt, ()) => Deleted { version: first(&receipt) },
    }
}

fn first(receipt: &Receipt) -> Option<(u32, Timestamp)> {
    receipt.outcomes.first().map(|outcome| (outcome.version, outcome.updated))
}
