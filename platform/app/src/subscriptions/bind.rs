//! Listening to subscriptions by WebSocket: tokens to bind with, and binding.

use std::time::Duration;

use serde_json::{Value, json};
use tarn_access::Action;
use tarn_domain::{Explain as _, Kind, LogicalId, Problem, RequestId, StoreId};
use tarn_subscriptions::{NotificationKind, Push, Sockets, State, Status, Ticket, write_bundle};
use tokio::sync::mpsc;

use super::read;
use crate::clinical::Asking;
use crate::{Act, Call, Platform};

/// How long a token can be used to bind.
const GOOD_FOR: Duration = Duration::from_secs(300);
/// Subscriptions of one token.
const MOST: usize = 50;

/// A subscription that a socket is bound to, until it is dropped.
#[derive(Debug)]
pub struct Bound {
    /// What is said first: a handshake, or `bound {id}`.
    pub first: String,
    store: StoreId,
    subscription: LogicalId,
    number: u64,
    sockets: std::sync::Arc<Sockets>,
}

impl Drop for Bound {
    fn drop(&mut self) {
        self.sockets.unbind(self.store, &self.subscription, self.number);
    }
}

/// Gives out a token to bind with, as Parameters (`$get-ws-binding-token` of the Backport guide).
///
/// # Errors
/// Refusals; not found; unprocessable for subscriptions of other channels.
pub async fn binding_token(asking: Asking<'_>, ids: Vec<LogicalId>) -> Result<Vec<u8>, Problem> {
    let named: Vec<_> = ids.iter().map(LogicalId::as_str).collect();
    let act = Act::new(Action::FhirRead, "GetSubscriptionBindingToken")
        .with(json!({ "resourceIds": named }));
    asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let ids = if ids.is_empty() { by_socket(read::all(&snapshot)?) } else { ids };
            if ids.len() > MOST || ids.is_empty() {
                let words = format!("A token is for 1 to {MOST} subscriptions by websocket.");
                return Err(Problem::new(Kind::Unprocessable, "bad-binding", words));
            }
            for id in &ids {
                check(&read::one(&snapshot, id)?)?;
            }
            let platform = asking.platform;
            let until = platform.clock().now().plus(GOOD_FOR);
            let ticket = Ticket {
                organization: granted.permit().organization(),
                store: asking.store,
                principal: granted.permit().caller().principal.to_string(),
                subscriptions: ids.iter().map(LogicalId::to_string).collect(),
                until: until.micros(),
            };
            let mut parameters = vec![
                json!({ "name": "token", "valueString": platform.secrets.token(&ticket) }),
                json!({ "name": "expiration", "valueDateTime": until.to_string() }),
            ];
            let one =
                |id: &LogicalId| json!({ "name": "subscription", "valueString": id.as_str() });
            parameters.extend(ids.iter().map(one));
            let url = platform.socket_url(asking.store);
            parameters.push(json!({ "name": "websocket-url", "valueUrl": url }));
            let answer = json!({ "resourceType": "Parameters", "parameter": parameters });
            Ok(answer.to_string().into_bytes())
        })
        .await
}

/// Binds a socket to one subscription.
///
/// # Errors
/// Refusals; not found; unprocessable for subscriptions of other channels.
pub async fn bind(
    asking: Asking<'_>,
    id: &LogicalId,
    socket: mpsc::Sender<Push>,
) -> Result<Bound, Problem> {
    let act =
        Act::new(Action::FhirRead, "BindSubscription").with(json!({ "resourceId": id.as_str() }));
    asking
        .act(act, async |_, store| {
            let kept = read::one(&store.snapshot(), id)?;
            check(&kept)?;
            let state = read::state(asking.platform, &store, id).await?;
            let first = first_words(asking, &kept, &state);
            let sockets = asking.platform.follower.sockets().clone();
            let number = sockets.bind(asking.store, id.clone(), socket).ok_or_else(|| {
                let words = "Too many sockets are bound to this subscription.";
                Problem::new(Kind::Busy(Duration::from_secs(30)), "too-many-sockets", words)
            })?;
            Ok(Bound { first, store: asking.store, subscription: id.clone(), number, sockets })
        })
        .await
}

/// Binds a socket to the subscriptions of a token.
///
/// # Errors
/// Unauthenticated where the token is none, too old, or of somebody who may no more.
pub async fn bind_with_token(
    platform: &Platform,
    request: RequestId,
    store: StoreId,
    token: &str,
    socket: &mpsc::Sender<Push>,
) -> Result<Vec<Bound>, Problem> {
    let refused = || {
        let words = "The token is not good, or not any more: ask for a new one.";
        Problem::new(Kind::Unauthenticated, "bad-binding-token", words)
    };
    let ticket = platform.secrets.ticket(token, platform.clock().now());
    let ticket = ticket.filter(|ticket| ticket.store == store).ok_or_else(refused)?;
    let caller = platform.rights.caller(ticket.organization, &ticket.principal).await;
    let caller = caller.map_err(|e| e.explain())?.ok_or_else(refused)?;
    let call = Call { request, caller, source: None, agent: None, mark: None };
    let asking = Asking { platform, call: &call, store };
    let mut bound = Vec::with_capacity(ticket.subscriptions.len());
    for id in &ticket.subscriptions {
        let id = id.parse().map_err(|_| refused())?;
        bound.push(bind(asking, &id, socket.clone()).await?);
    }
    Ok(bound)
}

/// What a socket hears first.
fn first_words(asking: Asking<'_>, kept: &read::Kept, state: &State) -> String {
    if kept.topic().is_none() {
        return format!("bound {}", kept.id);
    }
    let base = asking.base();
    let frame = kept.frame(&base, state);
    let (kind, now) = (NotificationKind::Handshake, asking.platform.clock().now());
    let bundle = write_bundle(&frame, kind, &[], kept.content(), now);
    String::from_utf8(bundle).unwrap_or_default()
}

fn by_socket(all: Vec<read::Kept>) -> Vec<LogicalId> {
    all.into_iter().filter(|kept| check(kept).is_ok()).map(|kept| kept.id).collect()
}

/// Whether a subscription can be listened to.
fn check(kept: &read::Kept) -> Result<(), Problem> {
    let is_right = kept.body["channel"]["type"] == Value::from("websocket");
    if !is_right {
        let words = "The subscription's channel is not `websocket`.";
        return Err(Problem::new(Kind::Unprocessable, "not-a-websocket", words));
    }
    if matches!(kept.status(), Status::Error | Status::Off) {
        let words = format!("The subscription is {}.", kept.status().as_str());
        return Err(Problem::new(Kind::Conflict, "subscription-not-active", words));
    }
    Ok(())
}
