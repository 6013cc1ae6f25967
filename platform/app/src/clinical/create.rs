//! Creates a resource, if asked so only where a search finds none.

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::stored::Stored;
use tarn_store::{Change, Expect, Receipt};

use super::admission::admitted;
use super::asking::Asking;
use super::criteria::{Criteria, Found, many};
use super::draft;
use super::parameters::Parameters;
use super::read::whole;
use super::resource::Resource;
use super::settle::{Plan, Settled, Weight, Write, settle};
use crate::Act;

/// What became of a write.
#[derive(Debug)]
pub struct Written {
    /// Whether there was no such (undeleted) resource before.
    pub created: bool,
    /// The current version.
    pub resource: Resource,
}

impl Written {
    /// What was done, in words.
    pub fn words(&self) -> &'static str {
        if self.created { "Created." } else { "There is a current version." }
    }
}

/// Creates a resource under an id of ours.
///
/// # Errors
/// Invalid where the body is no such resource; precondition failed where several match
/// `if_none_exist`.
pub async fn create(
    asking: Asking<'_>,
    type_: TypeId,
    body: Bytes,
    if_none_exist: Option<&Parameters>,
) -> Result<Written, Problem> {
    let id = LogicalId::fresh(asking.platform.ids());
    let what = json!({"resourceType": type_.name()});
    let act = Act::new(Action::FhirCreate, "CreateResource").with(what);
    asking
        .act(act, async |granted, store| {
            let options = asking.parse_options(false).on(&store.snapshot());
            let criteria =
                if_none_exist.map(|query| Criteria::read(type_, query, &options)).transpose()?;
            let weight = if criteria.is_some() { Weight::Heavy } else { Weight::of(&body) };
            granted.answers(json!({"resourceId": id.as_str()}));
            let admission = asking.admission();
            let settled = settle(granted, &store, weight, {
                let id = id.clone();
                move |snapshot| {
                    let mut guarded = None;
                    if let Some(criteria) = &criteria {
                        let (found, guard) = criteria.find(snapshot)?;
                        match found {
                            Found::None => guarded = Some(guard),
                            Found::One(row, _) => return whole(snapshot, &row).map(Plan::Answer),
                            Found::Many(count) => return Err(many(count)),
                        }
                    }
                    let document = draft::parse(&body)?;
                    draft::check(&document, type_)?;
                    admitted(&admission, snapshot, type_, None, &document, |document| {
                        let hasher = snapshot.hasher();
                        let put = draft::put(document, type_, &id, hasher, Expect::Absent);
                        let kept = kept(&put);
                        Ok(Plan::Write(Write::one(put, kept).guarded(guarded)))
                    })
                }
            })
            .await?;
            Ok(match settled {
                Settled::Answered(resource) => Written { created: false, resource },
                Settled::Written(receipt, kept) => written(type_, id.clone(), kept, &receipt)?,
            })
        })
        .await
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
    Ok(Written { created: outcome.created, resource })
}
