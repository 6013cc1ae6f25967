//! Serves one subscription: hands over what the log has for it, in order, and sleeps.

mod delivery;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tarn_actors::StoreHandle;
use tarn_domain::LogicalId;
use tarn_search::ParseOptions;
use tarn_store::{Loc, Row, Snapshot, Version};

use crate::admit::MOST;
use crate::audit;
use crate::channel::Channel;
use crate::error::SubscriptionError;
use crate::follow::Ground;
use crate::live::Live;
use crate::notification::Kind;
use crate::resource::{Reading, Subscription};
use crate::scan::{Event, Scanned, scan};
use crate::secrets::{Owner, Place};
use crate::state::State;
use crate::status::{self, NewStatus, Status, is_over};
use crate::topic;
use delivery::Delivery;

/// Blocks of the log that are read again after a restart at most, where nothing in them matched.
const UNWRITTEN: u64 = 4_096;
/// So long a task sleeps at most; a store that owes signs of life is looked after this often.
const LONGEST: Duration = Duration::from_secs(120);
/// The pause after the store failed.
const STUMBLE: Duration = Duration::from_secs(1);

/// The task of one subscription.
pub(crate) struct Worker {
    pub(crate) ground: Arc<Ground>,
    pub(crate) store: StoreHandle,
    pub(crate) id: LogicalId,
    /// The subscription's current version.
    pub(crate) row: Row,
    /// Its place among the store's subscriptions, oldest first.
    pub(crate) place: usize,
    pub(crate) live: Arc<Live>,
}

/// A subscription that is ready to be served.
pub(super) struct Ready {
    pub(super) subscription: Subscription,
    pub(super) owner: Owner,
}

/// Why a task ends in good order.
pub(super) enum End {
    /// The store was given up, or the subscription was changed: somebody else goes on.
    Elsewhere,
    /// The subscription's status says so.
    Status(Status, Option<String>),
}

pub(super) type Numbered = Vec<(u64, Event)>;

impl Worker {
    /// Works until the store is given up or the subscription ends.
    pub(crate) async fn run(mut self) {
        loop {
            let done = self.serve().await;
            let end = match done {
                Ok(End::Elsewhere) => return,
                Ok(End::Status(status, error)) => self.write_status(status, error.as_deref()).await,
                Err(error) => Err(error),
            };
            match end {
                Ok(()) => return,
                Err(error) => {
                    if self.store.commits().has_changed().is_err() {
                        return;
                    }
                    let store = self.store.id();
                    tracing::warn!(store.id = %store, subscription = %self.id, %error, "a subscription stumbled");
                    tokio::time::sleep(STUMBLE).await;
                }
            }
        }
    }

    async fn serve(&mut self) -> Result<End, SubscriptionError> {
        let ready = match self.prepare().await? {
            Ok(ready) => ready,
            Err(why) => return Ok(End::Status(Status::Error, Some(why))),
        };
        if is_over(ready.subscription.end, self.ground.clock.now()) {
            return Ok(End::Status(Status::Off, None));
        }
        if ready.subscription.status == Status::Requested {
            if let Some(end) = self.activate(&ready).await? {
                return Ok(end);
            }
        }
        self.follow(&ready).await
    }

    /// Reads the subscription; in words why it cannot be served.
    async fn prepare(&self) -> Result<Result<Ready, String>, SubscriptionError> {
        let (snapshot, row) = (self.store.glance(), self.row);
        let options = self.options();
        let offers = self.ground.settings.offers;
        let read = off_thread("reading a subscription", move || {
            let topics = topic::all(&snapshot, &options)?;
            let body = body(&snapshot.read(row.loc)?)?;
            let reading = Reading { options: &options, topics: &topics, offers };
            Ok((Subscription::read(&body, &reading), body))
        });
        let (read, body) = read.await?;
        if self.place >= MOST {
            return Ok(Err(format!("A data store may have {MOST} subscriptions at most.")));
        }
        let subscription = match read {
            Ok(subscription) => subscription,
            Err(issues) => {
                let words: Vec<_> = issues.into_iter().map(|issue| issue.diagnostics).collect();
                return Ok(Err(words.join(" ")));
            }
        };
        let origin = subscription.channel.origin();
        let (organization, store) = (self.store.organization(), self.store.id());
        let place = Place { organization, store, origin: &origin };
        Ok(match self.ground.secrets.open(&body, &place) {
            Some(owner) => Ok(Ready { subscription, owner }),
            None => {
                Err("The subscription was not written through this store's API: send it again."
                    .into())
            }
        })
    }

