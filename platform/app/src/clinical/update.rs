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
use super::writing::Level;
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
    level: Level,
) -> Result<Written, Problem> {
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirUpdate, "UpdateResource").with(what);
    let expect = expectation(conditions)?;
    asking
        .act(act, async |granted, store| {
            let admission = asking.admission();
            level.require(asking.is_aws_compat(granted))?;
            let settled = settle(granted, &store, Weight::of(&body), {
                let id = id.clone();
                move |snapshot| {
                    let document = draft::parse(&body)?;
                    let tolerated = level.check(&document, type_)?;
                    draft::require_id(&document, type_, &id)?;
                    admitted(&admission, snapshot, type_, Some(&id), &document, |document| {
                        plan(snapshot, document, tolerated, type_, &id, expect, None)
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
    level: Level,
) -> Result<Written, Problem> {
    let act = Act::new(Action::FhirUpdate, "UpdateResource")
        .with(json!({"resourceType": type_.name(), "conditional": true}));
    let expect = expectation(conditions)?;
    let fresh = LogicalId::fresh(asking.platform.ids());
    asking
        .act(act, async |granted, store| {
            let is_aws_compat = asking.is_aws_compat(granted);
            level.require(is_aws_compat)?;
            let options = asking.parse_options(false).on(&store.snapshot());
            let criteria = Criteria::read(type_, criteria, &options)?;
            let admission = asking.admission();
            let settled = settle(granted, &store, Weight::Heavy, {
                let fresh = fresh.clone();
                move |snapshot| {
                    let document = draft::parse(&body)?;
                    let tolerated = level.check(&document, type_)?;
                    let (found, guard) = criteria.find(snapshot)?;
                    let aimed = target(snapshot, type_, &document, found, expect, &fresh);
                    let (id, expect) = aimed.map_err(|p| as_told(p, is_aws_compat))?;
                    admitted(&admission, snapshot, type_, Some(&id), &document, |document| {
                        plan(snapshot, document, tolerated, type_, &id, expect, Some(guard))
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

/// Another id than the one found: R4 has 400 for it, HealthLake 409.
fn as_told(mut problem: Problem, is_aws_compat: bool) -> Problem {
    if is_aws_compat && problem.code == "wrong-id" {
        problem.kind = Kind::Conflict;
    }
    problem
}

type Kept = (LogicalId, Stored, Vec<Issue>);

fn plan(
    snapshot: &Snapshot,
    sent: &Document<'_>,
    tolerated: Option<(Vec<u8>, Vec<Issue>)>,
    type_: TypeId,
    id: &LogicalId,
    expect: Expect,
    guard: Option<Guard>,
) -> Result<Plan<std::convert::Infallible, Kept>, Problem> {
    let hasher = snapshot.hasher();
    let (put, issues) = match tolerated {
        None => (draft::put(sent, type_, id, hasher, expect), Vec::new()),
        Some((text, issues)) => {
            (draft::put(&draft::parse(&text)?, type_, id, hasher, expect), issues)
        }
    };
    let kept = (id.clone(), kept(&put), issues);
    Ok(Plan::Write(Write::one(put, kept).guarded(guard)))
}

fn answer(
    type_: TypeId,
    settled: Settled<std::convert::Infallible, Kept>,
) -> Result<Written, Problem> {
    match settled {
        Settled::Answered(never) => match never {},
        Settled::Written(receipt, (id, kept, tolerated)) => {
            Ok(Written { tolerated, ..written(type_, id, kept, &receipt)? })
        }
    }
}
