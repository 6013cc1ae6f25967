//! Page tokens: where a page ended, sealed so that nobody can read or forge one.
//!
//! A token holds the store's moment `t`, the last row's sort values and number, and the query's
//! fingerprint. Sort values may be a patient's, so the token is encrypted (AES-256-GCM), not just
//! signed. The store's own page key seals it: a token means nothing to another store.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::SearchError;
use crate::position::Position;
use crate::query::Query;

const CONTEXT: &[u8] = b"tarn page token 2";
/// Longer tokens are not ours.
const MAX_TOKEN: usize = 16 * 1024;

/// Where the next page of a query begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    /// The moment at which the first page was answered.
    pub t: u64,
    /// Of the query that it belongs to.
    pub fingerprint: [u8; 16],
    /// The last row of the page before; none where the page is the first.
    pub position: Option<Position>,
    /// How many of the page's includes were on pages before.
    pub included: u32,
}

impl Cursor {
    /// The cursor behind a page's end.
    pub fn after(query: &Query, t: u64, position: Position) -> Self {
        Self { t, fingerprint: query.fingerprint(), position: Some(position), included: 0 }
    }

    /// The cursor that goes on with the includes of a page, which begins behind a position.
    pub fn resuming(query: &Query, t: u64, position: Option<Position>, included: usize) -> Self {
        let fingerprint = query.whole_fingerprint();
        Self { t, fingerprint, position, included: u32::try_from(included).unwrap_or(u32::MAX) }
    }

    /// The position and the number of includes to skip, if the cursor belongs to that query.
    ///
    /// # Errors
    /// [`SearchError::PageToken`] where it belongs to another.
    pub fn place_in(self, query: &Query) -> Result<(Option<Position>, usize), SearchError> {
        let fingerprint =
            if self.included > 0 { query.whole_fingerprint() } else { query.fingerprint() };
        let wanted = query.order_keys();
        let keys = self.position.as_ref().map_or(wanted, |at| at.keys.len());
        let says_where = self.position.is_some() || self.included > 0;
        if self.fingerprint == fingerprint && keys == wanted && says_where {
            return Ok((self.position, self.included as usize));
        }
        Err(SearchError::PageToken)
    }
}

/// Seals a cursor under a store's page key.
///
/// # Errors
/// [`SearchError::PageToken`] where the machine gives no randomness.
pub fn seal(key: &[u8; 32], cursor: &Cursor) -> Result<String, SearchError> {
    let mut nonce = [0; NONCE_LEN];
    SystemRandom::new().fill(&mut nonce).map_err(|_| SearchError::PageToken)?;
    let mut plain = cursor.t.to_le_bytes().to_vec();
    plain.extend_from_slice(&cursor.fingerprint);
    plain.extend_from_slice(&cursor.included.to_le_bytes());
    if let Some(position) = &cursor.position {
        position.write(&mut plain);
    }
    let tag = aead(key)?
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(CONTEXT),
            &mut plain,
        )
        .map_err(|_| SearchError::PageToken)?;
    let mut token = nonce.to_vec();
    token.append(&mut plain);
    token.extend_from_slice(tag.as_ref());
    Ok(URL_SAFE_NO_PAD.encode(&token))
}

/// Opens a token.
///
/// # Errors
/// [`SearchError::PageToken`] for anything but an unchanged token of this key.
pub fn open(key: &[u8; 32], token: &str) -> Result<Cursor, SearchError> {
    if token.len() > MAX_TOKEN {
        return Err(SearchError::PageToken);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| SearchError::PageToken)?;
    let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SearchError::PageToken)?;
    let mut sealed = sealed.to_vec();
    let plain = aead(key)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(CONTEXT), &mut sealed)
        .map_err(|_| SearchError::PageToken)?;
    read(plain).ok_or(SearchError::PageToken)
}

fn read(plain: &[u8]) -> Option<Cursor> {
    let (t, rest) = plain.split_first_chunk()?;
    let (fingerprint, rest) = rest.split_first_chunk()?;
    let (included, rest) = rest.split_first_chunk()?;
    let position = if rest.is_empty() { None } else { Some(Position::read(rest)?) };
    let (t, included) = (u64::from_le_bytes(*t), u32::from_le_bytes(*included));
    Some(Cursor { t, fingerprint: *fingerprint, position, included })
}

fn aead(key: &[u8; 32]) -> Result<LessSafeKey, SearchError> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| SearchError::PageToken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Place;

    fn cursor() -> Cursor {
        let keys = vec![Place::Number(-7), Place::Text(Some("ödön".into())), Place::Text(None)];
        let position = Some(Position { keys, rid: 77 });
        Cursor { t: 42, fingerprint: [9; 16], position, included: 3 }
    }

    #[test]
    fn a_token_opens_to_what_was_sealed() {
        let token = seal(&[1; 32], &cursor()).unwrap();
        assert_eq!(open(&[1; 32], &token).unwrap(), cursor());
        assert_ne!(seal(&[1; 32], &cursor()).unwrap(), token, "no two tokens are the same");
        let first = Cursor { position: None, ..cursor() };
        let token = seal(&[1; 32], &first).unwrap();
        assert_eq!(open(&[1; 32], &token).unwrap(), first);
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = seal(&[1; 32], &cursor()).unwrap();
        for at in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(matches!(open(&[1; 32], &changed), Err(SearchError::PageToken)));
            }
            assert!(open(&[1; 32], &token[..at]).is_err());
        }
        assert!(open(&[2; 32], &token).is_err(), "another store's key");
        assert!(open(&[1; 32], "").is_err());
    }
}
