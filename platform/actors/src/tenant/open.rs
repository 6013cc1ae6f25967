//! What owners stand on, and opening stores on it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, OnceLock};

use actix::Actor;
use actix_rt::ArbiterHandle;
use tarn_domain::{Clock, OrganizationId, StoreId};
use tarn_keys::MasterKeys;
use tarn_registry::Registry;
use tarn_store::{Engine, Indexer, OpenOptions, Place, SegmentCache, StoreError};
use tokio::sync::{Notify, watch};

use crate::audit::AuditHandle;
use crate::error::ActorError;
use crate::settings::Settings;
use crate::store::{Pins, StoreActor, StoreHandle};

/// What all owners of the process share.
#[derive(Clone)]
pub(crate) struct Ground {
    pub settings: Settings,
    pub registry: Registry,
    pub masters: Arc<dyn MasterKeys>,
    pub clock: Arc<dyn Clock>,
    pub indexer: Arc<dyn Indexer>,
    pub cache: Arc<SegmentCache>,
    /// The thread that owners live on.
    pub arbiter: ArbiterHandle,
    /// Rung when a job may be waiting.
    pub bell: Arc<Notify>,
    /// Called with every store that is opened.
    pub follow: Arc<OnceLock<Follow>>,
}

/// What is to be done with every store that is opened. It must not take long.
pub(crate) type Follow = Box<dyn Fn(StoreHandle) + Send + Sync>;

impl Ground {
    pub(crate) fn store_path(&self, organization: OrganizationId, store: StoreId) -> PathBuf {
        self.settings.store_path(organization, store)
    }

    fn options(&self, organization: OrganizationId, store: StoreId) -> OpenOptions {
        OpenOptions {
            path: self.store_path(organization, store),
            place: Place { organization, store },
            masters: self.masters.clone(),
            indexer: self.indexer.clone(),
            clock: self.clock.clone(),
            cache: self.cache.clone(),
        }
    }

    /// Opens a store, or makes it, and starts its owner.
    pub(crate) async fn start_store(
        &self,
        organization: OrganizationId,
        id: StoreId,
        new: bool,
        audit: AuditHandle,
    ) -> Result<StoreHandle, ActorError> {
        let options = self.options(organization, id);
        let work = tokio::task::spawn_blocking(move || {
            if new { Engine::create(options) } else { Engine::open(options) }
        });
        let engine = work.await.map_err(|_| ActorError::Lost("the data store"))??;
        let (published, loader) = (engine.published(), engine.loader());
        let touched = Arc::new(AtomicI64::new(self.clock.now().micros()));
        let pins = Arc::new(Pins::default());
        let given_up = Arc::new(AtomicBool::new(false));
        let (tells, committed) = watch::channel(published.load().t());
        let actor = StoreActor {
            id,
            engine: Some(engine),
            audit,
            clock: self.clock.clone(),
            idle_after: self.settings.idle_after,
            touched: touched.clone(),
            pins: pins.clone(),
            committed: tells,
            given_up: given_up.clone(),
            state: Default::default(),
        };
        let addr = StoreActor::start_in_arbiter(&self.arbiter, |_| actor);
        let clock = self.clock.clone();
        let handle = StoreHandle {
            organization,
            id,
            addr,
            published,
            loader,
            pins,
            committed,
            touched,
            clock,
            given_up,
        };
        if let Some(follow) = self.follow.get() {
            follow(handle.clone());
        }
        Ok(handle)
    }
}

/// Removes a store's files. Its wrapped key goes with them, so that no copy of the rest can be
/// read any more.
pub(crate) fn remove_files(path: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        remove(Path::new(&file))?;
    }
    remove(&path.with_extension("lock"))
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::File { path: path.display().to_string(), source })
        }
        _ => Ok(()),
    }
}
