//! Who is awake: ids to handles. Owners are started when somebody asks for them, found dead and
//! started again, and let go when nobody needs them any more.

use std::collections::HashMap;
use std::sync::Arc;

use actix::Actor;
use actix_rt::Arbiter;
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tarn_domain::{Clock, OrganizationId};
use tarn_keys::MasterKeys;
use tarn_registry::{Organization, OrganizationStatus, Registry};
use tarn_store::{Indexer, SegmentCache};
use tokio::sync::Notify;

use crate::audit::{AuditActor, AuditHandle, TrailPlace};
use crate::baa::{AgreementView, BaaActor, BaaHandle};
use crate::error::ActorError;
use crate::jobs::{JobQueueActor, JobQueueHandle, Lane, Lease, Queue};
use crate::settings::Settings;
use crate::store::StoreHandle;
use crate::tenant::{Ground, TenantActor, TenantHandle, TenantView};

/// A place for an organisation's handle. Whoever comes while it is being started waits for it.
type Place = Arc<tokio::sync::Mutex<Option<TenantHandle>>>;

/// The owners of a process.
pub struct Directory {
    ground: Ground,
    awake: Mutex<HashMap<OrganizationId, Place>>,
    /// Handles that are known to be good, for callers in a hurry.
    known: ArcSwap<HashMap<OrganizationId, TenantHandle>>,
    arbiter: Arbiter,
}

impl std::fmt::Debug for Directory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Directory({} awake)", self.known.load().len())
    }
}

impl Directory {
    /// Starts with nobody awake. Must be called within an actix system, which gives owners their
    /// thread.
    pub fn start(
        settings: Settings,
        registry: Registry,
        masters: Arc<dyn MasterKeys>,
        indexer: Arc<dyn Indexer>,
        clock: Arc<dyn Clock>,
    ) -> Arc<Self> {
        let arbiter = Arbiter::new();
        let cache = SegmentCache::with_budget(settings.cache_bytes);
        let ground = Ground {
            settings,
            registry,
            masters,
            clock,
            indexer,
            cache,
            arbiter: arbiter.handle(),
            bell: Arc::new(Notify::new()),
            follow: Arc::default(),
        };
        Arc::new(Self { ground, awake: Mutex::default(), known: ArcSwap::default(), arbiter })
    }

    /// An organisation, woken where it sleeps.
    ///
    /// # Errors
    /// When there is none, or what is on record of it cannot be read.
    pub async fn tenant(&self, id: OrganizationId) -> Result<TenantHandle, ActorError> {
        if let Some(handle) = self.known.load().get(&id).filter(|handle| !handle.is_closed()) {
            return Ok(handle.clone());
        }
        let place = self.awake.lock().entry(id).or_default().clone();
        let mut handle = place.lock().await;
        if let Some(awake) = handle.as_ref().filter(|handle| !handle.is_closed()) {
            return Ok(awake.clone());
        }
        match self.wake(id).await {
            Ok(awake) => {
                *handle = Some(awake.clone());
                self.know(|known| drop(known.insert(id, awake.clone())));
                Ok(awake)
            }
            Err(error) => {
                // Nobody can fill the table by asking for what is not there.
                self.awake.lock().remove(&id);
                Err(error)
            }
        }
    }

    fn know(&self, change: impl Fn(&mut HashMap<OrganizationId, TenantHandle>)) {
        self.known.rcu(|known| {
            let mut known = HashMap::clone(known);
            change(&mut known);
            known
        });
    }

    async fn wake(&self, id: OrganizationId) -> Result<TenantHandle, ActorError> {
        let registry = &self.ground.registry;
        let found = registry.organization(id).await?;
        let active = found.filter(|found| found.status == OrganizationStatus::Active);
        let organization = active.ok_or(ActorError::NotFound("organisation"))?;
        let audit = self.start_audit(&organization).await?;
        let baa = self.start_baa(id).await?;
        let jobs = self.start_jobs(id).await?;
        let stores = registry.stores(id).await?;
        let view = Arc::new(ArcSwap::from_pointee(TenantView::new(&organization, stores)));
        let open = Arc::default();
        let actor = TenantActor {
            organization,
            ground: self.ground.clone(),
            audit: audit.clone(),
            view: view.clone(),
            open: Arc::clone(&open),
            deaths: HashMap::new(),
        };
        let addr = TenantActor::start_in_arbiter(&self.ground.arbiter, |_| actor);
        Ok(TenantHandle { organization: id, addr, view, open, audit, baa, jobs })
    }

