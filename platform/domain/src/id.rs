//! Identifiers as types: what is 32 hex digits for the outside is a number inside.

use std::cell::RefCell;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Ids of ours are 32 lower-case hex digits.
    #[error("an id is 32 lower-case hex digits")]
    NotHex,
    /// A FHIR logical id has a narrow alphabet (R4 §2.24.0.1, `id`).
    #[error("a logical id is 1 to 64 of A-Z, a-z, 0-9, `-` and `.`")]
    NotLogical,
    /// An account id is 12 digits.
    #[error("an account id is 12 digits")]
    NotAccount,
}

/// Where new ids come from: chance in production, a counter in tests.
pub trait Ids: Send + Sync {
    /// A number never handed out before.
    fn fresh(&self) -> u128;
}

/// Ids from the operating system's source of randomness, drawn some at a time: every call from
/// outside takes two, and a system call for each would cost more than the rest of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct FreshIds;

/// Random bytes of a thread that no id has used yet.
struct Pool {
    bytes: [u8; 1_024],
    used: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; 1_024], used: 1_024 }) };
}

impl Ids for FreshIds {
    fn fresh(&self) -> u128 {
        POOL.with_borrow_mut(|pool| {
            if pool.used == pool.bytes.len() {
                getrandom::fill(&mut pool.bytes).expect("the operating system gives random bytes");
                pool.used = 0;
            }
            let mut id = [0u8; 16];
            id.copy_from_slice(&pool.bytes[pool.used..pool.used + 16]);
            pool.used += 16;
            u128::from_le_bytes(id)
        })
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u128);

        impl $name {
            /// A fresh one.
            pub fn fresh(ids: &dyn Ids) -> Self {
                Self(ids.fresh())
            }

            /// The id as 16 bytes, big end first.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// The id that [`Self::to_bytes`] gave.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(u128::from_be_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:032x})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                if text.len() != 32 || !text.bytes().all(hex) {
                    return Err(IdError::NotHex);
                }
                u128::from_str_radix(text, 16).map(Self).map_err(|_| IdError::NotHex)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An organisation: the tenant.
    OrganizationId;
    /// A data store of an organisation.
    StoreId;
    /// A job of an organisation's queue.
    JobId;
    /// One call from outside, as the audit trail knows it.
    RequestId;
    /// A member of an organisation: somebody who signs in.
    MemberId;
    /// An API key, named without its secret.
    ApiKeyId;
}

/// A FHIR logical id: 1 to 64 of `A-Z a-z 0-9 - .` (R4 §2.24.0.1).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogicalId(Box<str>);

impl LogicalId {
    /// Whether `text` is one.
    pub fn is_valid(text: &str) -> bool {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
        (1..=64).contains(&text.len()) && text.bytes().all(allowed)
    }

    /// A fresh one: a random UUID, version 4 (RFC 9562).
    pub fn fresh(ids: &dyn Ids) -> Self {
        let n = (ids.fresh() & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let h = format!("{n:032x}");
        let text = format!("{}-{}-{}-{}-{}", &h[..8], &h[8..12], &h[12..16], &h[16..20], &h[20..]);
        Self(text.into())
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogicalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LogicalId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if Self::is_valid(text) { Ok(Self(text.into())) } else { Err(IdError::NotLogical) }
    }
}

/// The 12-digit account number of an organisation, as AWS clients know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(u64);

impl AccountId {
    /// A fresh one, never starting with 0.
    pub fn fresh(ids: &dyn Ids) -> Self {
        let n = (ids.fresh() % 900_000_000_000) as u64;
        Self(100_000_000_000 + n)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl FromStr for AccountId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdError::NotAccount);
        }
        text.parse().map(Self).map_err(|_| IdError::NotAccount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_what_it_prints() {
        let id = StoreId::fresh(&FreshIds);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("ABC".parse::<StoreId>(), Err(IdError::NotHex));
        assert_eq!("+0000000000000000000000000000001".parse::<StoreId>(), Err(IdError::NotHex));
    }

    #[test]
    fn a_fresh_logical_id_is_a_version_4_uuid() {
        let id = LogicalId::fresh(&FreshIds);
        assert!(LogicalId::is_valid(id.as_str()));
        assert_eq!(&id.as_str()[14..15], "4");
        assert!(matches!(&id.as_str()[19..20], "8" | "9" | "a" | "b"));
    }

    #[test]
    fn a_logical_id_has_a_narrow_alphabet() {
        for bad in ["", "a/b", "a_b", "é", &"x".repeat(65)] {
            assert!(!LogicalId::is_valid(bad), "{bad}");
        }
    }
}
