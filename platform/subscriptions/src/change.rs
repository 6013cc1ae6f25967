//! A change of a resource: the version that came, the one before it, and what that makes of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tarn_fhir::json::Document;
use tarn_fhirpath::{Environment, Expression, Item, Node};
use tarn_search::extract::R4Indexer;
use tarn_search::filter::Filter;
use tarn_search::{Limits, Query, matches};
use tarn_store::{Entries, Snapshot, StoreError, Version};

use crate::error::SubscriptionError;

/// What happened to a resource, in the words of topics (`supportedInteraction`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// It was not there, or deleted, before.
    Create,
    /// It has a new version.
    Update,
    /// It was deleted.
    Delete,
}

impl Trigger {
    /// The code of FHIR's restful interactions.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    /// The trigger of that code.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        [Self::Create, Self::Update, Self::Delete].into_iter().find(|t| t.as_str() == code)
    }
}

/// A criterion may cost a fraction of what a search may: it is asked at every change.
fn limits() -> Limits {
    let time = Duration::from_secs(2);
    Limits { steps: 1_000_000, bodies: 1_000, included: 0, time, ..Limits::default() }
}

/// A change, looked at on a snapshot that has it.
pub(crate) struct Changed<'s> {
    pub(crate) snapshot: &'s Snapshot,
    pub(crate) version: Version,
    previous: Option<Option<Version>>,
}

impl<'s> Changed<'s> {
    pub(crate) fn new(snapshot: &'s Snapshot, version: Version) -> Self {
        Self { snapshot, version, previous: None }
    }

    /// The version before, unless that says that the resource was deleted.
    pub(crate) fn previous(&mut self) -> Result<Option<&Version>, SubscriptionError> {
        if self.previous.is_none() {
            let loc = self.version.previous;
            let read = match loc.map(|loc| self.snapshot.read(loc)).transpose() {
                // Of what was erased nothing is known any more.
                Err(StoreError::Erased) => None,
                other => other?,
            };
            self.previous = Some(read.filter(|version| !version.deleted));
        }
        Ok(self.previous.as_ref().and_then(Option::as_ref))
    }

    /// What happened.
    pub(crate) fn trigger(&mut self) -> Result<Trigger, SubscriptionError> {
        if self.version.deleted {
            return Ok(Trigger::Delete);
        }
        Ok(if self.previous()?.is_some() { Trigger::Update } else { Trigger::Create })
    }

    /// Whether the version that came passes a query.
    pub(crate) fn passes(&self, query: &Query) -> Result<bool, SubscriptionError> {
        passes(self.snapshot, &self.version, query)
    }

    /// Whether an expression holds of `%previous` and `%current`; what is not there is empty. An
    /// expression that fails on these data does not hold.
    pub(crate) fn holds(&mut self, path: &Expression) -> Result<bool, SubscriptionError> {
        let previous = self.previous()?.map(|version| version.body.clone());
        let current = (!self.version.deleted).then_some(&self.version.body[..]);
        fn parse(body: &[u8]) -> Result<Document<'_>, SubscriptionError> {
            Document::parse(body).map_err(|_| SubscriptionError::Body)
        }
        let current = current.map(parse).transpose()?;
        let previous = previous.as_deref().map(parse).transpose()?;
        let (current, previous) =
            (current.as_ref().map(Node::resource), previous.as_ref().map(Node::resource));
        let Some(context) = current.or(previous) else { return Ok(false) };
        fn item<'d>(node: Option<Node<'d>>) -> Vec<Item<'d>> {
            node.map(Item::Node).into_iter().collect()
        }
        let variables = [("current", item(current)), ("previous", item(previous))];
        let environment = Environment {
            variables: &variables,
            resource: Some(context),
            ..Environment::new(self.version.updated)
        };
        Ok(matches!(path.holds(context, &environment), Ok(Some(true))))
    }

    /// Whether the version before passes a query; none where there is no such version.
    pub(crate) fn passed(&mut self, query: &Query) -> Result<Option<bool>, SubscriptionError> {
        let snapshot = self.snapshot;
        self.previous()?.map(|version| passes(snapshot, version, query)).transpose()
    }
}

/// Whether a version passes a query, whatever came after it.
fn passes(
    snapshot: &Snapshot,
    version: &Version,
    query: &Query,
) -> Result<bool, SubscriptionError> {
    let Some(id) = version.id().map(str::to_owned) else { return Ok(false) };
    if version.deleted || !query.clause.types.contains(&version.type_) {
        return Ok(false);
    }
    let document = Document::parse(&version.body).map_err(|_| SubscriptionError::Body)?;
    let mut entries = Entries::default();
    R4Indexer.index(version.type_, &id, &document, snapshot.hasher(), 0, &mut entries);
    let Some(moment) = snapshot.as_if(version, &entries) else { return Ok(false) };
    let mut about = query.clone();
    about.clause.all.push(Filter::Is(version.type_, id));
    Ok(!matches(&about, &moment, &limits())?.is_empty())
}