    /// Sets the first place in the log, tries the endpoint, and says that it is active.
    async fn activate(&self, ready: &Ready) -> Result<Option<End>, SubscriptionError> {
        let (snapshot, row) = (self.store.glance(), self.row);
        let rested = off_thread("reading a history", move || rested(&snapshot, row)).await?;
        let fresh = self.live.change(|state| {
            let fresh = state.cursor.is_none() || rested;
            if fresh {
                state.cursor = Some(self.row.loc.to_bits());
            }
            state.failures = 0;
            fresh
        });
        if fresh {
            self.keep().await?;
        }
        let subscription = &ready.subscription;
        let is_tried = matches!(subscription.channel, Channel::RestHook(_));
        if subscription.topic.is_some() && is_tried {
            match self.deliver(ready, Kind::Handshake, &Vec::new()).await? {
                Delivery::Accepted => {}
                Delivery::GivenUp => return Ok(Some(self.gave_up("handshake"))),
                Delivery::Refused(why) => return Ok(Some(End::Status(Status::Error, Some(why)))),
            }
        }
        let version = Some(self.row.version);
        let new = NewStatus { id: &self.id, status: Status::Active, error: None, version };
        let entry = self.status_entry(Status::Active).await?;
        let written = status::write(&self.store, new, entry).await?;
        // Somebody changed it meanwhile: the change has a task of its own.
        Ok((!written).then_some(End::Elsewhere))
    }

    /// Hands over what comes, until the end.
    async fn follow(&self, ready: &Ready) -> Result<End, SubscriptionError> {
        let subscription = &ready.subscription;
        let mut commits = self.store.commits();
        let Some(mut written) = self.live.look(State::place) else {
            // Active, but nothing is known of it: it begins now.
            self.live.change(|state| state.cursor = Some(self.row.loc.to_bits()));
            self.keep().await?;
            return Ok(End::Status(Status::Requested, None));
        };
        let mut place = written;
        let mut told = Instant::now();
        loop {
            if is_over(subscription.end, self.ground.clock.now()) {
                return Ok(End::Status(Status::Off, None));
            }
            if matches!(subscription.channel, Channel::WebSocket) {
                self.ground.ways.sockets.listened(self.store.id(), &self.id).await;
            }
            let again = self.again(subscription.most);
            if !again.is_empty() {
                if let Some(end) = self.send_again(ready, &again).await? {
                    return Ok(end);
                }
                continue;
            }
            commits.borrow_and_update();
            let Scanned { events, place: seen, at_end } = self.scan(subscription, place).await?;
            if events.is_empty() {
                place = seen;
                if place.to_bits() - written.to_bits() > UNWRITTEN << 16 {
                    self.live.change(|state| state.cursor = Some(place.to_bits()));
                    self.keep().await?;
                    written = place;
                }
                if at_end && !self.sleep(ready, &mut commits, &mut told).await? {
                    return Ok(End::Elsewhere);
                }
                continue;
            }
            let first = self.live.look(|state| state.events) + 1;
            let numbered: Numbered = (first..).zip(events).collect();
            let end = self.hand_over(ready, &numbered, seen).await?;
            (place, written, told) = (seen, seen, Instant::now());
            if let Some(end) = end {
                return Ok(end);
            }
        }
    }

    async fn scan(
        &self,
        subscription: &Subscription,
        after: Loc,
    ) -> Result<Scanned, SubscriptionError> {
        let snapshot = self.store.glance();
        let (rules, most) = (subscription.rules.clone(), subscription.most);
        off_thread("matching changes", move || scan(&snapshot, after, &rules, most)).await
    }

