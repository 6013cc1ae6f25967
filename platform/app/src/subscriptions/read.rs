//! Finds subscriptions of a store, as they are kept and as they are being served.

use serde_json::Value;
use tarn_actors::StoreHandle;
use tarn_domain::{Explain as _, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_store::{Row, Snapshot};
use tarn_subscriptions::{Content, Frame, State, Status};

use crate::Platform;

/// A subscription as it is kept.
pub(crate) struct Kept {
    pub(crate) id: LogicalId,
    pub(crate) body: Value,
}

impl Kept {
    /// Where it is in its life.
    pub(crate) fn status(&self) -> Status {
        self.body["status"].as_str().and_then(Status::parse).unwrap_or(Status::Requested)
    }

    /// Why it is in error.
    pub(crate) fn error(&self) -> Option<&str> {
        self.body["error"].as_str()
    }

    /// Its topic's URL; none for one of criteria.
    pub(crate) fn topic(&self) -> Option<&str> {
        tarn_subscriptions::topic_of(&self.body)
    }

    /// How much of resources it may be told: as much as its notifications tell.
    pub(crate) fn content(&self) -> Content {
        tarn_subscriptions::content_of(&self.body)
    }

    /// What a status says of it.
    pub(crate) fn frame<'a>(&'a self, base: &'a str, state: &State) -> Frame<'a> {
        Frame {
            base,
            subscription: &self.id,
            status: self.status(),
            topic: self.topic(),
            events: state.events,
            error: self.error(),
        }
    }
}

pub(crate) fn type_() -> Result<TypeId, Problem> {
    TypeId::parse("Subscription").ok_or_else(|| Problem::internal("R4 has `Subscription`"))
}

/// One subscription.
pub(crate) fn one(snapshot: &Snapshot, id: &LogicalId) -> Result<Kept, Problem> {
    let row = snapshot.lookup(type_()?, id.as_str()).map_err(|e| e.explain())?;
    let row = row.filter(|row| !row.deleted).ok_or_else(|| {
        let words = format!("There is no Subscription with the id `{id}`.");
        Problem::new(Kind::NotFound, "not-found", words)
    })?;
    read(snapshot, row)
}

/// All subscriptions, oldest first.
pub(crate) fn all(snapshot: &Snapshot) -> Result<Vec<Kept>, Problem> {
    let type_ = type_()?;
    let mut rows = Vec::new();
    for part in snapshot.parts() {
        for rid in part.of_type(type_).map_err(|e| e.explain())? {
            rows.extend(snapshot.row(rid).map_err(|e| e.explain())?);
        }
    }
    rows.sort_by_key(|row| row.rid);
    rows.into_iter().filter(|row| !row.deleted).map(|row| read(snapshot, row)).collect()
}

fn read(snapshot: &Snapshot, row: Row) -> Result<Kept, Problem> {
    let version = snapshot.read(row.loc).map_err(|e| e.explain())?;
    let body: Value = serde_json::from_slice(&version.body).map_err(Problem::internal)?;
    let id = version.id().and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| Problem::internal("a kept body without an id"))?;
    Ok(Kept { id, body })
}

/// How far a subscription has come.
pub(crate) async fn state(
    platform: &Platform,
    store: &StoreHandle,
    id: &LogicalId,
) -> Result<State, Problem> {
    match platform.follower.live(store.id(), id) {
        Some(live) => Ok(live.state()),
        None => State::read(store, id).await.map_err(|e| e.explain()),
    }
}
