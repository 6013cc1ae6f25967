//! Compression with a dictionary per resource type.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use tarn_fhir::definitions::TypeId;
use zstd::zstd_safe::{CCtx, CDict, DCtx, DDict};

use super::fold;
use crate::error::StoreError;

const LEVEL: i32 = 1;

/// A trained dictionary, ready for use.
pub(crate) struct Dictionary {
    pub id: u32,
    pub type_: TypeId,
    pub bytes: Vec<u8>,
    compress: CDict<'static>,
    decompress: DDict<'static>,
}

impl std::fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dictionary({} of {}, {} bytes)", self.id, self.type_.name(), self.bytes.len())
    }
}

impl Dictionary {
    pub(crate) fn new(id: u32, type_: TypeId, bytes: Vec<u8>) -> Self {
        let compress = CDict::create(&bytes, LEVEL);
        let decompress = DDict::create(&bytes);
        Self { id, type_, bytes, compress, decompress }
    }
}

/// The dictionaries of a store.
#[derive(Debug, Default, Clone)]
pub(crate) struct Dictionaries {
    by_id: HashMap<u32, Arc<Dictionary>>,
    by_type: HashMap<TypeId, Arc<Dictionary>>,
}

impl Dictionaries {
    pub(crate) fn of_type(&self, type_: TypeId) -> Option<&Arc<Dictionary>> {
        self.by_type.get(&type_)
    }

    pub(crate) fn has(&self, id: u32) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(crate) fn add(&mut self, dictionary: Arc<Dictionary>) {
        self.by_id.insert(dictionary.id, dictionary.clone());
        self.by_type.insert(dictionary.type_, dictionary);
    }

    /// Undoes [`pack`].
    pub(crate) fn unpack(&self, packed: Packed<'_>) -> Result<Vec<u8>, StoreError> {
        let damaged = StoreError::Damaged { what: "a body" };
        let mut out = Vec::with_capacity(packed.plain.len as usize);
        if packed.dictionary == 0 {
            let done = DECOMPRESS.with_borrow_mut(|c| c.decompress(&mut out, packed.bytes));
            done.map_err(|_| damaged)?;
        } else {
            let Some(dictionary) = self.by_id.get(&packed.dictionary) else { return Err(damaged) };
            let done = DECOMPRESS.with_borrow_mut(|c| {
                c.decompress_using_ddict(&mut out, packed.bytes, &dictionary.decompress)
            });
            done.map_err(|_| damaged)?;
        }
        if packed.plain.folded { fold::unfold(&out) } else { Ok(out) }
    }
}

/// A compressed body, borrowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed<'a> {
    /// 0 for none.
    pub dictionary: u32,
    pub plain: Plain,
    pub bytes: &'a [u8],
}

/// What was compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plain {
    pub len: u32,
    /// Whether attachments were folded before.
    pub folded: bool,
}

impl Plain {
    pub(crate) fn to_bits(self) -> u64 {
        u64::from(self.len) << 1 | u64::from(self.folded)
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Self { len: (bits >> 1) as u32, folded: bits & 1 == 1 }
    }
}

/// What a thread keeps for compressing.
struct Pack {
    context: CCtx<'static>,
    folded: Vec<u8>,
    packed: Vec<u8>,
}

thread_local! {
    static PACK: RefCell<Pack> = RefCell::new(Pack {
        context: CCtx::create(),
        folded: Vec::new(),
        packed: Vec::new(),
    });
    static DECOMPRESS: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// Appends the compressed `body` to `out`; the dictionary may be none.
pub(crate) fn pack(body: &[u8], dictionary: Option<&Dictionary>, out: &mut Vec<u8>) -> Plain {
    PACK.with_borrow_mut(|Pack { context, folded, packed }| {
        let is_folded = fold::fold(body, folded);
        let plain = if is_folded { folded.as_slice() } else { body };
        let bound = zstd::zstd_safe::compress_bound(plain.len());
        if packed.len() < bound {
            packed.resize(bound, 0);
        }
        let target = packed.as_mut_slice();
        let done = match dictionary {
            Some(dictionary) => context.compress_using_cdict(target, plain, &dictionary.compress),
            None => context.compress(target, plain, LEVEL),
        };
        // The target holds the bound of what can come out, the one thing that could be missing.
        let len = done.expect("zstd compresses into a buffer of its own bound");
        out.extend_from_slice(&packed[..len]);
        Plain { len: plain.len() as u32, folded: is_folded }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_unpacks_with_the_dictionary_it_was_packed_with() {
        let body = br#"{"resourceType":"Patient","id":"1","meta":{},"gender":"female"}"#;
        let dictionary = Arc::new(Dictionary::new(7, TypeId(1), body.to_vec()));
        let mut dictionaries = Dictionaries::default();
        let mut with = Vec::new();
        let plain = pack(body, Some(&dictionary), &mut with);
        let packed = Packed { dictionary: 7, plain, bytes: &with };
        assert!(dictionaries.unpack(packed).is_err());
        dictionaries.add(dictionary);
        assert_eq!(dictionaries.unpack(packed).expect("the body"), body);
        let mut without = Vec::new();
        let plain = pack(body, None, &mut without);
        let packed = Packed { dictionary: 0, plain, bytes: &without };
        assert_eq!(dictionaries.unpack(packed).expect("the body"), body);
        assert!(with.len() < without.len());
    }
}
