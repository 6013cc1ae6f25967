//! Answers for what was done before its job was cut off: from the marks that the commits left.

use tarn_domain::Problem;

use super::answer::answer;
use super::entry::{BundleKind, Entry, Method};
use super::location_base;
use super::plan::Transaction;
use super::response::{self, Answer};
use super::transaction::later;
use crate::clinical::asking::Asking;
use crate::clinical::condition::Conditions;
use crate::clinical::mark::{ChangeDone, Done, EntryDone};
use crate::clinical::parameters::Parameters;
use crate::clinical::target::Target;
use crate::clinical::{Preferences, Return};

/// The answer to a transaction that was committed.
pub(super) async fn resumed(
    asking: Asking<'_>,
    transaction: &Transaction,
    done: Done,
    preferences: Preferences,
    is_aws_compat: bool,
) -> Result<Vec<u8>, Problem> {
    let lost = || Problem::internal("a mark that does not fit its transaction");
    let entries = &transaction.entries;
    let mut answers = Vec::with_capacity(entries.len());
    for (entry, told) in entries.iter().zip(&done.entries) {
        answers.push(match told {
            EntryDone::Put(change) => {
                let change = done.changes.get(*change).ok_or_else(lost)?;
                put(asking, change, preferences).await
            }
            EntryDone::Deleted(change) => deleted(done.changes.get(*change).ok_or_else(lost)?),
            EntryDone::Nothing => Answer { status: 204, ..Answer::default() },
            EntryDone::Existing(location, version, updated_us) => Answer {
                status: 200,
                location: Some(location.clone()),
                version: Some(*version),
                updated: Some(tarn_domain::Timestamp::from_micros(*updated_us)),
                ..Answer::default()
            },
            EntryDone::Later => later(asking, entry, &transaction.body, preferences).await,
        });
    }
    if answers.len() != entries.len() {
        return Err(lost());
    }
    let mut out = Vec::new();
    let base = location_base(asking, is_aws_compat);
    response::write(BundleKind::Transaction, &answers, &base, &mut out);
    Ok(out)
}

/// The answer to an entry of a batch that was committed.
pub(super) async fn entry_resumed(
    asking: Asking<'_>,
    method: Method,
    done: &Done,
    preferences: Preferences,
) -> Option<Answer> {
    let change = done.changes.first()?;
    Some(match method {
        Method::Delete => deleted(change),
        _ => put(asking, change, preferences).await,
    })
}

async fn put(asking: Asking<'_>, change: &ChangeDone, preferences: Preferences) -> Answer {
    let location = format!("{}/_history/{}", change.reference, change.version);
    let mut made = Answer {
        status: if change.created { 201 } else { 200 },
        version: Some(change.version),
        updated: Some(change.updated()),
        ..Answer::default()
    };
    if preferences.returns == Some(Return::Representation)
        && let Ok(target) = Target::parse(&location)
    {
        let read = answer(asking, &reading(target), None, preferences).await;
        made.resource = read.ok().and_then(|answer| answer.resource);
    }
    made.location = Some(location);
    made
}

fn deleted(change: &ChangeDone) -> Answer {
    Answer {
        status: 204,
        version: Some(change.version),
        updated: Some(change.updated()),
        ..Answer::default()
    }
}

/// An entry that reads.
pub(super) fn reading(target: Target) -> Entry {
    Entry {
        index: 0,
        full_url: None,
        resource: None,
        method: Method::Get,
        target,
        parameters: Parameters::default(),
        conditions: Conditions::default(),
        if_none_exist: None,
    }
}
