//! The one question about rights, and its answer.

use tarn_domain::{OrganizationId, RequestId, StoreId};

use crate::{Action, Caller, Permit, Policies, Refusal, Scope};

/// What an action would be done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// An organisation as a whole.
    Organization(OrganizationId),
    /// One data store.
    Store {
        /// The organisation that owns it.
        organization: OrganizationId,
        /// The store.
        id: StoreId,
        /// Whether it holds made-up patients only.
        synthetic: bool,
    },
}

/// How an organisation's business associate agreement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// Nobody has signed it.
    #[default]
    Unsigned,
    /// It is in force.
    Signed,
    /// It rests.
    Suspended,
    /// It is over.
    Terminated,
}

impl Resource {
    fn organization(self) -> OrganizationId {
        match self {
            Self::Organization(organization) | Self::Store { organization, .. } => organization,
        }
    }

    fn store(self) -> Option<StoreId> {
        match self {
            Self::Organization(_) => None,
            Self::Store { id, .. } => Some(id),
        }
    }

    fn fits(self, scope: Scope) -> bool {
        matches!(
            (self, scope),
            (Self::Organization(_), Scope::Organization) | (Self::Store { .. }, Scope::Store)
        )
    }
}

/// Whether a caller may do an action, now.
///
/// What belongs to another organisation does not exist for the caller. What no policy allows is
/// refused. Health data needs an agreement in force, except in a store of made-up patients.
pub fn authorize(
    policies: &Policies,
    caller: &Caller,
    action: Action,
    resource: Resource,
    standing: Standing,
    request: RequestId,
) -> Result<Permit, Refusal> {
    if resource.organization() != caller.organization {
        return Err(Refusal::NotFound);
    }
    if !resource.fits(action.scope()) || !policies.allows(&caller.role, action) {
        return Err(Refusal::Forbidden(action));
    }
    let synthetic = matches!(resource, Resource::Store { synthetic: true, .. });
    if action.is_phi() && !synthetic {
        refuse_without_agreement(standing)?;
    }
    let (organization, store) = (resource.organization(), resource.store());
    Ok(Permit::grant(caller.clone(), action, organization, store, request))
}

fn refuse_without_agreement(standing: Standing) -> Result<(), Refusal> {
    match standing {
        Standing::Signed => Ok(()),
        Standing::Unsigned => Err(Refusal::BaaNotSigned),
        Standing::Suspended => Err(Refusal::BaaSuspended),
        Standing::Terminated => Err(Refusal::BaaTerminated),
    }
}
