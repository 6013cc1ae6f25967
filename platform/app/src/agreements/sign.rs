//! Signs the business associate agreement.

use serde::Deserialize;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain, Kind, OrganizationId, Problem, Timestamp};
use tarn_registry::AgreementState;

use super::BAA;
use super::describe::{Agreement, on_record};
use crate::{Act, Call, Platform, TARN, authorise_do_account};

/// Who signs.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// Their full name.
    pub name: String,
    /// What they are in the organisation.
    pub title: String,
}

impl Signature {
    /// The signature, if name and title can be those of a person.
    ///
    /// # Errors
    /// Invalid where one is empty, overlong, or has control characters.
    pub fn checked(self) -> Result<Self, Problem> {
        let fits = |text: &str| {
            (1..=200).contains(&text.trim().chars().count()) && !text.chars().any(char::is_control)
        };
        if fits(&self.name) && fits(&self.title) {
            let trimmed = |text: String| text.trim().to_owned();
            return Ok(Self { name: trimmed(self.name), title: trimmed(self.title) });
        }
        let words = "A signature is a full name and a title, each of 1 to 200 characters.";
        Err(Problem::new(Kind::Invalid, "bad-signature", words))
    }

    /// What is kept of it: who signed what, and when.
    pub(crate) fn record(
        self,
        organization: OrganizationId,
        signed_at: Timestamp,
    ) -> tarn_registry::Agreement {
        tarn_registry::Agreement {
            organization,
            state: AgreementState::Signed,
            version: BAA.version.into(),
            document_hash: BAA.hash(),
            signed_by: self.name,
            title: self.title,
            signed_at,
        }
    }
}

/// Signs for the caller's organisation.
///
/// # Errors
/// Refusals, a name that is none, or a conflict where somebody signed before.
pub async fn sign(
    platform: &Platform,
    call: &Call,
    signature: Signature,
) -> Result<Agreement, Problem> {
    let asked = json!({ "name": signature.name, "title": signature.title });
    let act = Act::new(Action::BaaSign, "SignAgreement").of(TARN).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let organization = granted.permit().organization();
        let record = signature.checked()?.record(organization, platform.clock.now());
        granted.answers(json!({ "version": record.version }));
        granted.announce().await?;
        let signed = granted.tenant().baa().sign(granted.permit(), record).await;
        signed.map_err(|e| e.explain())?;
        on_record(platform, organization).await
    })
    .await
}
