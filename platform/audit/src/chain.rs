//! The chain's arithmetic: how one entry follows another.

use sha2::{Digest, Sha256};
use tarn_domain::OrganizationId;

const GENESIS: &[u8] = b"tarn audit chain 1: genesis\0";
const LINK: &[u8] = b"tarn audit chain 1: link\0";

/// The end of a chain: the number of its last entry, and the hash that stands for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The last entry's number; 0 when there is none. The first entry is number 1.
    pub seq: u64,
    /// The last entry's link.
    pub hash: [u8; 32],
}

impl Head {
    /// Where an organisation's chain begins.
    pub(crate) fn genesis(organization: OrganizationId) -> Self {
        let hash = Sha256::new().chain_update(GENESIS).chain_update(organization.to_bytes());
        Self { seq: 0, hash: hash.finalize().into() }
    }

    /// The head after one more entry.
    pub(crate) fn after(self, organization: OrganizationId, entry: &[u8]) -> Self {
        let seq = self.seq + 1;
        let hash = Sha256::new()
            .chain_update(LINK)
            .chain_update(organization.to_bytes())
            .chain_update(seq.to_be_bytes())
            .chain_update(self.hash)
            .chain_update(Sha256::digest(entry));
        Self { seq, hash: hash.finalize().into() }
    }

    /// The hash as 64 hex digits.
    pub fn hash_hex(&self) -> String {
        hex::encode(self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_depends_on_everything_before_it() {
        let (one, two) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let start = Head::genesis(one);
        let ab = start.after(one, b"a").after(one, b"b");
        assert_eq!(ab.seq, 2);
        assert_ne!(ab.hash, start.after(one, b"b").after(one, b"a").hash);
        assert_ne!(ab.hash, start.after(one, b"x").after(one, b"b").hash);
        assert_ne!(ab.hash, start.after(one, b"b").hash);
        assert_ne!(ab.hash, Head::genesis(two).after(two, b"a").after(two, b"b").hash);
    }

    #[test]
    fn the_chain_is_what_its_definition_says() {
        const EXPECTED: &str = "00a63f57f5b73ef83e7c98e99191fee5cf92429c212837707ada4f956ab5b6fd";
        // Independent of the code above: Python's hashlib over the definition in the crate's
        // documentation, organisation 0x01 * 16, one entry `{}`.
        let one = OrganizationId::from_bytes([1; 16]);
        assert_eq!(Head::genesis(one).after(one, b"{}").hash_hex(), EXPECTED);
    }
}
