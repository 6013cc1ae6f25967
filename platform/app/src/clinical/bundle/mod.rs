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
mod transaction;
mod within;

use bytes::Bytes;
use tarn_domain::Problem;

use super::Preferences;
use super::asking::Asking;
use super::draft;
use super::settle::off_thread;
use entry::BundleKind;

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
    match kind {
        BundleKind::Batch => batch::process(asking, entries, body, preferences).await,
        BundleKind::Transaction => transaction::process(asking, entries, body, preferences).await,
    }
}
