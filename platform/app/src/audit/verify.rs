//! Recomputes the organisation's audit chain.

use std::path::Path;

use serde::Serialize;
use tarn_access::Action;
use tarn_audit::{Reader, Verdict};
use tarn_domain::{Explain, OrganizationId, Problem};
use tarn_keys::MasterKeys;

use crate::{Act, CLOUDTRAIL, Call, Platform, authorise_do_account};

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Whether every entry follows from the one before, up to the head.
    pub whole: bool,
    /// How many entries were checked, when it is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u64>,
    /// The hash of the last, in hex: keep it elsewhere to notice a trail that was put back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// The first entry that cannot be trusted, when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken_at: Option<u64>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

impl From<Verdict> for Verified {
    fn from(verdict: Verdict) -> Self {
        let nothing = Self { whole: false, entries: None, head: None, broken_at: None, why: None };
        match verdict {
            Verdict::Whole(head) => Self {
                whole: true,
                entries: Some(head.seq),
                head: Some(head.hash_hex()),
                ..nothing
            },
            Verdict::Broken(at) => Self { broken_at: Some(at.seq), why: Some(at.why), ..nothing },
        }
    }
}

/// Verifies the trail of an organisation in a data folder, beside its writer or without one. For
/// the operator at the machine, who holds the master keys.
///
/// # Errors
/// That the trail cannot be read.
pub fn verify_trail(
    data_dir: &Path,
    organization: OrganizationId,
    masters: &dyn MasterKeys,
) -> Result<Verified, Problem> {
    let folder = tarn_actors::Settings::in_folder(data_dir).organization_dir(organization);
    let verdict = Reader::open(&folder, organization, masters).and_then(|mut it| it.verify());
    verdict.map(Verified::from).map_err(|e| e.explain())
}

/// Verifies an exported folder. It takes no keys.
///
/// # Errors
/// That the folder cannot be read.
pub fn verify_folder(folder: &Path) -> Result<Verified, Problem> {
    tarn_audit::verify_folder(folder).map(Verified::from).map_err(|e| e.explain())
}

/// Verifies the trail of the caller's organisation.
///
/// # Errors
/// Refusals, or that the trail cannot be read. What was found is the answer, not an error.
pub async fn verify(platform: &Platform, call: &Call) -> Result<Verified, Problem> {
    let act = Act::new(Action::AuditVerify, "ValidateLogs").of(CLOUDTRAIL);
    authorise_do_account(platform, call, act, async |granted| {
        let verdict = granted.tenant().audit().verify(granted.permit()).await;
        verdict.map(Verified::from).map_err(|e| e.explain())
    })
    .await
}
