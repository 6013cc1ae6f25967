//! API keys as callers send them: `tarn_<32 hex digits: id>_<43 base64url characters: secret>`.
//!
//! The secret is 256 random bits, so a fast hash is enough to keep it by; the hash binds the id,
//! so one key's hash proves nothing for another.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tarn_domain::{ApiKeyId, Ids, Secret};
use zeroize::Zeroizing;

const PREFIX: &str = "tarn_";
const CONTEXT: &str = "tarn api key 1: the hash that is kept";
const LENGTH: usize = PREFIX.len() + 32 + 1 + 43;

/// A key that was just made. Its text is shown once and kept nowhere.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key's id.
    pub id: ApiKeyId,
    /// What the caller sends.
    pub text: Secret<String>,
    /// What is kept.
    pub hash: [u8; 32],
}

/// A key as a caller sent it, not proven yet.
pub struct PresentedKey {
    id: ApiKeyId,
    secret: Zeroizing<[u8; 32]>,
}

impl IssuedKey {
    /// Makes a key.
    pub fn fresh(ids: &dyn Ids) -> Self {
        let id = ApiKeyId::fresh(ids);
        let mut secret = Zeroizing::new([0u8; 32]);
        secret[..16].copy_from_slice(&ids.fresh().to_le_bytes());
        secret[16..].copy_from_slice(&ids.fresh().to_le_bytes());
        let digits = Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.as_ref()));
        let text = Secret::new(format!("{PREFIX}{id}_{}", digits.as_str()));
        Self { id, text, hash: hash(id, &secret) }
    }
}

impl PresentedKey {
    /// Reads a key; nothing if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        // A key is ASCII of one length, so that the cuts below fall between characters.
        if text.len() != LENGTH || !text.is_ascii() {
            return None;
        }
        let (id, digits) = text.strip_prefix(PREFIX)?.split_at(32);
        let mut secret = Zeroizing::new([0u8; 32]);
        let decoded = URL_SAFE_NO_PAD.decode_slice(digits.strip_prefix('_')?, secret.as_mut());
        if decoded != Ok(32) {
            return None;
        }
        Some(Self { id: id.parse().ok()?, secret })
    }

    /// The id that it claims.
    pub fn id(&self) -> ApiKeyId {
        self.id
    }

    /// Whether it is the key whose hash is kept. Takes the same time whatever it finds.
    pub fn proves(&self, kept: &[u8; 32]) -> bool {
        // `blake3::Hash` compares in constant time.
        blake3::Hash::from_bytes(hash(self.id, &self.secret)) == blake3::Hash::from_bytes(*kept)
    }
}

impl fmt::Debug for PresentedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PresentedKey({})", self.id)
    }
}

fn hash(id: ApiKeyId, secret: &[u8; 32]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&id.to_bytes()).update(secret).finalize().into()
}

#[cfg(test)]
mod tests {
    use tarn_domain::FreshIds;

    use super::*;

    #[test]
    fn an_issued_key_proves_itself_and_no_other() {
        let (one, two) = (IssuedKey::fresh(&FreshIds), IssuedKey::fresh(&FreshIds));
        let shown = PresentedKey::parse(one.text.expose()).unwrap();
        assert_eq!(shown.id(), one.id);
        assert!(shown.proves(&one.hash));
        assert!(!shown.proves(&two.hash));
    }

    #[test]
    fn a_secret_does_not_prove_another_id() {
        let (one, two) = (IssuedKey::fresh(&FreshIds), IssuedKey::fresh(&FreshIds));
        let swapped = one.text.expose().replace(&one.id.to_string(), &two.id.to_string());
        let shown = PresentedKey::parse(&swapped).unwrap();
        assert!(!shown.proves(&one.hash) && !shown.proves(&two.hash));
    }

    #[test]
    fn one_changed_character_proves_nothing() {
        let key = IssuedKey::fresh(&FreshIds);
        let text = key.text.expose();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let proven = PresentedKey::parse(&changed).is_some_and(|shown| shown.proves(&key.hash));
            assert!(!proven, "position {at}");
        }
    }

    #[test]
    fn what_is_not_a_key_is_not_read() {
        let key = IssuedKey::fresh(&FreshIds).text.expose().clone();
        let upper = key.to_uppercase();
        let long = format!("{key}A");
        let wide = format!("{}é", &key[..LENGTH - 2]);
        for bad in ["", "tarn_", &key[..LENGTH - 1], &long, &upper, &wide] {
            assert!(PresentedKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let key = IssuedKey::fresh(&FreshIds);
        let shown = PresentedKey::parse(key.text.expose()).unwrap();
        assert_eq!(format!("{shown:?}"), format!("PresentedKey({})", key.id));
        assert!(!format!("{key:?}").contains("tarn_"));
    }
}
