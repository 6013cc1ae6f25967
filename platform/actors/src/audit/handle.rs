//! What callers hold of an audit trail.

use actix::Addr;
use tarn_access::Permit;
use tarn_audit::{Cursor, Entry, Event, Filter, Found, Reader, Verdict};
use tarn_domain::StoreId;
use tokio::sync::oneshot;

use super::actor::{AuditActor, Drain, Record, TrailPlace};
use crate::error::ActorError;

/// An organisation's audit trail.
#[derive(Clone)]
pub struct AuditHandle {
    addr: Addr<AuditActor>,
    place: TrailPlace,
}

impl std::fmt::Debug for AuditHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditHandle({:?})", self.place.organization)
    }
}

const TRAIL: &str = "the audit trail";

impl AuditHandle {
    pub(crate) fn new(addr: Addr<AuditActor>, place: TrailPlace) -> Self {
        Self { addr, place }
    }

    /// Records an event. It is durable when this returns.
    ///
    /// # Errors
    /// When the trail is overrun or cannot be written: then the call must not be answered.
    pub async fn record(&self, event: Event) -> Result<(), ActorError> {
        let entry = Entry::of(&event)?;
        let (reply, answer) = oneshot::channel();
        self.addr.try_send(Record { entry, reply }).map_err(|_| ActorError::Busy(TRAIL))?;
        answer.await.map_err(|_| ActorError::Lost(TRAIL))?
    }

    /// Takes what a store's outbox holds up to `n` into the chain, exactly once.
    ///
    /// # Errors
    /// When the trail is overrun or cannot be written: it is tried again later.
    pub(crate) async fn drain(
        &self,
        store: StoreId,
        n: u64,
        entries: Vec<Entry>,
    ) -> Result<(), ActorError> {
        let (reply, answer) = oneshot::channel();
        let drain = Drain { store, n, entries, reply };
        self.addr.try_send(drain).map_err(|_| ActorError::Busy(TRAIL))?;
        answer.await.map_err(|_| ActorError::Lost(TRAIL))?
    }

    /// Finds at most `limit` entries, newest first.
    ///
    /// # Errors
    /// When the trail cannot be read.
    pub async fn search(
        &self,
        permit: &Permit,
        filter: Filter,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Found, ActorError> {
        self.read(permit, move |reader| reader.search(&filter, cursor, limit)).await
    }

    /// Recomputes the whole chain.
    ///
    /// # Errors
    /// When the trail cannot be read. What was found is in the verdict.
    pub async fn verify(&self, permit: &Permit) -> Result<Verdict, ActorError> {
        self.read(permit, |reader| reader.verify()).await
    }

    async fn read<T: Send + 'static>(
        &self,
        permit: &Permit,
        f: impl FnOnce(&mut Reader) -> Result<T, tarn_audit::AuditError> + Send + 'static,
    ) -> Result<T, ActorError> {
        if permit.organization() != self.place.organization {
            return Err(ActorError::WrongPermit);
        }
        let place = self.place.clone();
        let work = tokio::task::spawn_blocking(move || {
            let mut reader = Reader::open(&place.folder, place.organization, &*place.masters)?;
            f(&mut reader)
        });
        Ok(work.await.map_err(|_| ActorError::Lost(TRAIL))??)
    }
}
