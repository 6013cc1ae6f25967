//! Subscriptions and topics are looked at before a store takes them.

use tarn_domain::{LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_store::Snapshot;
use tarn_subscriptions::Admission;

use super::asking::Asking;
use super::draft;

impl Asking<'_> {
    /// What looks at subscriptions and topics that the caller writes.
    pub(super) fn admission(&self) -> Admission {
        let platform = self.platform;
        Admission {
            organization: self.call.caller.organization,
            store: self.store,
            principal: self.call.caller.principal.to_string(),
            secrets: platform.secrets.clone(),
            options: self.parse_options(false),
            offers: platform.settings().subscriptions.offers,
        }
    }
}

/// Parses and checks a resource, has it looked at, and gives what is to be kept to `with`.
pub(super) fn admitted<T>(
    admission: &Admission,
    snapshot: &Snapshot,
    type_: TypeId,
    id: Option<&LogicalId>,
    document: &Document<'_>,
    with: impl FnOnce(&Document<'_>) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let id = id.map(LogicalId::as_str);
    match admission.admit(snapshot, type_, id, document.text())? {
        None => with(document),
        Some(text) => with(&draft::parse(&text)?),
    }
}
