//! The life cycle of a subscription (`Subscription.status`), and writing it down.

use tarn_access::Permit;
use tarn_actors::StoreHandle;
use tarn_domain::{LogicalId, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored;
use tarn_search::extract::R4Indexer;
use tarn_store::{Change, CommitError, Entries, Expect, WriteSet};

use crate::error::SubscriptionError;

/// `Subscription.status` of R4.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Wished for; the server has not said yes yet.
    Requested,
    /// Notifications are sent.
    Active,
    /// The server gave up; ask again to go on.
    Error,
    /// Switched off, or past its end.
    Off,
}

impl Status {
    /// The code as FHIR spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Active => "active",
            Self::Error => "error",
            Self::Off => "off",
        }
    }

    /// The status of that code.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::Requested, Self::Active, Self::Error, Self::Off]
            .into_iter()
            .find(|status| status.as_str() == code)
    }
}

/// The type `Subscription`.
pub(crate) fn subscription_type() -> TypeId {
    TypeId::parse("Subscription").expect("R4 has the type")
}

/// A new status to write.
pub(crate) struct NewStatus<'a> {
    pub(crate) id: &'a LogicalId,
    pub(crate) status: Status,
    /// `Subscription.error`: for the subscriber; never a patient's value.
    pub(crate) error: Option<&'a str>,
    /// Only while this version is current.
    pub(crate) version: Option<u32>,
}

/// Writes a status as the platform's own change, with its audit entry. False when the subscription
/// is gone, has that status already, or was changed meanwhile.
pub(crate) async fn write(
    store: &StoreHandle,
    new: NewStatus<'_>,
    entry: Vec<u8>,
) -> Result<bool, SubscriptionError> {
    let type_ = subscription_type();
    let snapshot = store.glance();
    let row = snapshot.lookup(type_, new.id.as_str())?.filter(|row| !row.deleted);
    let Some(row) = row.filter(|row| new.version.is_none_or(|version| version == row.version))
    else {
        return Ok(false);
    };
    let version = snapshot.read(row.loc)?;
    let mut body: serde_json::Value =
        serde_json::from_slice(&version.body).map_err(|_| SubscriptionError::Body)?;
    if body["status"] == new.status.as_str() && new.error.is_none() {
        return Ok(false);
    }
    body["status"] = new.status.as_str().into();
    match (new.error, body.as_object_mut()) {
        (Some(error), Some(members)) => drop(members.insert("error".into(), error.into())),
        (None, Some(members)) => drop(members.remove("error")),
        _ => return Err(SubscriptionError::Body),
    }
    let text = body.to_string();
    let document = Document::parse(text.as_bytes()).map_err(|_| SubscriptionError::Body)?;
    let mut entries = Entries::default();
    R4Indexer.index(type_, new.id.as_str(), &document, snapshot.hasher(), 0, &mut entries);
    let put = Change::Put {
        type_,
        id: new.id.clone(),
        stored: stored::store(&document, new.id.as_str()),
        entries: entries.into(),
        expect: Expect::Version(row.version),
    };
    let mut set = WriteSet::default();
    set.changes.push(put);
    set.outbox.push(entry);
    let permit = Permit::system("subscription status", store.organization(), Some(store.id()));
    match store.commit(&permit, set).await {
        Ok(_) => Ok(true),
        Err(CommitError::Mismatch { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether a moment lies behind an end.
pub(crate) fn is_over(end: Option<Timestamp>, now: Timestamp) -> bool {
    end.is_some_and(|end| end <= now)
}
