//! The one writer of an organisation's BAA state.

use std::sync::Arc;

use actix::prelude::*;
use arc_swap::ArcSwap;
use tarn_access::Standing;
use tarn_domain::OrganizationId;
use tarn_registry::{Agreement, AgreementState, Registry};
use tokio::sync::oneshot;

use crate::error::ActorError;

pub(crate) struct BaaActor {
    organization: OrganizationId,
    registry: Registry,
    published: Arc<ArcSwap<AgreementView>>,
}

impl BaaActor {
    pub(crate) fn new(
        organization: OrganizationId,
        registry: Registry,
        published: Arc<ArcSwap<AgreementView>>,
    ) -> Self {
        Self { organization, registry, published }
    }
}

/// An organisation's agreement as it is published.
#[derive(Debug, Default)]
pub(crate) struct AgreementView {
    pub agreement: Option<Agreement>,
}

impl AgreementView {
    pub(crate) fn standing(&self) -> Standing {
        match self.agreement.as_ref().map(|agreement| agreement.state) {
            None => Standing::Unsigned,
            Some(AgreementState::Signed) => Standing::Signed,
            Some(AgreementState::Suspended) => Standing::Suspended,
            Some(AgreementState::Terminated) => Standing::Terminated,
        }
    }
}

impl Actor for BaaActor {
    type Context = Context<Self>;
}

/// A signature, or (without one) a wish to look at the record again.
pub(super) struct Sign {
    pub agreement: Option<Agreement>,
    pub reply: oneshot::Sender<Result<(), ActorError>>,
}

impl Message for Sign {
    type Result = ();
}

impl Handler<Sign> for BaaActor {
    type Result = ();

    fn handle(&mut self, Sign { agreement, reply }: Sign, ctx: &mut Context<Self>) {
        let (registry, of) = (self.registry.clone(), self.organization);
        let work = async move {
            if let Some(agreement) = agreement {
                registry.sign_agreement(agreement).await?;
            }
            Ok::<_, ActorError>(AgreementView { agreement: registry.agreement(of).await? })
        };
        let home = work.into_actor(self).map(|done, actor, _| {
            let answer = done.map(|now| actor.published.store(Arc::new(now)));
            let _ = reply.send(answer);
        });
        // One signature at a time: whoever comes second finds the first.
        ctx.wait(home);
    }
}
