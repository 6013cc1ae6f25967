//! What callers hold of an agreement.

use std::sync::Arc;

use actix::Addr;
use arc_swap::ArcSwap;
use tarn_access::{Permit, Standing};
use tarn_domain::OrganizationId;
use tarn_registry::Agreement;
use tokio::sync::oneshot;

use super::actor::{AgreementView, BaaActor, Sign};
use crate::error::ActorError;

/// An organisation's business associate agreement.
#[derive(Clone)]
pub struct BaaHandle {
    organization: OrganizationId,
    addr: Addr<BaaActor>,
    published: Arc<ArcSwap<AgreementView>>,
}

impl std::fmt::Debug for BaaHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BaaHandle({:?})", self.organization)
    }
}

impl BaaHandle {
    pub(crate) fn new(
        organization: OrganizationId,
        addr: Addr<BaaActor>,
        published: Arc<ArcSwap<AgreementView>>,
    ) -> Self {
        Self { organization, addr, published }
    }

    /// How the agreement stands at this moment.
    pub fn standing(&self) -> Standing {
        self.published.load().standing()
    }

    /// The agreement, where somebody signed one.
    pub fn agreement(&self) -> Option<Agreement> {
        self.published.load().agreement.clone()
    }

    /// Records a signature.
    ///
    /// # Errors
    /// When somebody signed before, or it cannot be written.
    pub async fn sign(&self, permit: &Permit, agreement: Agreement) -> Result<(), ActorError> {
        if permit.organization() != self.organization || agreement.organization != self.organization
        {
            return Err(ActorError::WrongPermit);
        }
        self.send(Some(agreement)).await
    }

    /// Looks at the record again: a command beside the server may have signed.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn refresh(&self) -> Result<(), ActorError> {
        self.send(None).await
    }

    async fn send(&self, agreement: Option<Agreement>) -> Result<(), ActorError> {
        let (reply, answer) = oneshot::channel();
        let sign = Sign { agreement, reply };
        self.addr.try_send(sign).map_err(|_| ActorError::Busy("the agreement"))?;
        answer.await.map_err(|_| ActorError::Lost("the agreement"))?
    }
}
