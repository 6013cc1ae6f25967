//! Follows every open store: as long as it has subscriptions, each has a task.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tarn_actors::{ActorError, Directory, StoreHandle, TenantHandle};
use tarn_domain::{Clock, LogicalId, OrganizationId, StoreId};
use tarn_fhir::definitions::TypeId;
use tarn_mail::Mailer;
use tarn_registry::Registry;
use tarn_search::{Limits, ParseOptions, Query, Scope, matches, parse};
use tarn_store::{Rid, Row, Snapshot};
use tokio::task::JoinHandle;

use crate::deliver::{Egress, Sockets, Streams, Ways};
use crate::error::SubscriptionError;
use crate::live::Live;
use crate::resource::topic_of;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::state::{State, checkpoint_of};
use crate::status::{Status, subscription_type};
use crate::worker::{Worker, body, off_thread};

/// The pause before a store is opened anew that was lost with subscriptions running.
const REOPEN: Duration = Duration::from_secs(2);

/// Asks whether whoever wrote a subscription may still read what it tells.
#[async_trait::async_trait]
pub trait Rights: Send + Sync {
    /// `Ok(Err(…))` in words why not; an error where nobody can say now.
    async fn may_read(
        &self,
        organization: OrganizationId,
        store: StoreId,
        principal: &str,
    ) -> Result<Result<(), String>, SubscriptionError>;
}

/// What the tasks of all subscriptions share.
pub(crate) struct Ground {
    pub(crate) settings: Settings,
    pub(crate) directory: Arc<Directory>,
    pub(crate) registry: Registry,
    pub(crate) rights: Arc<dyn Rights>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) secrets: Secrets,
    pub(crate) ways: Ways,
}

impl Ground {
    pub(crate) async fn tenant(&self, id: OrganizationId) -> Result<TenantHandle, ActorError> {
        self.directory.tenant(id).await
    }
}

/// Follows the stores of a process.
pub struct Follower {
    ground: Arc<Ground>,
    live: Mutex<HashMap<(StoreId, LogicalId), Arc<Live>>>,
}

/// A subscription of a store, as it was seen last.
struct Seen {
    id: LogicalId,
    version: u32,
    is_topic: bool,
    task: Option<JoinHandle<()>>,
}

/// The subscriptions of one store. Their tasks end with it.
#[derive(Default)]
struct Seats {
    seen: HashMap<Rid, Seen>,
    topics: Vec<(Rid, u32)>,
    /// Whether the registry knows that the store has subscriptions.
    noted: Option<bool>,
}

impl Drop for Seats {
    fn drop(&mut self) {
        self.seen.values_mut().for_each(Seen::stop);
    }
}

impl Seen {
    fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Follower {
    /// A follower that does nothing yet.
    ///
    /// # Errors
    /// When no HTTP client can be made, or `redis_url` is none.
    pub fn new(
        settings: Settings,
        directory: Arc<Directory>,
        registry: Registry,
        rights: Arc<dyn Rights>,
        clock: Arc<dyn Clock>,
        secrets: Secrets,
        mailer: Arc<Mailer>,
    ) -> Result<Arc<Self>, String> {
        let private = settings.offers.private_endpoints;
        let egress = Egress::new(private).map_err(|e| e.to_string())?;
        let streams = settings.redis_url.as_ref().map(Streams::new).transpose()?;
        let ways = Ways { egress, sockets: Arc::default(), mailer, streams };
        let ground = Ground { settings, directory, registry, rights, clock, secrets, ways };
        Ok(Arc::new(Self { ground: Arc::new(ground), live: Mutex::default() }))
    }

    /// The sockets that are bound to subscriptions.
    pub fn sockets(&self) -> &Arc<Sockets> {
        &self.ground.ways.sockets
    }

    /// The state of a subscription that is being served here.
    pub fn live(&self, store: StoreId, subscription: &LogicalId) -> Option<Arc<Live>> {
        self.live.lock().get(&(store, subscription.clone())).cloned()
    }

    /// Follows every store that is opened from now on. Tasks run where this is called.
    pub fn follow(self: &Arc<Self>) {
        let (follower, runtime) = (Arc::downgrade(self), tokio::runtime::Handle::current());
        self.ground.directory.follow(move |store| {
            if let Some(follower) = follower.upgrade() {
                runtime.spawn(follower.attend(store));
            }
        });
    }

    /// Opens the stores that have subscriptions: what an earlier process did not get through goes
    /// out now.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn wake(&self) -> Result<(), SubscriptionError> {
        let stores = self.ground.registry.subscribed_stores().await.map_err(ActorError::from)?;
        for (organization, store) in stores {
            if let Err(error) = self.open(organization, store).await {
                tracing::error!(store.id = %store, %error, "a store with subscriptions cannot be opened");
            }
        }
        Ok(())
    }

