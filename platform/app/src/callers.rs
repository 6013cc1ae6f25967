//! Who holds which API key.
//!
//! What the registry said is remembered for a few seconds, so that a key is not looked up at
//! every call, and a key that was revoked beside this process stops to work soon. One revoked by
//! this process is forgotten at once.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use parking_lot::RwLock;
use tarn_access::{Caller, PresentedKey, Principal};
use tarn_domain::{ApiKeyId, Explain, OrganizationId, Problem};
use tarn_registry::OrganizationStatus;

use crate::Platform;

/// How long an answer of the registry is believed.
const BELIEVED: Duration = Duration::from_secs(5);

/// How many are remembered; beyond that all are forgotten and looked up again.
const MOST: usize = 100_000;

/// API keys that proved something lately.
#[derive(Debug, Default)]
pub(crate) struct Callers(RwLock<HashMap<ApiKeyId, Remembered>>);

#[derive(Debug, Clone)]
struct Remembered {
    secret_hash: [u8; 32],
    caller: Caller,
    until: Instant,
}

impl Callers {
    fn recall(&self, shown: &PresentedKey) -> Option<Caller> {
        let known = self.0.read();
        let found = known.get(&shown.id()).filter(|found| Instant::now() < found.until)?;
        shown.proves(&found.secret_hash).then(|| found.caller.clone())
    }

    fn remember(&self, id: ApiKeyId, secret_hash: [u8; 32], caller: Caller) {
        let mut known = self.0.write();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(id, Remembered { secret_hash, caller, until: Instant::now() + BELIEVED });
    }

    /// Forgets a key: it was revoked.
    pub(crate) fn forget(&self, id: ApiKeyId) {
        self.0.write().remove(&id);
    }
}

impl Platform {
    /// Who holds an API key.
    ///
    /// # Errors
    /// Unauthenticated, in the same words for every reason.
    pub async fn caller_of_key(&self, presented: &str) -> Result<Caller, Problem> {
        let shown = PresentedKey::parse(presented).ok_or_else(unknown)?;
        if let Some(caller) = self.callers.recall(&shown) {
            return Ok(caller);
        }
        let id = shown.id();
        let found = self.registry.api_key(id).await.map_err(|e| e.explain())?;
        let key = found.filter(|key| key.revoked.is_none() && shown.proves(&key.secret_hash));
        let key = key.ok_or_else(unknown)?;
        let owner = self.registry.organization(key.organization).await.map_err(|e| e.explain())?;
        owner.filter(|it| it.status == OrganizationStatus::Active).ok_or_else(unknown)?;
        self.registry.note_api_key_use(id, self.clock.now()).await.map_err(|e| e.explain())?;
        let (organization, role) = (key.organization, key.role.into());
        let caller = Caller { organization, principal: Principal::ApiKey(id), role };
        self.callers.remember(id, key.secret_hash, caller.clone());
        Ok(caller)
    }

    /// Revokes an API key. It proves nothing any more: here from now on, in other processes
    /// within seconds.
    ///
    /// # Errors
    /// Not found, or that the registry could not be written.
    pub async fn revoke_key(&self, of: OrganizationId, id: ApiKeyId) -> Result<(), Problem> {
        let revoked = self.registry.revoke_api_key(of, id, self.clock.now()).await;
        self.callers.forget(id);
        revoked.map_err(|e| e.explain())
    }
}

fn unknown() -> Problem {
    tarn_access::Refusal::Unauthenticated.explain()
}
