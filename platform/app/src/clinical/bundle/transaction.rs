//! A transaction: all of it in one commit, or none.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::Problem;
use tarn_fhir::stored::Stored;
use tarn_store::Receipt;

use super::answer::{answer, deleted, of_write};
use super::entry::{BundleKind, Entry, Read, placed};
use super::plan::{Slot, Transaction};
use super::response::{self, Answer};
use super::{leave, location_base, resume, within_aws_limit};
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::create::Written;
use crate::clinical::delete::Deleted;
use crate::clinical::mark::{Done, done_before};
use crate::clinical::resource::Resource;
use crate::clinical::settle::{Settled, Weight, settle};
use crate::clinical::{Preferences, Return};

/// Does what all entries ask, in one commit.
pub(super) async fn process(
    asking: Asking<'_>,
    entries: Vec<Read>,
    body: Bytes,
    preferences: Preferences,
) -> Result<Vec<u8>, Problem> {
    let entries = entries.into_iter().collect::<Result<Vec<Entry>, Problem>>()?;
    let act = Act::new(Action::FhirTransaction, "ProcessBundle")
        .with(json!({"type": "transaction", "entries": entries.len()}));
    let transaction = Arc::new(Transaction {
        entries,
        body,
        options: asking.parse_options(false),
        ids: Arc::clone(&asking.platform.ids),
        admission: asking.admission(),
        keeps_bodies: preferences.returns == Some(Return::Representation),
        leaves_mark: asking.call.mark.is_some(),
    });
    let planned = Arc::clone(&transaction);
    let mut is_aws_compat = false;
    let settled = asking
        .act(act, async |granted, store| {
            leave::require(asking, granted, &transaction.entries)?;
            is_aws_compat = asking.is_aws_compat(granted);
            if is_aws_compat {
                // More are taken where the answer may come later.
                let most = if asking.call.mark.is_some() { 500 } else { 100 };
                within_aws_limit(transaction.entries.len(), most)?;
            }
            if let Some(done) = done_before(granted, &store).await? {
                return Ok(Outcome::Before(done));
            }
            settle(granted, &store, Weight::Heavy, move |snapshot| planned.plan(snapshot))
                .await
                .map(Outcome::Now)
        })
        .await?;
    let (slots, receipt) = match settled {
        Outcome::Before(done) => {
            return resume::resumed(asking, &transaction, done, preferences, is_aws_compat).await;
        }
        Outcome::Now(Settled::Answered(slots)) => (slots, None),
        Outcome::Now(Settled::Written(receipt, slots)) => (slots, Some(receipt)),
    };
    let mut answers = Vec::with_capacity(slots.len());
    for (entry, slot) in transaction.entries.iter().zip(slots) {
        answers.push(match slot {
            Slot::Later => later(asking, entry, &transaction.body, preferences).await,
            slot => done(slot, receipt.as_ref(), preferences.returns)?,
        });
    }
    let mut out = Vec::new();
    let base = location_base(asking, is_aws_compat);
    response::write(BundleKind::Transaction, &answers, &base, &mut out);
    Ok(out)
}

/// What came of a transaction.
enum Outcome<S> {
    /// It was done before its job was cut off.
    Before(Done),
    /// It is done now.
    Now(S),
}

/// Reads what the transaction left behind. All is written by now: what cannot be read says so.
pub(super) async fn later(
    asking: Asking<'_>,
    entry: &Entry,
    body: &Bytes,
    preferences: Preferences,
) -> Answer {
    let resource = entry.resource.clone().map(|span| body.slice(span));
    let read = answer(asking, entry, resource, preferences).await;
    read.unwrap_or_else(|problem| {
        let at = format!("Bundle.entry[{}].request", entry.index);
        Answer::from(&placed(problem, &at))
    })
}

fn done(slot: Slot, receipt: Option<&Receipt>, returns: Option<Return>) -> Result<Answer, Problem> {
    let outcome = |change: usize| {
        let outcome = receipt.and_then(|receipt| receipt.outcomes.get(change).copied());
        outcome.ok_or_else(|| Problem::internal("a change without an outcome"))
    };
    match slot {
        Slot::Put { change, type_, id, kept } => {
            let outcome = outcome(change)?;
            let nothing = || Stored { body: Vec::new(), splice: 0 };
            let kept = kept.unwrap_or_else(nothing);
            let (version, updated) = (outcome.version, outcome.updated);
            let resource = Resource::written(type_, id, kept, version, updated);
            Ok(of_write(&Written::new(outcome.created, resource), returns))
        }
        Slot::Deleted { change } => {
            let outcome = outcome(change)?;
            Ok(deleted(Deleted { version: Some((outcome.version, outcome.updated)) }))
        }
        Slot::Existing(resource) => Ok(of_write(&Written::new(false, *resource), returns)),
        Slot::Nothing | Slot::Later => Ok(deleted(Deleted { version: None })),
    }
}