    async fn open(&self, organization: OrganizationId, store: StoreId) -> Result<(), ActorError> {
        let opened = match self.ground.tenant(organization).await {
            Ok(tenant) => tenant.store(store).await.map(drop),
            Err(error) => Err(error),
        };
        match opened {
            Err(ActorError::NotFound("data store")) => {
                Ok(self.ground.registry.note_subscriptions(organization, store, false).await?)
            }
            other => other,
        }
    }

    /// Follows one store until it is given up.
    async fn attend(self: Arc<Self>, store: StoreHandle) {
        let mut commits = store.commits();
        let mut seats = Seats::default();
        loop {
            commits.borrow_and_update();
            if let Err(error) = self.look(&store, &mut seats).await {
                if commits.has_changed().is_err() {
                    break;
                }
                tracing::warn!(store.id = %store.id(), %error, "a store's subscriptions cannot be looked at");
                tokio::time::sleep(REOPEN).await;
                continue;
            }
            if commits.changed().await.is_err() {
                break;
            }
        }
        let ids: Vec<LogicalId> = seats.seen.values().map(|seen| seen.id.clone()).collect();
        drop(seats);
        let key = |id: LogicalId| (store.id(), id);
        ids.iter().for_each(|id| drop(self.live.lock().remove(&key(id.clone()))));
        if !ids.is_empty() && !store.was_given_up() {
            // Its owner died: subscriptions go on with the next one.
            tokio::time::sleep(REOPEN).await;
            if let Err(error) = self.open(store.organization(), store.id()).await {
                tracing::warn!(store.id = %store.id(), %error, "a store with subscriptions stays shut");
            }
        }
    }

    /// Brings the tasks of a store in line with its subscriptions.
    async fn look(&self, store: &StoreHandle, seats: &mut Seats) -> Result<(), SubscriptionError> {
        let snapshot = store.glance();
        let type_ = subscription_type();
        if snapshot.count(type_) == 0 && seats.seen.is_empty() && seats.noted == Some(false) {
            return Ok(());
        }
        let rows = rows(&snapshot, type_)?;
        self.note(store, seats, !rows.is_empty()).await?;
        let gone: Vec<Rid> = seats
            .seen
            .keys()
            .filter(|rid| !rows.iter().any(|row| row.rid == **rid))
            .copied()
            .collect();
        for rid in gone {
            let Some(mut seen) = seats.seen.remove(&rid) else { continue };
            seen.stop();
            self.live.lock().remove(&(store.id(), seen.id.clone()));
            store.forget_checkpoint(checkpoint_of(&seen.id)).await?;
        }
        let topics = if rows.is_empty() { Vec::new() } else { topics(&snapshot)? };
        let topics_changed = std::mem::replace(&mut seats.topics, topics) != seats.topics;
        for (place, row) in rows.into_iter().enumerate() {
            self.seat(store, seats, &snapshot, place, row, topics_changed).await?;
        }
        Ok(())
    }

