//! A Bloom filter over identities: most segments say "not here" without a block being read.

use crate::key::Hash96;

/// Bits an identity; with 7 probes about 1 in 120 strangers is let through.
const BITS: usize = 10;
const PROBES: u64 = 7;

#[derive(Debug, Clone, Default)]
pub(crate) struct Bloom(Vec<u8>);

impl Bloom {
    pub(crate) fn for_count(count: usize) -> Self {
        Self(vec![0; (count * BITS / 8).max(8)])
    }

    pub(crate) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The hash is keyed and uniform already: its halves make the probes (Kirsch and
    /// Mitzenmacher, "Less Hashing, Same Performance", 2006).
    fn probes(&self, hash: Hash96) -> impl Iterator<Item = u64> + use<> {
        let bits = (self.0.len() as u64 * 8).max(1);
        let step = (u64::from(hash.b) << 1) | 1;
        (0..PROBES).map(move |i| hash.a.wrapping_add(step.wrapping_mul(i).rotate_left(17)) % bits)
    }

    pub(crate) fn insert(&mut self, hash: Hash96) {
        for bit in self.probes(hash) {
            self.0[(bit / 8) as usize] |= 1 << (bit % 8);
        }
    }

    pub(crate) fn may_have(&self, hash: Hash96) -> bool {
        self.probes(hash)
            .all(|bit| self.0.get((bit / 8) as usize).is_some_and(|b| b >> (bit % 8) & 1 == 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Hasher;

    #[test]
    fn what_was_put_in_is_found_and_strangers_seldom() {
        let hasher = Hasher::new([3; 16]);
        let hash = |i: u32| hasher.reference(&format!("Patient/{i}"));
        let mut bloom = Bloom::for_count(10_000);
        (0..10_000).for_each(|i| bloom.insert(hash(i)));
        assert!((0..10_000).all(|i| bloom.may_have(hash(i))));
        let strangers = (10_000..30_000).filter(|&i| bloom.may_have(hash(i))).count();
        assert!(strangers < 600, "{strangers} of 20,000 let through");
    }
}
