//! Keys: the master keys that wrap data keys, and the data keys that seal everything at rest.
//!
//! Master keys live behind [`MasterKeys`]: an embedded [`Keyring`] file today, a key service
//! where an operator has one. A [`DataKey`] is generated, wrapped, and kept in its wrapped form
//! beside what it seals; deleting the wrapped form makes what it sealed unreadable for ever.

mod data;
mod error;
mod keyring;
mod master;
mod once;

pub use data::DataKey;
pub use error::KeyError;
pub use keyring::Keyring;
pub use master::MasterKeys;
pub use once::OnceKey;

/// Bytes that sealing adds to a message under a [`OnceKey`]: the tag.
pub const TAG_LEN: usize = 16;

/// Bytes that sealing adds to a message under a [`DataKey`]: nonce and tag.
pub const SEAL_LEN: usize = 12 + TAG_LEN;
