//! What a verb is about to do, as permits and the audit trail name it.

use serde_json::Value;
use tarn_access::Action;
use tarn_domain::StoreId;

/// The service that acts on stores, resources and jobs are recorded under: AWS's name for it, so
/// that tools which read CloudTrail know what they see.
pub const HEALTHLAKE: &str = "healthlake.amazonaws.com";
/// The service that acts on the audit trail itself are recorded under.
pub const CLOUDTRAIL: &str = "cloudtrail.amazonaws.com";
/// The service that acts on organisations and agreements are recorded under.
pub const TARN: &str = "tarn";

/// One act: what is asked leave for, and what the audit trail will call it.
#[derive(Debug, Clone)]
pub struct Act {
    pub(crate) action: Action,
    pub(crate) event: &'static str,
    pub(crate) source: &'static str,
    pub(crate) store: Option<StoreId>,
    pub(crate) parameters: Option<Value>,
}

impl Act {
    /// An act on the organisation, recorded as `event` (`CreateFHIRDatastore`).
    pub fn new(action: Action, event: &'static str) -> Self {
        Self { action, event, source: HEALTHLAKE, store: None, parameters: None }
    }

    /// The same act, on a data store.
    pub fn on(mut self, store: StoreId) -> Self {
        self.store = Some(store);
        self
    }

    /// The same act, recorded under another service.
    pub fn of(mut self, source: &'static str) -> Self {
        self.source = source;
        self
    }

    /// The same act with what was asked for. Ids, names and types; never a value of a resource.
    pub fn with(mut self, parameters: Value) -> Self {
        self.parameters = Some(parameters);
        self
    }
}
