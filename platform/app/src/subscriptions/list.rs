//! Shows the subscriptions of a store with what they could not deliver.

use serde::Serialize;
use tarn_access::Action;
use tarn_domain::{Explain as _, Problem, StoreId, Timestamp};
use tarn_subscriptions::{State, notices};

use super::read;
use crate::{Act, Call, Platform, authorise_do_account};

/// The subscriptions of a store.
#[derive(Debug, Clone, Serialize)]
pub struct Subscriptions {
    /// Oldest first.
    pub subscriptions: Vec<SubscriptionShown>,
}

/// A subscription.
#[derive(Debug, Clone, Serialize)]
pub struct SubscriptionShown {
    /// Its id.
    pub id: String,
    /// Where it is in its life: `requested`, `active`, `error`, `off`.
    pub status: &'static str,
    /// Why it is in error.
    pub error: Option<String>,
    /// `rest-hook`, `websocket` …
    pub channel: String,
    /// Its topic; none for one of criteria.
    pub topic: Option<String>,
    /// How many events there were since its start.
    pub events: u64,
    /// Failed tries since the last success.
    pub failures: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// When something was delivered last.
    pub last_delivered: Option<String>,
    /// How many events wait to be sent again.
    pub replaying: usize,
    /// The events that could not be delivered, oldest first.
    pub dead_letters: Vec<DeadShown>,
}

/// An event that could not be delivered.
#[derive(Debug, Clone, Serialize)]
pub struct DeadShown {
    /// Its number.
    pub event_number: u64,
    /// What it is about: `Encounter/1/_history/2`; none where that is gone.
    pub focus: Option<String>,
    /// `create`, `update` or `delete`.
    pub trigger: &'static str,
    /// When it was given up.
    pub since: String,
    /// Why.
    pub error: String,
}

/// Lists the subscriptions of a store.
///
/// # Errors
/// Refusals.
pub async fn list(
    platform: &Platform,
    call: &Call,
    store: StoreId,
) -> Result<Subscriptions, Problem> {
    let act = Act::new(Action::SubscriptionList, "ListSubscriptions").on(store);
    authorise_do_account(platform, call, act, async |granted| {
        let store = granted.tenant().store(store).await.map_err(|e| e.explain())?;
        let snapshot = store.snapshot();
        let mut subscriptions = Vec::new();
        for kept in read::all(&snapshot)? {
            let state = read::state(platform, &store, &kept.id).await?;
            let (read, past) = (snapshot.clone(), state.clone());
            let dead = crate::clinical::off_thread(move || dead(&read, &past)).await?;
            subscriptions.push(shown(&kept, &state, dead));
        }
        Ok(Subscriptions { subscriptions })
    })
    .await
}

fn shown(kept: &read::Kept, state: &State, dead_letters: Vec<DeadShown>) -> SubscriptionShown {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    SubscriptionShown {
        id: kept.id.to_string(),
        status: kept.status().as_str(),
        error: kept.error().map(str::to_owned),
        channel: text(&kept.body["channel"]["type"]),
        topic: kept.topic().map(str::to_owned),
        events: state.events,
        failures: state.failures,
        last_error: state.last_error.clone(),
        last_delivered: state.delivered.map(|at| Timestamp::from_micros(at).to_string()),
        replaying: state.again.len(),
        dead_letters,
    }
}

fn dead(snapshot: &tarn_store::Snapshot, state: &State) -> Result<Vec<DeadShown>, Problem> {
    let events: Vec<_> = state.dead.iter().filter_map(|dead| state.event(dead.number)).collect();
    let notices = notices(snapshot, &events).map_err(|e| e.explain())?;
    let shown = state.dead.iter().map(|dead| DeadShown {
        event_number: dead.number,
        focus: notices
            .iter()
            .find(|notice| notice.number == dead.number)
            .map(|notice| format!("{}/_history/{}", notice.reference(), notice.version)),
        trigger: dead.trigger.as_str(),
        since: Timestamp::from_micros(dead.since).to_string(),
        error: dead.error.clone(),
    });
    Ok(shown.collect())
}