    /// Sleeps until there may be something to do. False when the store was given up.
    async fn sleep(
        &self,
        ready: &Ready,
        commits: &mut tokio::sync::watch::Receiver<u64>,
        told: &mut Instant,
    ) -> Result<bool, SubscriptionError> {
        let now = self.ground.clock.now();
        let end = ready.subscription.end.map_or(LONGEST, |end| end.since(now).min(LONGEST));
        let beat = ready.subscription.heartbeat.map(|period| period.saturating_sub(told.elapsed()));
        if let Some(Duration::ZERO) = beat {
            // Whether it got through is told by the next event; it has nothing to lose.
            let _ = self.send(ready, Kind::Heartbeat, &Vec::new()).await?;
            *told = Instant::now();
            return Ok(true);
        }
        if beat.is_some() {
            // A store that owes signs of life is kept open.
            let _ = self.store.snapshot();
        }
        tokio::select! {
            changed = commits.changed() => return Ok(changed.is_ok()),
            () = self.live.wake.notified() => {}
            () = tokio::time::sleep(end.min(beat.unwrap_or(LONGEST))) => {}
        }
        Ok(true)
    }

    pub(super) fn gave_up(&self, what: &str) -> End {
        let last = self.live.look(|state| state.last_error.clone()).unwrap_or_default();
        let tries = self.ground.settings.attempts;
        End::Status(
            Status::Error,
            Some(format!("The {what} was given up after {tries} tries: {last}.")),
        )
    }

    pub(super) async fn keep(&self) -> Result<(), SubscriptionError> {
        self.live.state().write(&self.store, &self.id).await
    }

    async fn write_status(
        &self,
        status: Status,
        error: Option<&str>,
    ) -> Result<(), SubscriptionError> {
        let entry = self.status_entry(status).await?;
        let new = NewStatus { id: &self.id, status, error, version: None };
        status::write(&self.store, new, entry).await?;
        let (store, id) = (self.store.id(), &self.id);
        tracing::info!(store.id = %store, subscription = %id, status = status.as_str(), "a subscription changed");
        Ok(())
    }

    async fn status_entry(&self, status: Status) -> Result<Vec<u8>, SubscriptionError> {
        let tenant = self.ground.tenant(self.store.organization()).await?;
        let about = (self.store.id(), &self.id);
        let what = json!({ "status": status.as_str() });
        let (settings, clock) = (&self.ground.settings, &*self.ground.clock);
        let event = audit::event(settings, clock, &tenant, "UpdateSubscriptionStatus", about, what);
        audit::entry(&event)
    }

    fn options(&self) -> ParseOptions {
        let base_url = Some(self.ground.settings.base(self.store.id()));
        ParseOptions { base_url, now: self.ground.clock.now(), ..ParseOptions::default() }
    }
}

/// Whether a subscription was switched off before it was asked for again: what happened meanwhile
/// is not owed.
fn rested(snapshot: &Snapshot, row: Row) -> Result<bool, SubscriptionError> {
    for version in snapshot.history(row).skip(1).take(16) {
        let version = version?;
        if version.deleted {
            return Ok(true);
        }
        match body(&version)?["status"].as_str() {
            Some("requested") => {}
            other => return Ok(other == Some("off")),
        }
    }
    Ok(false)
}

pub(crate) fn body(version: &Version) -> Result<Value, SubscriptionError> {
    serde_json::from_slice(&version.body).map_err(|_| SubscriptionError::Body)
}

/// Runs work on the blocking pool.
pub(crate) async fn off_thread<T: Send + 'static>(
    at: &'static str,
    work: impl FnOnce() -> Result<T, SubscriptionError> + Send + 'static,
) -> Result<T, SubscriptionError> {
    let done = tokio::task::spawn_blocking(work);
    done.await.unwrap_or(Err(SubscriptionError::Broken(at)))
}
