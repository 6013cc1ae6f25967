//! Creates a resource, if asked so only where a search finds none.

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Issue, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::stored::Stored;
use tarn_store::{Change, Expect, Receipt, Snapshot};
use tarn_subscriptions::Admission;

use super::admission::admitted;
use super::asking::Asking;
use super::criteria::{Criteria, Found, many};
use super::draft;
use super::parameters::Parameters;
use super::read::{known, version_of, whole};
use super::resource::Resource;
use super::settle::{Plan, Settled, Weight, Write, settle};
use super::writing::{Level, Writing};
use crate::Act;

/// What became of a write.
#[derive(Debug)]
pub struct Written {
    /// Whether there was no such (undeleted) resource before.
    pub created: bool,
    /// The current version.
    pub resource: Resource,
    /// Whether it had been done before, under the same idempotency key.
    pub replay: Replay,
    /// What is wrong with it, where it was kept all the same.
    pub tolerated: Vec<Issue>,
}

/// Whether a creation had been done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It had not.
    No,
    /// It had, and this is the first answer again.
    Same,
    /// It had, and the store tells so as HealthLake does: as a conflict.
    Conflict,
}

impl Written {
    /// What was done, in words.
    pub fn words(&self) -> &'static str {
        if self.created { "Created." } else { "There is a current version." }
    }

    /// An ordinary write.
    pub(super) fn new(created: bool, resource: Resource) -> Self {
        Self { created, resource, replay: Replay::No, tolerated: Vec::new() }
    }
}

/// Creates a resource under an id of ours.
///
/// # Errors
/// Invalid where the body is no such resource; precondition failed where several match
/// `if_none_exist`; unprocessable where the idempotency key was used for something else.
pub async fn create(
    asking: Asking<'_>,
    type_: TypeId,
    body: Bytes,
    if_none_exist: Option<&Parameters>,
    writing: &Writing,
) -> Result<Written, Problem> {
    let fresh = LogicalId::fresh(asking.platform.ids());
    let what = json!({"resourceType": type_.name()});
    let act = Act::new(Action::FhirCreate, "CreateResource").with(what);
    asking
        .act(act, async |granted, store| {
            let is_aws_compat = asking.is_aws_compat(granted);
            writing.level.require(is_aws_compat)?;
            let options = asking.parse_options(false).on(&store.snapshot());
            let criteria =
                if_none_exist.map(|query| Criteria::read(type_, query, &options)).transpose()?;
            let weight = if criteria.is_some() { Weight::Heavy } else { Weight::of(&body) };
            let id = match &writing.key {
                Some(key) => key.id(type_, &store.snapshot()),
                None => fresh,
            };
            granted.answers(json!({"resourceId": id.as_str()}));
            let (level, is_once) = (writing.level, writing.key.is_some());
            let admission = asking.admission();
            let creation =
                Creation { type_, id: id.clone(), body, criteria, level, is_once, admission };
            let settled = settle(granted, &store, weight, move |s| creation.plan(s)).await?;
            match settled {
                Settled::Answered(Known::Existing(resource)) => Ok(Written::new(false, resource)),
                Settled::Answered(Known::Done(first)) => {
                    let replay = if is_aws_compat { Replay::Conflict } else { Replay::Same };
                    Ok(Written { replay, ..Written::new(true, first) })
                }
                Settled::Answered(Known::Other) => Err(other_body(is_aws_compat)),
                Settled::Written(receipt, (kept, tolerated)) => {
                    Ok(Written { tolerated, ..written(type_, id, kept, &receipt)? })
                }
            }
        })
        .await
}

/// What is there already.
enum Known {
    /// What `If-None-Exist` found.
    Existing(Resource),
    /// What was created under the same key, as it was then.
    Done(Resource),
    /// Something else was created under the key.
    Other,
}

struct Creation {
    type_: TypeId,
    id: LogicalId,
    body: Bytes,
    criteria: Option<Criteria>,
    level: Level,
    is_once: bool,
    admission: Admission,
}

impl Creation {
    fn plan(&self, snapshot: &Snapshot) -> Result<Plan<Known, (Stored, Vec<Issue>)>, Problem> {
        let (type_, id) = (self.type_, &self.id);
        let before = if self.is_once { known(snapshot, type_, id)? } else { None };
        let mut guarded = None;
        if let (Some(criteria), None) = (&self.criteria, &before) {
            let (found, guard) = criteria.find(snapshot)?;
            match found {
                Found::None => guarded = Some(guard),
                Found::One(row, _) => {
                    return whole(snapshot, &row).map(|there| Plan::Answer(Known::Existing(there)));
                }
                Found::Many(count) => return Err(many(count)),
            }
        }
        let sent = draft::parse(&self.body)?;
        let tolerated = self.level.check(&sent, type_)?;
        let (text, issues) = tolerated.unwrap_or_else(|| (self.body.to_vec(), Vec::new()));
        let document = if issues.is_empty() { sent } else { draft::parse(&text)? };
        let put = admitted(&self.admission, snapshot, type_, None, &document, |document| {
            Ok(draft::put(document, type_, id, snapshot.hasher(), Expect::Absent))
        })?;
        let kept = kept(&put);
        if before.is_some() {
            let first = version_of(snapshot, type_, id, Some(1))?;
            let is_same = first.body() == kept.body;
            return Ok(Plan::Answer(if is_same { Known::Done(first) } else { Known::Other }));
        }
        let mut write = Write::one(put, (kept, issues)).guarded(guarded);
        if self.is_once {
            // Somebody else was quicker under the same key: look again.
            write.ours.push(0);
        }
        Ok(Plan::Write(write))
    }
}

fn other_body(is_aws_compat: bool) -> Problem {
    let words = "Another resource was created under this idempotency key.";
    let kind = if is_aws_compat { Kind::Conflict } else { Kind::Unprocessable };
    Problem::new(kind, "idempotency-key-reused", words)
}

/// A copy of what a change keeps, for the answer.
pub(super) fn kept(change: &Change) -> Stored {
    match change {
        Change::Put { stored, .. } => stored.clone(),
        Change::Delete { .. } => Stored { body: Vec::new(), splice: 0 },
    }
}

/// The answer to a write of one resource.
pub(super) fn written(
    type_: TypeId,
    id: LogicalId,
    kept: Stored,
    receipt: &Receipt,
) -> Result<Written, Problem> {
    let outcome = receipt.outcomes.first();
    let outcome = outcome.ok_or_else(|| Problem::internal("a receipt without an outcome"))?;
    let (version, updated) = (outcome.version, outcome.updated);
    let resource = Resource::written(type_, id, kept, version, updated);
    Ok(Written::new(outcome.created, resource))
}
