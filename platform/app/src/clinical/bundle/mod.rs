//! Batches and transactions: many interactions in one Bundle.

mod aim;
mod answer;
mod batch;
pub mod entry;
mod leave;
mod links;
mod patch;
mod plan;
mod response;
mod resume;
mod transaction;
mod within;

use bytes::Bytes;
use tarn_domain::{Issue, IssueCode, Kind, Problem};

use super::asking::Asking;
use super::draft;
use super::parameters::Parameters;
use super::settle::off_thread;
use super::target::Target;
use super::{Level, Preferences};
use entry::{BundleKind, Entry, Method};

/// Does what a batch or transaction Bundle asks, and writes the Bundle that answers it.
///
/// # Errors
/// What makes the Bundle unusable; for a transaction also what is wrong with any entry, and then
/// nothing was done.
pub async fn process(
    asking: Asking<'_>,
    body: Bytes,
    preferences: Preferences,
) -> Result<Vec<u8>, Problem> {
    let most = asking.platform.settings().fhir.bundle_entries;
    let base = asking.base();
    let looked_at = body.clone();
    let (kind, entries) = off_thread(move || {
        let document = draft::parse(&looked_at)?;
        entry::read(&document, most, &base)
    })
    .await?;
    if kind == BundleKind::Transaction && preferences.level == Level::Minimal {
        let words = "A transaction keeps only what is valid: `minimal` is for batches.";
        return Err(Problem::new(Kind::Invalid, "bad-validation-level", words));
    }
    match kind {
        BundleKind::Batch => batch::process(asking, entries, body, preferences).await,
        BundleKind::Transaction => transaction::process(asking, entries, body, preferences).await,
    }
}

/// Looks at a Bundle as far as it can be refused as a whole.
///
/// # Errors
/// What makes the Bundle unusable.
pub(crate) async fn look_at(asking: Asking<'_>, body: Bytes) -> Result<(), Problem> {
    let most = asking.platform.settings().fhir.bundle_entries;
    let base = asking.base();
    off_thread(move || {
        let document = draft::parse(&body)?;
        entry::read(&document, most, &base).map(drop)
    })
    .await
}

/// Answers what reads and searches: as an entry of a batch would be.
///
/// # Errors
/// What the interaction itself refuses.
pub(crate) async fn look_up(
    asking: Asking<'_>,
    posted: bool,
    target: Target,
    parameters: Parameters,
    lenient: bool,
) -> Result<Vec<u8>, Problem> {
    let method = if posted { Method::Post } else { Method::Get };
    let entry = Entry { method, parameters, ..resume::reading(target) };
    let preferences = Preferences { lenient, ..Preferences::default() };
    let answer = answer::answer(asking, &entry, None, preferences).await?;
    answer.resource.ok_or_else(|| Problem::internal("an interaction without an answer"))
}

/// What stands before the locations in an answer: the store's base, as R4 has it; nothing, as
/// HealthLake has it.
fn location_base(asking: Asking<'_>, is_aws_compat: bool) -> String {
    if is_aws_compat { String::new() } else { format!("{}/", asking.base()) }
}

/// HealthLake takes 100 entries to a transaction, and 500 to a batch.
fn within_aws_limit(entries: usize, most: usize) -> Result<(), Problem> {
    if entries <= most {
        return Ok(());
    }
    let words = format!("This Bundle may have {most} entries at most; it has {entries}.");
    let issue = Issue::error(IssueCode::TooLong, words).at("Bundle.entry");
    Err(Problem::with_issues(Kind::Unprocessable, "too-many-entries", vec![issue]))
}
