//! Password hashes: Argon2id with OWASP's least parameters (19 MiB, 2 passes), as PHC strings.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tarn_domain::Secret;
use tarn_keys::DataKey;

use crate::RegistryError;

/// The hash of a password. Takes tens of milliseconds on purpose: call it off the async threads.
pub(crate) fn hash(password: &Secret<String>) -> Result<String, RegistryError> {
    let salt = SaltString::encode_b64(&DataKey::salt()).map_err(RegistryError::Password)?;
    let hash = hasher().hash_password(password.expose().as_bytes(), &salt);
    Ok(hash.map_err(RegistryError::Password)?.to_string())
}

/// Whether a password is the hash's. As slow as [`hash`].
pub(crate) fn fits(password: &Secret<String>, hash: &str) -> bool {
    let Ok(hash) = PasswordHash::new(hash) else { return false };
    hasher().verify_password(password.expose().as_bytes(), &hash).is_ok()
}

/// As much work as [`fits`], for an address that nobody has: how long the answer takes does not
/// tell who is a member.
pub(crate) fn fits_nobody(password: &Secret<String>) -> bool {
    let mut out = [0u8; 32];
    let salt = [0u8; 16];
    let work = hasher().hash_password_into(password.expose().as_bytes(), &salt, &mut out);
    std::hint::black_box(work.is_ok() && out[0] == 0);
    false
}

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_argon2id_and_fits_its_password_only() {
        let secret = |text: &str| Secret::new(text.to_string());
        let made = hash(&secret("correct horse")).unwrap();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{made}");
        assert!(fits(&secret("correct horse"), &made));
        assert!(!fits(&secret("correct house"), &made));
        assert!(!fits(&secret("correct horse"), "not a hash"));
        assert!(!fits_nobody(&secret("correct horse")));
    }
}
