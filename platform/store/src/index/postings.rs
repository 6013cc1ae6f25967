//! Postings: the rids behind one key or term, in memory as a slice, on disk packed.

use roaring::RoaringBitmap;

use crate::error::StoreError;
use crate::index::codec::{Reader, put, put_chunk};
use crate::key::Rid;

/// From so many rids on, postings are kept as a roaring bitmap: no larger, and far quicker to AND.
const DENSE: usize = 128;

/// Postings as they lie where they are.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Postings<'a> {
    /// Ascending.
    Slice(&'a [Rid]),
    /// As [`pack`] wrote them, behind their count.
    Packed(u32, &'a [u8]),
}

impl Postings<'_> {
    pub(crate) fn len(&self) -> u32 {
        match self {
            Self::Slice(rids) => rids.len() as u32,
            Self::Packed(count, _) => *count,
        }
    }

    pub(crate) fn add_to(&self, set: &mut RoaringBitmap) -> Result<(), StoreError> {
        match self {
            Self::Slice(rids) => set.extend(rids.iter().copied()),
            Self::Packed(count, bytes) if *count as usize >= DENSE => {
                let dense = dense(bytes)?;
                if set.is_empty() { *set = dense } else { *set |= dense }
            }
            Self::Packed(count, bytes) => {
                let mut reader = Reader::new(bytes, "a segment's postings");
                let mut last = 0u32;
                for _ in 0..*count {
                    last = last.wrapping_add(reader.get_u32()?);
                    set.insert(last);
                }
            }
        }
        Ok(())
    }

    /// Appends the rids in order.
    pub(crate) fn append_to(&self, rids: &mut Vec<Rid>) -> Result<(), StoreError> {
        match self {
            Self::Slice(slice) => rids.extend_from_slice(slice),
            Self::Packed(count, bytes) if *count as usize >= DENSE => rids.extend(dense(bytes)?),
            Self::Packed(count, bytes) => {
                let mut reader = Reader::new(bytes, "a segment's postings");
                let mut last = 0u32;
                for _ in 0..*count {
                    last = last.wrapping_add(reader.get_u32()?);
                    rids.push(last);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn to_bitmap(self) -> Result<RoaringBitmap, StoreError> {
        let mut set = RoaringBitmap::new();
        self.add_to(&mut set)?;
        Ok(set)
    }
}

fn dense(bytes: &[u8]) -> Result<RoaringBitmap, StoreError> {
    RoaringBitmap::deserialize_from(bytes)
        .map_err(|_| StoreError::Damaged { what: "a segment's postings" })
}

/// Writes ascending rids: their count, then their bytes with a length.
pub(crate) fn pack(rids: &[Rid], out: &mut Vec<u8>) {
    put(out, rids.len() as u64);
    if rids.len() >= DENSE {
        // The rids are ascending by construction, so this cannot fail.
        let mut set = RoaringBitmap::from_sorted_iter(rids.iter().copied()).unwrap_or_default();
        pack_bitmap(&mut set, out);
        return;
    }
    let mut bytes = Vec::with_capacity(rids.len() * 3);
    let mut last = 0;
    for &rid in rids {
        put(&mut bytes, u64::from(rid - last));
        last = rid;
    }
    put_chunk(out, &bytes);
}

fn pack_bitmap(set: &mut RoaringBitmap, out: &mut Vec<u8>) {
    set.optimize();
    put(out, set.serialized_size() as u64);
    set.serialize_into(out).expect("a vector takes every write");
}

/// Writes a whole bitmap with its length.
pub(crate) fn put_bitmap(out: &mut Vec<u8>, set: &RoaringBitmap) {
    let mut set = set.clone();
    pack_bitmap(&mut set, out);
}

/// Reads what [`put_bitmap`] wrote.
pub(crate) fn get_bitmap(reader: &mut Reader<'_>) -> Result<RoaringBitmap, StoreError> {
    dense(reader.chunk()?)
}

/// Reads what [`pack`] wrote, without unpacking.
pub(crate) fn packed<'a>(reader: &mut Reader<'a>) -> Result<Postings<'a>, StoreError> {
    let count = reader.get_u32()?;
    Ok(Postings::Packed(count, reader.chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_read_back_few_or_many() {
        for step in [1usize, 3, 1_000] {
            for len in [0usize, 1, 2, 127, 128, 5_000] {
                let rids: Vec<Rid> = (0..len).map(|i| (i * step + 5) as u32).collect();
                let mut out = Vec::new();
                pack(&rids, &mut out);
                let packed = packed(&mut Reader::new(&out, "a test")).expect("packed");
                assert_eq!(packed.len() as usize, len);
                let mut read = Vec::new();
                packed.append_to(&mut read).expect("rids");
                assert_eq!(read, rids);
                let set = packed.to_bitmap().expect("a set");
                assert_eq!(set.iter().collect::<Vec<_>>(), rids);
            }
        }
    }
}
