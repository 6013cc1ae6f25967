//! What callers hold of an organisation.

use std::sync::Arc;

use actix::Addr;
use arc_swap::ArcSwap;
use tarn_access::Permit;
use tarn_domain::{OrganizationId, StoreId};
use tokio::sync::oneshot;

use super::actor::{Ask, Open, TenantActor};
use super::view::{NewStore, StoreView, TenantView};
use crate::audit::AuditHandle;
use crate::baa::BaaHandle;
use crate::error::ActorError;
use crate::jobs::JobQueueHandle;
use crate::store::StoreHandle;

/// An organisation that is awake.
#[derive(Clone)]
pub struct TenantHandle {
    pub(crate) organization: OrganizationId,
    pub(crate) addr: Addr<TenantActor>,
    pub(crate) view: Arc<ArcSwap<TenantView>>,
    pub(crate) open: Open,
    pub(crate) audit: AuditHandle,
    pub(crate) baa: BaaHandle,
    pub(crate) jobs: JobQueueHandle,
}

impl std::fmt::Debug for TenantHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TenantHandle({:?})", self.organization)
    }
}

const TENANT: &str = "the organisation";

impl TenantHandle {
    /// The organisation at this moment.
    pub fn view(&self) -> Arc<TenantView> {
        self.view.load_full()
    }

    /// Its audit trail.
    pub fn audit(&self) -> &AuditHandle {
        &self.audit
    }

    /// Its business associate agreement.
    pub fn baa(&self) -> &BaaHandle {
        &self.baa
    }

    /// Its job queue.
    pub fn jobs(&self) -> &JobQueueHandle {
        &self.jobs
    }

    /// Whether the store is one of its own; looks at the record again before it says no, as a
    /// command beside the server may have made it.
    ///
    /// # Errors
    /// When it is not, or the record cannot be read.
    pub async fn knows(&self, id: StoreId) -> Result<(), ActorError> {
        if self.view.load().store(id).is_some() {
            return Ok(());
        }
        self.ask(Ask::Refresh).await?;
        match self.view.load().store(id) {
            Some(_) => Ok(()),
            None => Err(ActorError::NotFound("data store")),
        }
    }

    /// Makes a data store: active when this returns.
    ///
    /// # Errors
    /// When it cannot be made or recorded.
    pub async fn create_store(
        &self,
        permit: &Permit,
        new: NewStore,
    ) -> Result<StoreView, ActorError> {
        self.check(permit)?;
        self.ask(|reply| Ask::Create(new, reply)).await
    }

    /// Sets whether a data store follows AWS HealthLake where that differs from FHIR's standard.
    ///
    /// # Errors
    /// When there is none, or it cannot be recorded.
    pub async fn set_aws_compat(
        &self,
        permit: &Permit,
        id: StoreId,
        on: bool,
    ) -> Result<StoreView, ActorError> {
        self.check(permit)?;
        self.ask(|reply| Ask::AwsCompat(id, on, reply)).await
    }

    /// Deletes a data store with all that is in it: gone when this returns.
    ///
    /// # Errors
    /// When there is none, or it cannot be removed.
    pub async fn delete_store(&self, permit: &Permit, id: StoreId) -> Result<(), ActorError> {
        self.check(permit)?;
        self.ask(|reply| Ask::Delete(id, reply)).await
    }

    /// One of its stores, opened where it sleeps.
    ///
    /// # Errors
    /// When there is none, or it cannot be opened.
    pub async fn store(&self, id: StoreId) -> Result<StoreHandle, ActorError> {
        if let Some(handle) = self.open.load().get(&id).filter(|handle| !handle.is_closed()) {
            return Ok(handle.clone());
        }
        self.ask(|reply| Ask::Open(id, reply)).await
    }

    /// Closes all its stores.
    pub(crate) async fn close(&self) -> Result<(), ActorError> {
        self.ask(Ask::Close).await
    }

    /// Whether none of its stores is open, no job waits, and nobody but the directory holds it.
    pub(crate) fn is_idle(&self) -> bool {
        /// Its owner, the table of those known, and the place it was started in.
        const KEEPERS: usize = 3;
        Arc::strong_count(&self.view) <= KEEPERS
            && self.open.load().values().all(StoreHandle::is_closed)
            && self.jobs.open().is_empty()
    }

    pub(crate) fn is_closed(&self) -> bool {
        !self.addr.connected()
    }

    fn check(&self, permit: &Permit) -> Result<(), ActorError> {
        let right = permit.organization() == self.organization;
        right.then_some(()).ok_or(ActorError::WrongPermit)
    }

    async fn ask<T>(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<T, ActorError>>) -> Ask,
    ) -> Result<T, ActorError> {
        let (reply, answer) = oneshot::channel();
        self.addr.try_send(ask(reply)).map_err(|_| ActorError::Busy(TENANT))?;
        answer.await.map_err(|_| ActorError::Lost(TENANT))?
    }
}
