//! Permits: the proof that a question about rights was asked and answered.

use tarn_domain::{OrganizationId, RequestId, StoreId};

use crate::{Action, Caller, Principal};

/// Leave to do one action to one organisation or store.
///
/// It cannot be made outside this crate except by asking:
///
/// ```compile_fail
/// let permit = tarn_access::Permit { action: None };
/// ```
#[derive(Debug)]
pub struct Permit {
    caller: Caller,
    action: Option<Action>,
    organization: OrganizationId,
    store: Option<StoreId>,
    request: RequestId,
}

impl Permit {
    pub(crate) fn grant(
        caller: Caller,
        action: Action,
        organization: OrganizationId,
        store: Option<StoreId>,
        request: RequestId,
    ) -> Self {
        Self { caller, action: Some(action), organization, store, request }
    }

    /// Leave for work that the platform does by itself; the reason goes into the audit trail.
    /// Without a store it covers the organisation as a whole.
    pub fn system(
        reason: &'static str,
        organization: OrganizationId,
        store: Option<StoreId>,
    ) -> Self {
        let principal = Principal::System(reason);
        let caller = Caller { organization, principal, role: Box::default() };
        let request = RequestId::from_bytes([0; 16]);
        Self { caller, action: None, organization, store, request }
    }

    /// The same leave, on behalf of the call that it goes back to.
    pub fn for_request(mut self, request: RequestId) -> Self {
        self.request = request;
        self
    }

    /// Who may.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// What may be done; nothing for the platform's own work.
    pub fn action(&self) -> Option<Action> {
        self.action
    }

    /// To whose things.
    pub fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// To which store; nothing for the organisation as a whole.
    pub fn store(&self) -> Option<StoreId> {
        self.store
    }

    /// The call for which it was given; zero for work that no call asked for.
    pub fn request(&self) -> RequestId {
        self.request
    }

    /// Whether it is for this organisation's store. An owner checks it before it obeys.
    pub fn covers(&self, organization: OrganizationId, store: StoreId) -> bool {
        let any = self.store.is_none() && self.action.is_none();
        self.organization == organization && (any || self.store == Some(store))
    }
}
