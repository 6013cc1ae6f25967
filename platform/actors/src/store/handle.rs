//! What callers hold of an open store.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use actix::Addr;
use tarn_access::Permit;
use tarn_domain::{Clock, JobId, OrganizationId, StoreId};
use tarn_store::{
    CommitError, Erased, Erasure, LoadBlock, LoadReceipt, Loader, Published, Receipt, Snapshot,
    StoreError, WriteSet,
};
use tokio::sync::{oneshot, watch};

use super::actor::{Close, Commit, Erase, Load, Mark, StoreActor};
use super::pins::Pins;
use super::turn::{CheckpointReply, Wish};
use crate::error::ActorError;

/// An open data store.
#[derive(Clone)]
pub struct StoreHandle {
    pub(crate) organization: OrganizationId,
    pub(crate) id: StoreId,
    pub(crate) addr: Addr<StoreActor>,
    pub(crate) published: Published,
    pub(crate) loader: Loader,
    pub(crate) pins: Arc<Pins>,
    pub(crate) committed: watch::Receiver<u64>,
    pub(crate) touched: Arc<AtomicI64>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Set when its owner gave it up in good order.
    pub(crate) given_up: Arc<AtomicBool>,
}

impl std::fmt::Debug for StoreHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoreHandle({:?})", self.id)
    }
}

const STORE: &str = "the data store";

impl StoreHandle {
    /// Whose store it is.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// Which store it is.
    pub fn id(&self) -> StoreId {
        self.id
    }

    /// The newest moment. Take it once and use it for the whole request.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.touch();
        self.published.load_full()
    }

    /// The newest moment, for a follower: looking does not keep the store open.
    pub fn glance(&self) -> Arc<Snapshot> {
        self.published.load_full()
    }

    /// Tells of every commit by its number, the newest only; ends when the store is given up.
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.committed.clone()
    }

    /// Keeps a moment for somebody who pages through it.
    pub fn pin(&self, snapshot: &Arc<Snapshot>) {
        self.pins.pin(snapshot, self.clock.now());
    }

    /// A moment that was kept, while it is.
    pub fn pinned(&self, t: u64) -> Option<Arc<Snapshot>> {
        self.touch();
        let newest = self.published.load_full();
        if newest.t() == t { Some(newest) } else { self.pins.pinned(t, self.clock.now()) }
    }

    /// Writes a set: durable and published when this returns.
    ///
    /// # Errors
    /// See [`CommitError`].
    pub async fn commit(&self, permit: &Permit, set: WriteSet) -> Result<Receipt, CommitError> {
        if !permit.covers(self.organization, self.id) {
            return Err(StoreError::Stopped("the permit is for another store").into());
        }
        self.touch();
        let (reply, answer) = oneshot::channel();
        self.addr.try_send(Commit(set, reply)).map_err(|error| match error {
            actix::prelude::SendError::Full(_) => CommitError::Busy,
            actix::prelude::SendError::Closed(_) => StoreError::Owned.into(),
        })?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Unknown.into()))
    }

    /// Writes a block of an import: durable and published when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn load(&self, permit: &Permit, block: LoadBlock) -> Result<LoadReceipt, StoreError> {
        if !permit.covers(self.organization, self.id) {
            return Err(StoreError::Stopped("the permit is for another store"));
        }
        self.touch();
        let (reply, answer) = oneshot::channel();
        self.addr.try_send(Load(block, reply)).map_err(|_| StoreError::Owned)?;
        answer.await.unwrap_or(Err(StoreError::Unknown))
    }

    /// Erases resources: they are gone for good when this returns.
    ///
    /// # Errors
    /// When it cannot be written, or too many ask at once.
    pub async fn erase(&self, permit: &Permit, erasure: Erasure) -> Result<Erased, StoreError> {
        if !permit.covers(self.organization, self.id) {
            return Err(StoreError::Stopped("the permit is for another store"));
        }
        self.touch();
        let (reply, answer) = oneshot::channel();
        self.addr.try_send(Erase(erasure, reply)).map_err(|_| StoreError::Owned)?;
        let erased = answer.await.unwrap_or(Err(StoreError::Unknown))?;
        // Pages of earlier moments would show, or miss, what is gone.
        self.pins.clear();
        Ok(erased)
    }

    /// Makes load blocks for this store.
    pub fn loader(&self) -> Loader {
        self.loader.clone()
    }

    /// What a job wrote down last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn checkpoint(&self, job: JobId) -> Result<Option<Vec<u8>>, ActorError> {
        self.mark(job, Wish::Read).await
    }

    /// Writes down how far a follower has come: durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep_checkpoint(&self, of: JobId, state: Vec<u8>) -> Result<(), ActorError> {
        self.mark(of, Wish::Keep(state)).await.map(drop)
    }

    /// Forgets a job's mark: it has ended.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn forget_checkpoint(&self, job: JobId) -> Result<(), ActorError> {
        self.mark(job, Wish::Forget).await.map(drop)
    }

    async fn mark(&self, job: JobId, wish: Wish) -> Result<Option<Vec<u8>>, ActorError> {
        self.touch();
        let (reply, answer): (CheckpointReply, _) = oneshot::channel();
        self.addr.try_send(Mark(job, wish, reply)).map_err(|_| ActorError::Busy(STORE))?;
        Ok(answer.await.map_err(|_| ActorError::Lost(STORE))??)
    }

    /// Bytes that it takes on disk.
    pub fn size_bytes(&self) -> u64 {
        self.published.load().size_bytes()
    }

    /// Whether its owner is gone, so that it must be opened anew.
    pub(crate) fn is_closed(&self) -> bool {
        !self.addr.connected()
    }

    /// Whether its owner gave it up in good order, and did not die.
    pub fn was_given_up(&self) -> bool {
        self.given_up.load(Ordering::Acquire)
    }

    /// Gives it up: returns when it is closed.
    pub(crate) async fn close(&self) {
        let (reply, answer) = oneshot::channel();
        if self.addr.try_send(Close(reply)).is_ok() {
            let _ = answer.await;
        }
    }

    fn touch(&self) {
        self.touched.store(self.clock.now().micros(), Ordering::Relaxed);
    }
}
