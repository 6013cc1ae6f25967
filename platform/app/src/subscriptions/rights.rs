//! Whether whoever wrote a subscription may still read what it tells.

use std::sync::Arc;

use tarn_access::{Action, Caller, Policies, Principal, Resource, authorize};
use tarn_actors::{ActorError, Directory};
use tarn_domain::{Explain as _, OrganizationId, RequestId, StoreId};
use tarn_registry::Registry;
use tarn_subscriptions::{Rights, SubscriptionError};

/// Asks the registry who it was, and the policies what they may.
pub(crate) struct AskingRights {
    pub(crate) directory: Arc<Directory>,
    pub(crate) registry: Registry,
    pub(crate) policies: Policies,
}

impl AskingRights {
    /// The caller behind a name of the audit trail; none where its credential is revoked or gone.
    pub(crate) async fn caller(
        &self,
        organization: OrganizationId,
        principal: &str,
    ) -> Result<Option<Caller>, SubscriptionError> {
        let (registry, failed) = (&self.registry, ActorError::from);
        let Some((kind, id)) = principal.split_once('/') else { return Ok(None) };
        let found = match kind {
            "api-key" => {
                let Ok(id) = id.parse() else { return Ok(None) };
                let key = registry.api_key(id).await.map_err(failed)?;
                let key = key.filter(|key| key.revoked.is_none());
                key.map(|key| (key.organization, Principal::ApiKey(id), key.role))
            }
            "access-key" => {
                let keys = registry.access_keys(organization).await.map_err(failed)?;
                let key = keys.into_iter().find(|key| key.id.to_string() == id);
                let key = key.filter(|key| key.revoked.is_none());
                key.map(|key| (key.organization, Principal::AccessKey(id.into()), key.role))
            }
            "member" => {
                let Ok(id) = id.parse() else { return Ok(None) };
                let member = registry.member(id).await.map_err(failed)?;
                member.map(|member| (member.organization, Principal::Member(id), member.role))
            }
            _ => None,
        };
        let caller = |(organization, principal, role): (_, _, String)| Caller {
            organization,
            principal,
            role: role.into(),
        };
        Ok(found.filter(|(of, _, _)| *of == organization).map(caller))
    }
}

#[async_trait::async_trait]
impl Rights for AskingRights {
    async fn may_read(
        &self,
        organization: OrganizationId,
        store: StoreId,
        principal: &str,
    ) -> Result<Result<(), String>, SubscriptionError> {
        let Some(caller) = self.caller(organization, principal).await? else {
            return Ok(
                Err("The credential that the subscription was written with is gone.".into()),
            );
        };
        let tenant = self.directory.tenant(organization).await?;
        let synthetic = tenant.view().store(store).is_some_and(|store| store.synthetic);
        let resource = Resource::Store { organization, id: store, synthetic };
        let standing = tenant.baa().standing();
        let request = RequestId::from_bytes([0; 16]);
        let asked =
            authorize(&self.policies, &caller, Action::FhirRead, resource, standing, request);
        Ok(asked.map(drop).map_err(|refusal| {
            let why = refusal.explain();
            format!("Whoever wrote the subscription may not read here: {}", why.public())
        }))
    }
}
