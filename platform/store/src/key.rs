//! Keys of the index: a field, and a keyed hash of what was said in it.

use std::hash::Hasher as _;
use std::ops::RangeInclusive;

use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher128};
use tarn_fhir::definitions::FieldId;

/// A resource's number, for life, within its store. The first is 1.
pub type Rid = u32;

/// What of a field a key or term speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Variant {
    /// The value itself.
    Main = 0,
    /// A second reading: a token's system, a string's exact text, a reference's identifier.
    Second = 1,
    /// A token's display and text, for `:text`.
    Text = 2,
    /// That there is any value at all, for `:missing`.
    Present = 3,
}

/// A search parameter of a type, in one of its variants: a column of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Field(u16);

impl Field {
    /// The field of a search parameter.
    pub const fn new(id: FieldId, variant: Variant) -> Self {
        Self((id.0 & 0x3fff) | ((variant as u16) << 14))
    }

    /// As it is written to disk.
    pub const fn to_bits(self) -> u16 {
        self.0
    }

    /// As it was written to disk.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

/// 96 bits of a keyed hash: with a billion resources the chance that any two meet is 10⁻¹¹.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Hash96 {
    /// The first 64 bits.
    pub a: u64,
    /// The last 32 bits.
    pub b: u32,
}

impl Hash96 {
    pub(crate) fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.a.to_be_bytes());
        bytes[8..].copy_from_slice(&self.b.to_be_bytes());
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let a = u64::from_be_bytes(bytes.get(..8)?.try_into().ok()?);
        let b = u32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
        Some(Self { a, b })
    }
}

/// One exact thing that can be asked of the index. Ordered by field, `a`, `b`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(u128);

impl Key {
    /// The key of a field and up to 96 bits of hash.
    pub const fn new(field: Field, a: u64, b: u32) -> Self {
        Self(((field.0 as u128) << 96) | ((a as u128) << 32) | b as u128)
    }

    /// The key of an identity: a reference to that resource.
    pub const fn reference(field: Field, target: Hash96) -> Self {
        Self::new(field, target.a, target.b)
    }

    /// That key and no other.
    pub const fn only(self) -> RangeInclusive<Self> {
        self..=self
    }

    /// Every key with that `a`: a code in whatever system.
    pub const fn with_any_b(field: Field, a: u64) -> RangeInclusive<Self> {
        Self::new(field, a, 0)..=Self::new(field, a, u32::MAX)
    }

    /// Every key of a field.
    pub const fn all_of(field: Field) -> RangeInclusive<Self> {
        Self::new(field, 0, 0)..=Self::new(field, u64::MAX, u32::MAX)
    }

    /// Its field.
    pub const fn field(self) -> Field {
        Field((self.0 >> 96) as u16)
    }

    /// Its hash.
    pub const fn hash(self) -> Hash96 {
        Hash96 { a: (self.0 >> 32) as u64, b: self.0 as u32 }
    }
}

/// The store's own keyed hash (SipHash-1-3): nobody outside can aim for collisions.
#[derive(Debug, Clone, Copy)]
pub struct Hasher {
    k0: u64,
    k1: u64,
}

impl Hasher {
    /// The hash under a store's 16 bytes.
    pub fn new(key: [u8; 16]) -> Self {
        let key = u128::from_le_bytes(key);
        Self { k0: key as u64, k1: (key >> 64) as u64 }
    }

    /// 64 bits of a text.
    pub fn text(&self, text: &str) -> u64 {
        let mut sip = SipHasher13::new_with_keys(self.k0, self.k1);
        sip.write(text.as_bytes());
        sip.finish()
    }

    /// 32 bits of a text; never 0, which stands for "none".
    pub fn text32(&self, text: &str) -> u32 {
        ((self.text(text) >> 17) as u32).max(1)
    }

    /// The identity `Type/id`.
    pub fn identity(&self, type_name: &str, id: &str) -> Hash96 {
        let mut sip = SipHasher128::new_with_keys(self.k0, self.k1);
        sip.write(type_name.as_bytes());
        sip.write(b"/");
        sip.write(id.as_bytes());
        Self::fold(sip)
    }

    /// The identity that a text such as `Patient/1`, or an absolute URL, names.
    pub fn reference(&self, text: &str) -> Hash96 {
        let mut sip = SipHasher128::new_with_keys(self.k0, self.k1);
        sip.write(text.as_bytes());
        Self::fold(sip)
    }

    fn fold(sip: SipHasher128) -> Hash96 {
        let hash = sip.finish128();
        Hash96 { a: hash.h1, b: hash.h2 as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_the_hash_of_its_reference() {
        let hasher = Hasher::new([7; 16]);
        assert_eq!(hasher.identity("Patient", "1"), hasher.reference("Patient/1"));
        assert_ne!(hasher.reference("Patient/1"), Hasher::new([8; 16]).reference("Patient/1"));
    }

    #[test]
    fn keys_sort_by_field_then_hash() {
        let f = |n| Field::new(FieldId(n), Variant::Main);
        assert!(Key::new(f(1), u64::MAX, u32::MAX) < Key::new(f(2), 0, 0));
        let key = Key::new(f(3), 5, 6);
        assert_eq!((key.field(), key.hash()), (f(3), Hash96 { a: 5, b: 6 }));
        assert!(Key::with_any_b(f(3), 5).contains(&key));
    }
}
