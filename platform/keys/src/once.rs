//! Keys for one message: no nonce is stored, none can be repeated.

use std::fmt;

use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};

use crate::KeyError;

/// A key that seals or opens one message; see [`crate::DataKey::once`].
///
/// It is used up by use. Its nonce is zero, which is sound because no other message is ever
/// sealed under it.
pub struct OnceKey(LessSafeKey);

impl OnceKey {
    pub(crate) fn new(key: LessSafeKey) -> Self {
        Self(key)
    }

    /// Seals the buffer in place for its place, and appends the tag of 16 bytes. Allocates only
    /// when the buffer has no room for the tag.
    pub fn seal_in_place(self, place: &[u8], buffer: &mut Vec<u8>) {
        self.0
            .seal_in_place_append_tag(zero(), Aad::from(place), buffer)
            .expect("a message in memory is shorter than AES-GCM's 64 GiB");
    }

    /// Opens in place what [`OnceKey::seal_in_place`] made; the tag is cut off.
    pub fn open_in_place<'b>(
        self,
        place: &[u8],
        buffer: &'b mut [u8],
    ) -> Result<&'b [u8], KeyError> {
        let opened = self.0.open_in_place(zero(), Aad::from(place), buffer);
        opened.map(|plain| &*plain).map_err(|_| KeyError::Sealed)
    }
}

fn zero() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

impl fmt::Debug for OnceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnceKey")
    }
}

#[cfg(test)]
mod tests {
    use tarn_domain::Secret;

    use crate::{DataKey, TAG_LEN};

    fn key() -> DataKey {
        DataKey::from_secret(Secret::new([9; 32]))
    }

    fn sealed(salt: u8, n: u32) -> Vec<u8> {
        let mut buffer = b"one message".to_vec();
        key().once(&[salt; 16], n).seal_in_place(b"place", &mut buffer);
        buffer
    }

    fn opens(salt: u8, n: u32, place: &[u8], mut bytes: Vec<u8>) -> bool {
        let opened = key().once(&[salt; 16], n).open_in_place(place, &mut bytes);
        opened.is_ok_and(|plain| plain == b"one message")
    }

    #[test]
    fn a_message_opens_with_its_salt_number_and_place_only() {
        assert_eq!(sealed(1, 7).len(), 11 + TAG_LEN);
        assert!(opens(1, 7, b"place", sealed(1, 7)));
        assert!(!opens(2, 7, b"place", sealed(1, 7)));
        assert!(!opens(1, 8, b"place", sealed(1, 7)));
        assert!(!opens(1, 7, b"other", sealed(1, 7)));
    }

    #[test]
    fn a_flipped_or_missing_byte_does_not_open() {
        for at in 0..sealed(1, 7).len() {
            let mut bad = sealed(1, 7);
            bad[at] ^= 0x10;
            assert!(!opens(1, 7, b"place", bad));
            assert!(!opens(1, 7, b"place", sealed(1, 7)[..at].to_vec()));
        }
    }

    #[test]
    fn every_number_has_a_key_of_its_own() {
        assert_ne!(sealed(1, 7), sealed(1, 8));
        assert_eq!(sealed(1, 7), sealed(1, 7));
    }

    #[test]
    fn sealing_into_a_buffer_with_room_does_not_move_it() {
        let mut buffer = Vec::with_capacity(64);
        buffer.extend_from_slice(b"message");
        let before = buffer.as_ptr();
        key().once(&[0; 16], 0).seal_in_place(b"p", &mut buffer);
        assert_eq!(buffer.as_ptr(), before);
    }
}