    async fn start_audit(&self, organization: &Organization) -> Result<AuditHandle, ActorError> {
        let place = TrailPlace {
            folder: self.ground.settings.organization_dir(organization.id),
            organization: organization.id,
            masters: self.ground.masters.clone(),
        };
        let opening = place.clone();
        let work = tokio::task::spawn_blocking(move || opening.open());
        let trail = work.await.map_err(|_| ActorError::Lost("the audit trail"))??;
        let actor = AuditActor::new(place.clone(), trail);
        let addr = AuditActor::start_in_arbiter(&self.ground.arbiter, |_| actor);
        Ok(AuditHandle::new(addr, place))
    }

    async fn start_baa(&self, id: OrganizationId) -> Result<BaaHandle, ActorError> {
        let agreement = self.ground.registry.agreement(id).await?;
        let published = Arc::new(ArcSwap::from_pointee(AgreementView { agreement }));
        let actor = BaaActor::new(id, self.ground.registry.clone(), published.clone());
        let addr = BaaActor::start_in_arbiter(&self.ground.arbiter, |_| actor);
        Ok(BaaHandle::new(id, addr, published))
    }

    async fn start_jobs(&self, id: OrganizationId) -> Result<JobQueueHandle, ActorError> {
        let registry = self.ground.registry.clone();
        let published = Arc::default();
        let actor = JobQueueActor {
            organization: id,
            registry: registry.clone(),
            clock: self.ground.clock.clone(),
            queue: Queue::of(registry.open_jobs(id).await?),
            most: self.ground.settings.queued_jobs,
            most_requests: self.ground.settings.queued_requests,
            published: Arc::clone(&published),
            bell: self.ground.bell.clone(),
        };
        let addr = JobQueueActor::start_in_arbiter(&self.ground.arbiter, |_| actor);
        Ok(JobQueueHandle::new(id, addr, registry, published))
    }

    /// Wakes every organisation that has jobs that have not ended: for the start of the server.
    ///
    /// # Errors
    /// When the records cannot be read.
    pub async fn wake_queues(&self) -> Result<(), ActorError> {
        for id in self.ground.registry.organizations_with_open_jobs().await? {
            if let Err(error) = self.tenant(id).await {
                tracing::error!(organization.id = %id, %error, "a job queue cannot be woken");
            }
        }
        Ok(())
    }

    /// Has every store that is opened from now on handed to `follow`, on the owners' thread: it
    /// must only pass it on. Once for a directory; a second follower is not taken.
    pub fn follow(&self, follow: impl Fn(StoreHandle) + Send + Sync + 'static) {
        // Whoever was there first stays.
        let _ = self.ground.follow.set(Box::new(follow));
    }

    /// Rung when a job may be waiting.
    pub fn bell(&self) -> Arc<Notify> {
        self.ground.bell.clone()
    }

    /// The next job of any organisation that is awake, for a worker.
    ///
    /// # Errors
    /// When a queue cannot be written.
    pub async fn lease(&self, lane: Lane) -> Result<Option<(TenantHandle, Lease)>, ActorError> {
        let known = self.known.load_full();
        for handle in known.values() {
            if handle.jobs().open().is_empty() {
                continue;
            }
            if let Some(lease) = handle.jobs().lease(lane).await? {
                return Ok(Some((handle.clone(), lease)));
            }
        }
        Ok(None)
    }

    /// Lets organisations go of which no store is open and no job waits.
    pub fn let_idle_go(&self) {
        let idle: Vec<OrganizationId> = {
            let known = self.known.load();
            known.iter().filter(|(_, handle)| handle.is_idle()).map(|(id, _)| *id).collect()
        };
        for id in idle {
            // Whoever holds a handle still works with it; its owners end with the last handle.
            self.know(|known| drop(known.remove(&id)));
            self.awake.lock().remove(&id);
        }
    }

    /// How many organisations are awake.
    pub fn awake(&self) -> usize {
        self.known.load().len()
    }

    /// Closes every store in good order: for the end of the server.
    pub async fn close(&self) {
        let known = self.known.swap(Arc::default());
        for (id, handle) in known.iter() {
            if let Err(error) = handle.close().await {
                tracing::warn!(organization.id = %id, %error, "stores were not closed in good order");
            }
        }
        self.arbiter.stop();
    }
}
