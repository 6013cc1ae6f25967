//! The text of the business associate agreement that organisations sign.

use sha2::{Digest, Sha256};

/// A version of the text.
pub(crate) struct Document {
    /// Its version, for people.
    pub(crate) version: &'static str,
    /// The exact text, whose hash is signed.
    pub(crate) text: &'static str,
}

impl Document {
    /// The SHA-256 of the exact text: what a signature names.
    pub(crate) fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.text).into()
    }
}

/// The current text. A change of one letter is a new version.
pub(crate) const BAA: Document =
    Document { version: "2026-11", text: include_str!("../../assets/baa-2026-11.txt") };
