//! The one function that every verb goes through: *authorise, do, account*.
//!
//! - No permit, no touch: the work gets a [`Granted`] and only here is one made.
//! - A change that travels in a store's write set takes its audit entry along
//!   ([`Granted::entry`]), so both are durable with one commit.
//! - A change outside a store is announced before it is made ([`Granted::announce`]).
//! - Everything else, refusals and failures too, is recorded before the answer leaves.

use parking_lot::Mutex;
use serde_json::Value;
use tarn_access::{Permit, Resource, authorize};
use tarn_actors::TenantHandle;
use tarn_audit::{Entry, Event, ResourceName};
use tarn_domain::{Explain, JobId, Problem};

use crate::act::Act;
use crate::call::Call;
use crate::{Platform, record};

/// What a verb holds while it works: the leave to do it, and the record of it.
#[derive(Debug)]
pub struct Granted {
    permit: Permit,
    tenant: TenantHandle,
    event: Mutex<Event>,
    recorded: Mutex<bool>,
    mark: Option<JobId>,
}

impl Granted {
    /// The leave.
    pub fn permit(&self) -> &Permit {
        &self.permit
    }

    /// The organisation's owner.
    pub fn tenant(&self) -> &TenantHandle {
        &self.tenant
    }

    /// The mark that the change leaves, where it may be begun twice.
    pub(crate) fn mark(&self) -> Option<JobId> {
        self.mark
    }

    /// Adds what was made or changed to the record: `responseElements`.
    pub fn answers(&self, elements: Value) {
        self.event.lock().response_elements = Some(elements);
    }

    /// Adds a thing that was touched to the record. Type and id, never a value.
    pub fn touched(&self, kind: &'static str, arn: String) {
        let account = Some(self.event.lock().recipient_account_id.clone());
        let name = ResourceName { arn: arn.into(), account_id: account, kind: Some(kind.into()) };
        self.event.lock().resources.push(name);
    }

    /// The record as it stands, for the outbox of the change that it describes. Say
    /// [`Self::committed`] when the change is made, or it is recorded a second time.
    ///
    /// # Errors
    /// Internal, when the record cannot be written down.
    pub fn entry(&self) -> Result<Vec<u8>, Problem> {
        let entry = Entry::of(&self.event.lock()).map_err(|e| e.explain())?;
        Ok(entry.into_bytes())
    }

    /// The record is durable already: the change took it along.
    pub fn committed(&self) {
        *self.recorded.lock() = true;
    }

    /// Records the act before it is done. If it fails after all, that is recorded too.
    ///
    /// # Errors
    /// When the trail cannot be written: then the act must not be done.
    pub async fn announce(&self) -> Result<(), Problem> {
        let event = self.event.lock().clone();
        self.tenant.audit().record(event).await.map_err(|e| e.explain())?;
        *self.recorded.lock() = true;
        Ok(())
    }
}

/// Asks leave, does the work, accounts for it: in this order, whatever is asked.
///
/// # Errors
/// The refusal, the work's own problem, or that the audit trail could not be written, in which
/// case no answer leaves.
pub async fn authorise_do_account<T>(
    platform: &Platform,
    call: &Call,
    act: Act,
    work: impl AsyncFnOnce(&Granted) -> Result<T, Problem>,
) -> Result<T, Problem> {
    let tenant = platform.tenant(call.caller.organization).await?;
    let event = record::draft(platform, call, &act, &tenant);
    let permit = match authorise(platform, call, &act, &tenant).await {
        Ok(permit) => permit,
        Err(problem) => return Err(refused(&tenant, event, problem).await),
    };
    let (event, recorded) = (Mutex::new(event), Mutex::default());
    let granted = Granted { permit, tenant, event, recorded, mark: call.mark };
    let done = work(&granted).await;
    account(granted, done).await
}

async fn authorise(
    platform: &Platform,
    call: &Call,
    act: &Act,
    tenant: &TenantHandle,
) -> Result<Permit, Problem> {
    let organization = tenant.view().organization;
    let resource = match act.store {
        None => Resource::Organization(organization),
        Some(id) => {
            tenant.knows(id).await.map_err(|e| e.explain())?;
            let synthetic = tenant.view().store(id).is_some_and(|store| store.synthetic);
            Resource::Store { organization, id, synthetic }
        }
    };
    let standing = tenant.baa().standing();
    authorize(&platform.policies, &call.caller, act.action, resource, standing, call.request)
        .map_err(|refusal| refusal.explain())
}

async fn refused(tenant: &TenantHandle, event: Event, problem: Problem) -> Problem {
    let failed = record::failed(event, &problem);
    match tenant.audit().record(failed).await {
        Ok(()) => problem,
        Err(error) => error.explain(),
    }
}

async fn account<T>(granted: Granted, done: Result<T, Problem>) -> Result<T, Problem> {
    let Granted { tenant, event, recorded, .. } = granted;
    match done {
        Ok(answer) => {
            if !recorded.into_inner() {
                tenant.audit().record(event.into_inner()).await.map_err(|e| e.explain())?;
            }
            Ok(answer)
        }
        Err(problem) => Err(refused(&tenant, event.into_inner(), problem).await),
    }
}

#[cfg(test)]
#[path = "authorise_tests.rs"]
mod tests;
