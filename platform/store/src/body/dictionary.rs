//! Compression with a dictionary per resource type.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use tarn_fhir::definitions::TypeId;
use zstd::zstd_safe::{CCtx, CDict, DCtx, DDict};

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
        let mut out = Vec::with_capacity(packed.raw_len as usize);
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
        Ok(out)
    }
}

/// A compressed body, borrowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packed<'a> {
    /// 0 for none.
    pub dictionary: u32,
    pub raw_len: u32,
    pub bytes: &'a [u8],
}

thread_local! {
    static COMPRESS: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    static DECOMPRESS: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

/// Appends the compressed `body` to `out`; the dictionary may be none.
pub(crate) fn pack(body: &[u8], dictionary: Option<&Dictionary>, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + zstd::zstd_safe::compress_bound(body.len()), 0);
    let target = &mut out[start..];
    let done = COMPRESS.with_borrow_mut(|context| match dictionary {
        Some(dictionary) => context.compress_using_cdict(target, body, &dictionary.compress),
        None => context.compress(target, body, LEVEL),
    });
    // The target holds the bound of what can come out, the one thing that could be missing.
    let len = done.expect("zstd compresses into a buffer of its own bound");
    out.truncate(start + len);
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
        pack(body, Some(&dictionary), &mut with);
        let packed = Packed { dictionary: 7, raw_len: body.len() as u32, bytes: &with };
        assert!(dictionaries.unpack(packed).is_err());
        dictionaries.add(dictionary);
        assert_eq!(dictionaries.unpack(packed).expect("the body"), body);
        let mut without = Vec::new();
        pack(body, None, &mut without);
        let plain = Packed { dictionary: 0, raw_len: body.len() as u32, bytes: &without };
        assert_eq!(dictionaries.unpack(plain).expect("the body"), body);
        assert!(with.len() < without.len());
    }
}