    /// Sees to one subscription.
    async fn seat(
        &self,
        store: &StoreHandle,
        seats: &mut Seats,
        snapshot: &Arc<Snapshot>,
        place: usize,
        row: Row,
        topics_changed: bool,
    ) -> Result<(), SubscriptionError> {
        let known = seats.seen.get(&row.rid);
        let is_new = known.is_none_or(|seen| seen.version != row.version);
        let follows = known.is_some_and(|seen| seen.is_topic && seen.task.is_some());
        if !is_new && !(topics_changed && follows) {
            return Ok(());
        }
        let read = Arc::clone(snapshot);
        let version = off_thread("reading a subscription", move || Ok(read.read(row.loc)?)).await?;
        let Some(id) = version.id().and_then(|id| id.parse::<LogicalId>().ok()) else {
            return Ok(());
        };
        let body = body(&version)?;
        let status = body["status"].as_str().and_then(Status::parse);
        let is_topic = topic_of(&body).is_some();
        let entry = seats.seen.entry(row.rid).or_insert_with(|| Seen {
            id: id.clone(),
            version: 0,
            is_topic,
            task: None,
        });
        entry.is_topic = is_topic;
        let runs = entry.task.as_ref().is_some_and(|task| !task.is_finished());
        match status {
            // Our own word that it is served: the task goes on.
            Some(Status::Active) if runs && !topics_changed => {
                entry.version = row.version;
                return Ok(());
            }
            Some(Status::Requested | Status::Active) => entry.stop(),
            _ => {
                entry.stop();
                entry.version = row.version;
                return Ok(());
            }
        }
        let live = self.live_of(store, &id).await?;
        let (ground, store) = (Arc::clone(&self.ground), store.clone());
        let worker = Worker { ground, store, id, row, place, live };
        entry.task = Some(tokio::spawn(worker.run()));
        entry.version = row.version;
        Ok(())
    }

    /// The state that tasks of a subscription share, one after the other.
    async fn live_of(
        &self,
        store: &StoreHandle,
        id: &LogicalId,
    ) -> Result<Arc<Live>, SubscriptionError> {
        if let Some(live) = self.live(store.id(), id) {
            return Ok(live);
        }
        let live = Arc::new(Live::new(State::read(store, id).await?));
        self.live.lock().insert((store.id(), id.clone()), Arc::clone(&live));
        Ok(live)
    }

    /// Tells the registry whether a store has to be opened when the server starts.
    async fn note(
        &self,
        store: &StoreHandle,
        seats: &mut Seats,
        has: bool,
    ) -> Result<(), SubscriptionError> {
        if seats.noted != Some(has) {
            let (registry, organization) = (&self.ground.registry, store.organization());
            registry
                .note_subscriptions(organization, store.id(), has)
                .await
                .map_err(ActorError::from)?;
            seats.noted = Some(has);
        }
        Ok(())
    }
}

/// The live resources of a type, oldest first.
fn rows(snapshot: &Snapshot, type_: TypeId) -> Result<Vec<Row>, SubscriptionError> {
    let mut rows = Vec::new();
    for part in snapshot.parts() {
        for rid in part.of_type(type_)? {
            rows.extend(snapshot.row(rid)?.filter(|row| !row.deleted));
        }
    }
    rows.sort_by_key(|row| row.rid);
    Ok(rows)
}

/// The topics of a store and their versions.
fn topics(snapshot: &Snapshot) -> Result<Vec<(Rid, u32)>, SubscriptionError> {
    let basic = TypeId::parse("Basic").expect("R4 has the type");
    let code = [("code".to_owned(), "SubscriptionTopic".to_owned())];
    let query: Query = parse(&Scope::Type(basic), &code, &ParseOptions::default())?;
    let found = matches(&query, snapshot, &Limits::default())?.merged();
    let mut topics = Vec::new();
    for rid in found {
        topics.extend(snapshot.row(rid)?.map(|row| (rid, row.version)));
    }
    Ok(topics)
}
