//! Data keys: AES-256-GCM (NIST SP 800-38D) by `ring`, with subkeys derived by keyed BLAKE3.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use tarn_domain::Secret;

use crate::{KeyError, MasterKeys, OnceKey, SEAL_LEN, TAG_LEN};

/// A key that seals data. Each purpose (sealing, deriving, one-message keys) uses its own subkey,
/// so no label or salt can make two purposes meet.
#[derive(Clone)]
pub struct DataKey {
    secret: Secret<[u8; 32]>,
    once: Secret<[u8; 32]>,
    seal: LessSafeKey,
}

impl DataKey {
    /// A fresh random key.
    pub fn generate() -> Self {
        let mut bytes = [0u8; 32];
        random(&mut bytes);
        Self::from_secret(Secret::new(bytes))
    }

    /// The key of these 32 bytes.
    pub fn from_secret(secret: Secret<[u8; 32]>) -> Self {
        let seal = subkey(&secret, b"tarn data key: seal");
        let once = subkey(&secret, b"tarn data key: once");
        Self { seal: aes(seal.expose()), once, secret }
    }

    /// A fresh random key and its wrapped form, which is what may be written down.
    pub fn generate_wrapped(
        masters: &dyn MasterKeys,
        context: &[u8],
    ) -> Result<(Self, Vec<u8>), KeyError> {
        let key = Self::generate();
        let wrapped = key.wrap(masters, context)?;
        Ok((key, wrapped))
    }

    /// The key that [`DataKey::wrap`] wrote down.
    pub fn unwrap(
        masters: &dyn MasterKeys,
        wrapped: &[u8],
        context: &[u8],
    ) -> Result<Self, KeyError> {
        masters.unwrap(wrapped, context).map(Self::from_secret)
    }

    /// This key in its wrapped form.
    pub fn wrap(&self, masters: &dyn MasterKeys, context: &[u8]) -> Result<Vec<u8>, KeyError> {
        masters.wrap(&self.secret, context)
    }

    /// The key for one purpose: the same label gives the same key, and knowing it tells nothing
    /// of this one or of its siblings.
    pub fn derive(&self, label: &str) -> DataKey {
        let mut hasher = blake3::Hasher::new_keyed(self.secret.expose());
        hasher.update(b"tarn data key: derive\0").update(label.as_bytes());
        Self::from_secret(Secret::new(hasher.finalize().into()))
    }

    /// 32 bytes for a keyed hash or a MAC of that purpose.
    pub fn derive_bytes(&self, label: &str) -> Secret<[u8; 32]> {
        let mut hasher = blake3::Hasher::new_keyed(self.secret.expose());
        hasher.update(b"tarn data key: bytes\0").update(label.as_bytes());
        Secret::new(hasher.finalize().into())
    }

    /// Seals a message for its place: `nonce (12) | ciphertext | tag (16)`.
    ///
    /// Nonces are random, so a key should seal fewer than 2^32 messages this way
    /// (SP 800-38D §8.3). What is written by the million uses [`DataKey::once`].
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(plain.len() + SEAL_LEN);
        let mut nonce = [0u8; NONCE_LEN];
        random(&mut nonce);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .seal
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut sealed[NONCE_LEN..],
            )
            .expect("a message in memory is shorter than AES-GCM's 64 GiB");
        sealed.extend_from_slice(tag.as_ref());
        sealed
    }

    /// Opens what [`DataKey::seal`] sealed for the same place.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(KeyError::Sealed)?;
        let mut plain = rest.to_vec();
        let len = self
            .seal
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut plain)
            .map_err(|_| KeyError::Sealed)?
            .len();
        debug_assert_eq!(len + TAG_LEN, rest.len());
        plain.truncate(len);
        Ok(plain)
    }

    /// The key of one message: nothing but `salt` and `n` need be kept to open it again.
    ///
    /// The pair must never be used for two messages. Take a random salt for a group of messages
    /// that are written together and number them: a group that is written again after a crash
    /// gets a new salt, so no key meets two messages.
    pub fn once(&self, salt: &[u8; 16], n: u32) -> OnceKey {
        let mut input = [0u8; 20];
        input[..16].copy_from_slice(salt);
        input[16..].copy_from_slice(&n.to_be_bytes());
        OnceKey::new(aes(subkey(&self.once, &input).expose()))
    }

    /// A random salt for [`DataKey::once`].
    pub fn salt() -> [u8; 16] {
        let mut salt = [0u8; 16];
        random(&mut salt);
        salt
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey")
    }
}

fn subkey(key: &Secret<[u8; 32]>, input: &[u8]) -> Secret<[u8; 32]> {
    Secret::new(blake3::keyed_hash(key.expose(), input).into())
}

fn aes(key: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes 32 bytes");
    LessSafeKey::new(key)
}

pub(crate) fn random(into: &mut [u8]) {
    getrandom::fill(into).expect("the operating system gives random bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> DataKey {
        DataKey::from_secret(Secret::new([n; 32]))
    }

    #[test]
    fn what_was_sealed_opens_at_its_place() {
        let key = DataKey::generate();
        for plain in [&b""[..], b"x", &[7u8; 70_000]] {
            let sealed = key.seal(b"store/1", plain);
            assert_eq!(sealed.len(), plain.len() + SEAL_LEN);
            assert_eq!(key.open(b"store/1", &sealed).unwrap(), plain);
        }
    }

    #[test]
    fn a_swapped_place_does_not_open() {
        let sealed = key(1).seal(b"store/1", b"secret");
        assert!(matches!(key(1).open(b"store/2", &sealed), Err(KeyError::Sealed)));
        assert!(matches!(key(2).open(b"store/1", &sealed), Err(KeyError::Sealed)));
    }

    #[test]
    fn a_flipped_bit_anywhere_does_not_open() {
        let sealed = key(1).seal(b"p", b"a short message");
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(key(1).open(b"p", &bad).is_err(), "bit {bit}");
        }
        for len in 0..sealed.len() {
            assert!(key(1).open(b"p", &sealed[..len]).is_err(), "length {len}");
        }
    }

    #[test]
    fn the_same_message_is_sealed_differently_each_time() {
        assert_ne!(key(1).seal(b"p", b"same"), key(1).seal(b"p", b"same"));
    }

    #[test]
    fn labels_give_keys_of_their_own() {
        let sealed = key(1).derive("a").seal(b"p", b"m");
        assert!(key(1).derive("a").open(b"p", &sealed).is_ok());
        assert!(key(1).derive("b").open(b"p", &sealed).is_err());
        assert!(key(1).open(b"p", &sealed).is_err());
        assert_ne!(key(1).derive_bytes("a").expose(), key(1).derive_bytes("b").expose());
    }

    #[test]
    fn debug_shows_nothing_of_the_key() {
        assert_eq!(format!("{:?}", key(0xab)), "DataKey");
    }
}
