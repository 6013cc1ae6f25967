//! Updates a resource, by id or by a search that finds it; creates it where there is none.

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Issue, IssueCode, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored::Stored;
use tarn_store::{Expect, Guard, Snapshot};

use super::admission::admitted;
use super::asking::Asking;
use super::condition::{Conditions, Match, NoneMatch};
use super::create::{Written, kept, written};
use super::criteria::{Criteria, Found, many};
use super::draft;
use super::parameters::Parameters;
use super::read::known;
use super::settle::{Plan, Settled, Weight, Write, settle, version_conflict};
use crate::Act;

/// Updates the resource with that id, or creates it.
///
/// # Errors
/// Invalid where the body is no such resource with that id; precondition failed where a condition
/// does not hold.
pub async fn update(
    asking: Asking<'_>,
    type_: TypeId,
    id: &LogicalId,
    body: Bytes,
    conditions: &Conditions,
) -> Result<Written, Problem> {
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirUpdate, "UpdateResource").with(what);
    let expect = expectation(conditions)?;
    asking
        .act(act, async |granted, store| {
            let admission = asking.admission();
            let settled = settle(granted, &store, Weight::of(&body), {
                let id = id.clone();
                move |snapshot| {
                    let document = draft::parse(&body)?;
                    draft::check(&document, type_)?;
                    draft::require_id(&document, type_, &id)?;
                    admitted(&admission, snapshot, type_, Some(&id), &document, |document| {
                        Ok(plan(snapshot, document, type_, &id, expect, None))
                    })
                }
            })
            .await?;
            answer(type_, settled)
        })
        .await
}

/// Updates the resource that a search finds, or creates one where it finds none
/// (<https://hl7.org/fhir/R4/http.html#cond-update>).
///
/// # Errors
/// As [`update`]; also precondition failed where the search finds several, and conflict where it
/// finds none while the body's id is taken.
pub async fn update_where(
    asking: Asking<'_>,
    type_: TypeId,
    criteria: &Parameters,
    body: Bytes,
    conditions: &Conditions,
) -> Result<Written, Problem> {
    let act = Act::new(Action::FhirUpdate, "UpdateResource")
        .with(json!({"resourceType": type_.name(), "conditional": true}));
    let expect = expectation(conditions)?;
    let fresh = LogicalId::fresh(asking.platform.ids());
    asking
        .act(act, async |granted, store| {
            let options = asking.parse_options(false).on(&store.snapshot());
            let criteria = Criteria::read(type_, criteria, &options)?;
            let admission = asking.admission();
            let settled = settle(granted, &store, Weight::Heavy, {
                let fresh = fresh.clone();
                move |snapshot| {
                    let document = draft::parse(&body)?;
                    draft::check(&document, type_)?;
                    let (found, guard) = criteria.find(snapshot)?;
                    let (id, expect) = target(snapshot, type_, &document, found, expect, &fresh)?;
                    admitted(&admission, snapshot, type_, Some(&id), &document, |document| {
                        Ok(plan(snapshot, document, type_, &id, expect, Some(guard)))
                    })
                }
            })
            .await?;
            answer(type_, settled)
        })
        .await
}

/// Which resource a conditional update is about, by what its search found.
pub(super) fn target(
    snapshot: &Snapshot,
    type_: TypeId,
    document: &Document<'_>,
    found: Found,
    expect: Expect,
    fresh: &LogicalId,
) -> Result<(LogicalId, Expect), Problem> {
    let named = draft::id_of(document);
    match (found, named) {
        (Found::Many(count), _) => Err(many(count)),
        (Found::One(_, id), None) => Ok((id, expect)),
        (Found::One(_, id), Some(named)) if named == id => Ok((id, expect)),
        (Found::One(..), Some(_)) => {
            let words = "The condition matches a resource with another id than this one's.";
            let issue = Issue::error(IssueCode::Value, words).at(format!("{type_}.id"));
            Err(Problem::with_issues(Kind::Invalid, "wrong-id", vec![issue]))
        }
        // `If-Match` asks for a version of something that is not there.
        (Found::None, _) if matches!(expect, Expect::Version(_) | Expect::Live) => {
            Err(version_conflict(None))
        }
        (Found::None, None) => Ok((fresh.clone(), Expect::Absent)),
        (Found::None, Some(named)) => match known(snapshot, type_, &named)? {
            Some(row) if !row.deleted => {
                let words = "The condition matches nothing, but this id is taken already.";
                Err(Problem::new(Kind::Conflict, "id-taken", words))
            }
            _ => Ok((named, Expect::Absent)),
        },
    }
}

/// What must be current for a write, by its conditions.
pub(super) fn expectation(conditions: &Conditions) -> Result<Expect, Problem> {
    match (conditions.if_match, &conditions.if_none_match) {
        (None, None) => Ok(Expect::Any),
        (Some(Match::Any), None) => Ok(Expect::Live),
        (Some(Match::Version(version)), None) => Ok(Expect::Version(version)),
        (None, Some(NoneMatch::Any)) => Ok(Expect::Absent),
        _ => {
            let words = "A write takes `If-Match: W/\"n\"`, or `If-None-Match: *`, not both.";
            Err(Problem::new(Kind::Invalid, "bad-condition", words))
        }
    }
}

type Kept = (LogicalId, Stored);

fn plan(
    snapshot: &Snapshot,
    document: &Document<'_>,
    type_: TypeId,
    id: &LogicalId,
    expect: Expect,
    guard: Option<Guard>,
) -> Plan<std::convert::Infallible, Kept> {
    let put = draft::put(document, type_, id, snapshot.hasher(), expect);
    let kept = (id.clone(), kept(&put));
    Plan::Write(Write::one(put, kept).guarded(guard))
}

fn answer(
    type_: TypeId,
    settled: Settled<std::convert::Infallible, Kept>,
) -> Result<Written, Problem> {
    match settled {
        Settled::Answered(never) => match never {},
        Settled::Written(receipt, (id, kept)) => written(type_, id, kept, &receipt),
    }
}
