//! Shows the business associate agreement and how it stands.

use serde::Serialize;
use tarn_access::Action;
use tarn_domain::{Explain, OrganizationId, Problem};

use super::BAA;
use crate::{Act, Call, Platform, TARN, authorise_do_account};

/// The agreement, as the organisation sees it.
#[derive(Debug, Clone, Serialize)]
pub struct Agreement {
    /// `unsigned`, `signed`, `suspended` or `terminated`.
    pub standing: &'static str,
    /// Who signed.
    pub signed_by: Option<String>,
    /// As what.
    pub title: Option<String>,
    /// When.
    pub signed_at: Option<String>,
    /// The version of the text that is, or would be, signed.
    pub version: String,
    /// The SHA-256 of that text, in hex.
    pub document_hash: String,
    /// The text.
    pub text: &'static str,
}

/// Shows the agreement of the caller's organisation.
///
/// # Errors
/// Refusals.
pub async fn describe(platform: &Platform, call: &Call) -> Result<Agreement, Problem> {
    let act = Act::new(Action::BaaDescribe, "DescribeAgreement").of(TARN);
    authorise_do_account(platform, call, act, async |granted| {
        on_record(platform, granted.permit().organization()).await
    })
    .await
}

/// The agreement as it is on record.
pub(super) async fn on_record(
    platform: &Platform,
    organization: OrganizationId,
) -> Result<Agreement, Problem> {
    let found = platform.registry.agreement(organization).await.map_err(|e| e.explain())?;
    let hash = found.as_ref().map_or_else(|| BAA.hash(), |found| found.document_hash);
    Ok(Agreement {
        standing: found.as_ref().map_or("unsigned", |found| found.state.as_str()),
        signed_by: found.as_ref().map(|found| found.signed_by.clone()),
        title: found.as_ref().map(|found| found.title.clone()),
        signed_at: found.as_ref().map(|found| found.signed_at.to_string()),
        version: found.map_or_else(|| BAA.version.to_owned(), |found| found.version),
        document_hash: hex::encode(hash),
        text: BAA.text,
    })
}
