//! Requests that were put off: answered by the verbs, which stand above jobs.

use std::sync::{Arc, OnceLock, Weak};

use tarn_domain::{JobId, OrganizationId, StoreId};

use crate::{Control, Ending, JobError};

/// Whoever answers requests that were put off.
pub trait Requests: Send + Sync {
    /// Answers one and keeps the answer. Called where waiting is allowed; called again after a
    /// kill, and then whatever was done already is not done again.
    ///
    /// # Errors
    /// What kept it from being answered at all; an answer that refuses is an answer.
    fn answer(
        &self,
        organization: OrganizationId,
        store: StoreId,
        job: JobId,
        control: &dyn Control,
    ) -> Result<Ending, JobError>;
}

/// Where whoever answers is found once there is somebody: verbs are made of what runs jobs.
#[derive(Clone, Default)]
pub struct RequestDesk(Arc<OnceLock<Weak<dyn Requests>>>);

impl RequestDesk {
    /// From now on these answer; those who came first stay.
    pub fn open(&self, requests: Weak<dyn Requests>) {
        // A second opening of the same platform changes nothing.
        let _ = self.0.set(requests);
    }

    pub(crate) fn requests(&self) -> Result<Arc<dyn Requests>, JobError> {
        let found = self.0.get().and_then(Weak::upgrade);
        found.ok_or_else(|| JobError::Store("nobody answers requests yet".to_owned()))
    }
}
