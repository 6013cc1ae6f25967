//! What a segment keeps at hand: its sets of rids, and where each section's blocks are.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::TypeId;

use crate::error::StoreError;
use crate::index::codec::{Reader, put, put_chunk};
use crate::index::postings::{get_bitmap, put_bitmap};
use crate::key::{Field, Hash96, Key, Rid};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Date = 0,
    Number = 1,
    Quantity = 2,
}

/// A column's blocks: its bytes, compressed, cut in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnPlace {
    pub first_block: u32,
    pub blocks: u32,
}

#[derive(Debug, Default)]
pub(crate) struct Header {
    /// First key of each block of keys, ascending.
    pub keys: Vec<(Key, u32)>,
    /// First term of each block of terms, ascending.
    pub terms: Vec<((Field, String), u32)>,
    /// First rid of each block of rows, ascending.
    pub rows: Vec<(Rid, u32)>,
    /// First hash of each block of identities, ascending.
    pub identities: Vec<(Hash96, u32)>,
    pub columns: BTreeMap<(Kind, Field), ColumnPlace>,
    pub bloom: Vec<u32>,
    pub types: BTreeMap<TypeId, RoaringBitmap>,
    pub rids: RoaringBitmap,
    pub supersedes: RoaringBitmap,
    /// Up to which generation of the store's own parameters it has entries.
    pub generation: u32,
    /// Bytes of all blocks together, sealed.
    pub size: u64,
}

impl Header {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, self.size);
        put(&mut out, u64::from(self.generation));
        put_bitmap(&mut out, &self.rids);
        put_bitmap(&mut out, &self.supersedes);
        put(&mut out, self.types.len() as u64);
        for (type_, rids) in &self.types {
            out.push(type_.0);
            put_bitmap(&mut out, rids);
        }
        put(&mut out, self.keys.len() as u64);
        for (key, block) in &self.keys {
            let hash = key.hash();
            out.extend_from_slice(&key.field().to_bits().to_be_bytes());
            out.extend_from_slice(&hash.to_bytes());
            put(&mut out, u64::from(*block));
        }
        put(&mut out, self.terms.len() as u64);
        for ((field, term), block) in &self.terms {
            out.extend_from_slice(&field.to_bits().to_be_bytes());
            put_chunk(&mut out, term.as_bytes());
            put(&mut out, u64::from(*block));
        }
        put(&mut out, self.rows.len() as u64);
        for (rid, block) in &self.rows {
            put(&mut out, u64::from(*rid));
            put(&mut out, u64::from(*block));
        }
        put(&mut out, self.identities.len() as u64);
        for (hash, block) in &self.identities {
            out.extend_from_slice(&hash.to_bytes());
            put(&mut out, u64::from(*block));
        }
        put(&mut out, self.columns.len() as u64);
        for ((kind, field), place) in &self.columns {
            out.push(*kind as u8);
            out.extend_from_slice(&field.to_bits().to_be_bytes());
            put(&mut out, u64::from(place.first_block));
            put(&mut out, u64::from(place.blocks));
        }
        put(&mut out, self.bloom.len() as u64);
        for block in &self.bloom {
            put(&mut out, u64::from(*block));
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(bytes, "a segment's header");
        let r = &mut reader;
        let mut header = Self { size: r.get()?, generation: r.get_u32()?, ..Self::default() };
        header.rids = get_bitmap(r)?;
        header.supersedes = get_bitmap(r)?;
        for _ in 0..r.get()? {
            let [type_] = r.fixed::<1>()?;
            header.types.insert(TypeId(type_), get_bitmap(r)?);
        }
        let hash = |r: &mut Reader<'_>| -> Result<Hash96, StoreError> {
            Hash96::from_bytes(r.take(12)?).ok_or_else(|| r.damaged())
        };
        let field = |r: &mut Reader<'_>| -> Result<Field, StoreError> {
            Ok(Field::from_bits(u16::from_be_bytes(r.fixed()?)))
        };
        for _ in 0..r.get()? {
            let key = Key::reference(field(r)?, hash(r)?);
            header.keys.push((key, r.get_u32()?));
        }
        for _ in 0..r.get()? {
            let field = field(r)?;
            let term = std::str::from_utf8(r.chunk()?).map_err(|_| r.damaged())?.to_owned();
            header.terms.push(((field, term), r.get_u32()?));
        }
        for _ in 0..r.get()? {
            header.rows.push((r.get_u32()?, r.get_u32()?));
        }
        for _ in 0..r.get()? {
            header.identities.push((hash(r)?, r.get_u32()?));
        }
        for _ in 0..r.get()? {
            let kind = match r.fixed::<1>()? {
                [0] => Kind::Date,
                [1] => Kind::Number,
                [2] => Kind::Quantity,
                _ => return Err(r.damaged()),
            };
            let field = field(r)?;
            let place = ColumnPlace { first_block: r.get_u32()?, blocks: r.get_u32()? };
            header.columns.insert((kind, field), place);
        }
        for _ in 0..r.get()? {
            header.bloom.push(r.get_u32()?);
        }
        if reader.is_empty() { Ok(header) } else { Err(reader.damaged()) }
    }
}
