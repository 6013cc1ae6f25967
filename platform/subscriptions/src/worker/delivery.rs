//! Brings events to the channel: as often as it takes, on record, with the owner's leave.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tarn_domain::Ids as _;
use tarn_store::{Loc, Snapshot};

use super::{End, Numbered, Ready, Worker, off_thread};
use crate::audit;
use crate::channel::Channel;
use crate::deliver::Outgoing;
use crate::error::SubscriptionError;
use crate::notification::{Frame, Kind, Notice, write_bundle};
use crate::resource::{Content, Subscription};
use crate::scan::Event;
use crate::state::Kept;
use crate::status::Status;

/// How a delivery ended.
pub(super) enum Delivery {
    Accepted,
    /// As many tries failed as are made.
    GivenUp,
    /// It must not be sent.
    Refused(String),
}

impl Worker {
    pub(super) async fn hand_over(
        &self,
        ready: &Ready,
        events: &Numbered,
        place: Loc,
    ) -> Result<Option<End>, SubscriptionError> {
        let delivered = self.deliver(ready, Kind::EventNotification, events).await?;
        let now = self.ground.clock.now();
        match delivered {
            Delivery::Accepted => {
                self.live.change(|state| state.accepted(events, place, now));
                self.keep().await?;
                count_events(&ready.subscription, events.len());
                Ok(None)
            }
            Delivery::GivenUp => {
                self.live.change(|state| state.buried(events, place, now));
                self.keep().await?;
                Ok(Some(self.gave_up("notification")))
            }
            Delivery::Refused(why) => Ok(Some(End::Status(Status::Error, Some(why)))),
        }
    }

    pub(super) async fn send_again(
        &self,
        ready: &Ready,
        events: &Numbered,
    ) -> Result<Option<End>, SubscriptionError> {
        let delivered = self.deliver(ready, Kind::EventNotification, events).await?;
        let numbers: Vec<u64> = events.iter().map(|(number, _)| *number).collect();
        let now = self.ground.clock.now();
        match delivered {
            Delivery::Accepted => {
                self.live.change(|state| state.resent(&numbers, now));
                self.keep().await?;
                Ok(None)
            }
            Delivery::GivenUp => {
                self.live.change(|state| state.again.clear());
                self.keep().await?;
                Ok(Some(self.gave_up("replay")))
            }
            Delivery::Refused(why) => Ok(Some(End::Status(Status::Error, Some(why)))),
        }
    }

    /// Events to be sent again; numbers that nothing is known of are dropped.
    pub(super) fn again(&self, most: usize) -> Numbered {
        self.live.change(|state| {
            let known: Vec<_> =
                state.again.iter().filter_map(|number| state.event(*number)).collect();
            state.again = known.iter().map(|kept| kept.number).collect();
            let event = |kept: &Kept| {
                let event = Event { loc: Loc::from_bits(kept.loc), trigger: kept.trigger };
                (kept.number, event)
            };
            known.iter().take(most).map(event).collect()
        })
    }

    /// Tries to deliver until it is accepted, or as often as tries are made.
    pub(super) async fn deliver(
        &self,
        ready: &Ready,
        kind: Kind,
        events: &Numbered,
    ) -> Result<Delivery, SubscriptionError> {
        loop {
            let why = match self.send(ready, kind, events).await? {
                Delivery::Accepted => return Ok(Delivery::Accepted),
                Delivery::Refused(why) => return Ok(Delivery::Refused(why)),
                Delivery::GivenUp => self.live.look(|state| state.failures),
            };
            if why >= self.ground.settings.attempts {
                return Ok(Delivery::GivenUp);
            }
            tokio::time::sleep(self.pause(why)).await;
            if matches!(ready.subscription.channel, Channel::WebSocket) {
                self.ground.ways.sockets.listened(self.store.id(), &self.id).await;
            }
        }
    }

