//! Master keys: what wraps data keys and never leaves its keeper.

use tarn_domain::Secret;

use crate::KeyError;

/// A keeper of master keys. It wraps and unwraps data keys; its own keys stay with it.
pub trait MasterKeys: Send + Sync {
    /// Wraps a data key under the newest master key. The same `context` must be given to
    /// [`MasterKeys::unwrap`], so a wrapped key that is copied elsewhere does not open there.
    fn wrap(&self, key: &Secret<[u8; 32]>, context: &[u8]) -> Result<Vec<u8>, KeyError>;

    /// Opens what [`MasterKeys::wrap`] gave, under whichever version wrapped it.
    fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Secret<[u8; 32]>, KeyError>;

    /// The newest master key's name, for people and logs.
    fn id(&self) -> String;
}
