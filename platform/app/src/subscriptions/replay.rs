//! Has events of a subscription sent again.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain as _, Kind, LogicalId, Problem, StoreId};
use tarn_subscriptions::Status;

use super::read;
use crate::{Act, Call, Platform, authorise_do_account};

/// What to send again.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Every event from this number on that is still known; without it, the dead letters.
    #[serde(default)]
    pub from_event: Option<u64>,
}

/// What will be sent again.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Replayed {
    /// How many events.
    pub events: usize,
}

/// Has dead letters, or known events from a number on, sent again under their own numbers.
///
/// # Errors
/// Refusals; conflict where the subscription is not active.
pub async fn replay(
    platform: &Platform,
    call: &Call,
    store: StoreId,
    id: &LogicalId,
    asked: Replay,
) -> Result<Replayed, Problem> {
    let what = json!({ "subscription": id.as_str(), "fromEvent": asked.from_event });
    let act = Act::new(Action::SubscriptionReplay, "ReplaySubscription").on(store).with(what);
    authorise_do_account(platform, call, act, async |granted| {
        let store = granted.tenant().store(store).await.map_err(|e| e.explain())?;
        let kept = read::one(&store.snapshot(), id)?;
        if kept.status() != Status::Active {
            let words = format!(
                "The subscription is {}. Update it with the status `requested` first.",
                kept.status().as_str()
            );
            return Err(Problem::new(Kind::Conflict, "subscription-not-active", words));
        }
        let live = platform.follower.live(store.id(), id).ok_or_else(|| {
            let words = "The subscription is just being taken up. Try again shortly.";
            Problem::new(Kind::Unavailable(Duration::from_secs(1)), "subscription-starting", words)
        })?;
        granted.announce().await?;
        let events = live.replay(asked.from_event);
        live.state().write(&store, id).await.map_err(|e| e.explain())?;
        Ok(Replayed { events })
    })
    .await
}