    /// One try. `GivenUp` means that this one failed.
    pub(super) async fn send(
        &self,
        ready: &Ready,
        kind: Kind,
        events: &Numbered,
    ) -> Result<Delivery, SubscriptionError> {
        let (organization, store) = (self.store.organization(), self.store.id());
        let principal = &ready.owner.principal;
        if let Err(why) = self.ground.rights.may_read(organization, store, principal).await? {
            return Ok(Delivery::Refused(why));
        }
        // A store that has something to tell is kept open.
        let snapshot = self.store.snapshot();
        let (notices, body) = self.compose(ready, kind, events, snapshot).await?;
        self.record(&ready.subscription, kind, events).await?;
        let out = Outgoing {
            organization,
            store,
            subscription: &self.id,
            kind,
            content: ready.subscription.content,
            notices: &notices,
            body,
            headers: &ready.owner.headers,
            timeout: ready.subscription.timeout,
            now: self.ground.clock.now(),
        };
        let channel = &ready.subscription.channel;
        let sent = self.ground.ways.send(channel, out).await;
        let outcome = if sent.is_ok() { "accepted" } else { "failed" };
        metrics::counter!("tarn_subscription_notifications_total",
            "channel" => channel.as_str(), "kind" => kind.as_str(), "outcome" => outcome)
        .increment(1);
        let Err(why) = sent else { return Ok(Delivery::Accepted) };
        tracing::info!(store.id = %store, subscription = %self.id, why, "a notification was not accepted");
        self.live.change(|state| {
            state.failures = state.failures.saturating_add(1);
            state.last_error = Some(why);
        });
        Ok(Delivery::GivenUp)
    }

    /// What is sent: the events, and what is written of them; nothing for a bare ping.
    async fn compose(
        &self,
        ready: &Ready,
        kind: Kind,
        events: &Numbered,
        snapshot: Arc<Snapshot>,
    ) -> Result<(Vec<Notice>, Option<Vec<u8>>), SubscriptionError> {
        let subscription = &ready.subscription;
        let events = events.clone();
        let notices = off_thread("reading what changed", move || {
            let read = |(number, event): (u64, Event)| Notice::read(&snapshot, number, event);
            let read: Result<Vec<_>, _> = events.into_iter().map(read).collect();
            Ok(read?.into_iter().flatten().collect::<Vec<Notice>>())
        });
        let mut notices = notices.await?;
        if subscription.topic.is_none() {
            // One event at a time, where resources are sent.
            let whole = subscription.content == Content::FullResource;
            let body = notices.first_mut().filter(|_| whole).and_then(|it| it.resource.take());
            return Ok((notices, body));
        }
        let base = self.ground.settings.base(self.store.id());
        let last = notices.last().map_or(0, |notice| notice.number);
        let frame = Frame {
            base: &base,
            subscription: &self.id,
            status: if kind == Kind::Handshake { Status::Requested } else { Status::Active },
            topic: subscription.topic.as_deref(),
            events: last.max(self.live.look(|state| state.events)),
            error: None,
        };
        let now = self.ground.clock.now();
        let body = write_bundle(&frame, kind, &notices, subscription.content, now);
        Ok((notices, Some(body)))
    }

    /// What leaves is on record before it does.
    async fn record(
        &self,
        subscription: &Subscription,
        kind: Kind,
        events: &Numbered,
    ) -> Result<(), SubscriptionError> {
        let numbers = events.first().zip(events.last()).map(|(a, b)| json!([a.0, b.0]));
        let parameters = json!({
            "channel": subscription.channel.as_str(),
            "notification": kind.as_str(),
            "events": numbers,
        });
        let tenant = self.ground.tenant(self.store.organization()).await?;
        let about = (self.store.id(), &self.id);
        let (settings, clock) = (&self.ground.settings, &*self.ground.clock);
        let mut event =
            audit::event(settings, clock, &tenant, "SendNotification", about, parameters);
        event.read_only = true;
        Ok(tenant.audit().record(event).await?)
    }

    fn pause(&self, failures: u32) -> Duration {
        let settings = &self.ground.settings;
        let doubled = settings.first_pause.saturating_mul(1 << (failures.max(1) - 1).min(20));
        let whole = doubled.min(settings.longest_pause);
        // Half of it is left to chance, so that endpoints that come back are not all called at once.
        let half = whole / 2;
        let chance = (tarn_domain::FreshIds.fresh() % 1_000) as u32;
        half + half * chance / 1_000
    }
}

fn count_events(subscription: &Subscription, count: usize) {
    let channel = subscription.channel.as_str();
    metrics::counter!("tarn_subscription_events_total", "channel" => channel)
        .increment(count as u64);
}
