//! Reading a segment: a block when it is asked for, decoded columns and rows kept in the cache.

use std::sync::{Arc, OnceLock};

use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;

use super::bloom::Bloom;
use super::header::{Header, Kind};
use crate::cache::{Cached, Slot};
use crate::error::StoreError;
use crate::index::codec::Reader;
use crate::index::column::{Column, DateColumn, NumberColumn, QuantityColumn};
use crate::key::{Field, Hash96, Rid};
use crate::row::{Loc, Row};

/// Where blocks come from: opened, and checked to be what was written at that place.
pub(crate) trait BlockSource: Send + Sync + std::fmt::Debug {
    /// The plain bytes of a block.
    fn load(&self, segment: u64, block: u32) -> Result<Vec<u8>, StoreError>;
    /// What is kept of a segment's block, decoded.
    fn cached(&self, slot: Slot) -> Option<Cached>;
    /// Keeps it.
    fn keep(&self, slot: Slot, what: Cached);
    /// A segment is gone: nobody reads it any more.
    fn forget(&self, segment: u64);
}

/// An index part on disk.
#[derive(Debug)]
pub(crate) struct Segment {
    pub id: u64,
    pub header: Header,
    source: Arc<dyn BlockSource>,
    bloom: OnceLock<Bloom>,
}

impl Drop for Segment {
    fn drop(&mut self) {
        self.source.forget(self.id);
    }
}

impl Segment {
    pub(crate) fn open(id: u64, source: Arc<dyn BlockSource>) -> Result<Self, StoreError> {
        let packed = source.load(id, 0)?;
        let header = Header::decode(&decompress(&packed)?)?;
        Ok(Self { id, header, source, bloom: OnceLock::new() })
    }

    /// A block's plain bytes.
    pub(crate) fn block(&self, number: u32) -> Result<Arc<[u8]>, StoreError> {
        let slot = Slot::block(self.id, number);
        if let Some(Cached::Bytes(bytes)) = self.source.cached(slot) {
            return Ok(bytes);
        }
        let bytes: Arc<[u8]> = self.source.load(self.id, number)?.into();
        self.source.keep(slot, Cached::Bytes(bytes.clone()));
        Ok(bytes)
    }

    fn bloom(&self) -> Result<&Bloom, StoreError> {
        if let Some(bloom) = self.bloom.get() {
            return Ok(bloom);
        }
        let mut bytes = Vec::new();
        for &block in &self.header.bloom {
            bytes.extend_from_slice(&self.source.load(self.id, block)?);
        }
        Ok(self.bloom.get_or_init(|| Bloom::from_bytes(bytes)))
    }

    pub(crate) fn find(&self, hash: Hash96) -> Result<Option<Rid>, StoreError> {
        if !self.bloom()?.may_have(hash) {
            return Ok(None);
        }
        let directory = &self.header.identities;
        let Some(at) = directory.partition_point(|(first, _)| *first <= hash).checked_sub(1) else {
            return Ok(None);
        };
        let block = self.block(directory[at].1)?;
        let (entries, _) = block.as_chunks::<16>();
        let wanted = hash.to_bytes();
        let Ok(at) = entries.binary_search_by(|e| e[..12].cmp(&wanted)) else { return Ok(None) };
        Ok(entries[at][12..].try_into().ok().map(u32::from_be_bytes))
    }

    pub(crate) fn each_identity(&self, f: &mut dyn FnMut(Hash96, Rid)) -> Result<(), StoreError> {
        for &(_, number) in &self.header.identities {
            // A scan of everything: not worth a place in the cache.
            let block = self.source.load(self.id, number)?;
            for entry in block.as_chunks::<16>().0 {
                let hash = Hash96::from_bytes(entry).unwrap_or_default();
                let rid = entry[12..].try_into().map(u32::from_be_bytes).unwrap_or_default();
                f(hash, rid);
            }
        }
        Ok(())
    }

    pub(crate) fn row(&self, rid: Rid) -> Result<Option<Row>, StoreError> {
        let directory = &self.header.rows;
        let Some(at) = directory.partition_point(|(first, _)| *first <= rid).checked_sub(1) else {
            return Ok(None);
        };
        let rows = self.rows(at)?;
        Ok(rows.binary_search_by_key(&rid, |row| row.rid).ok().map(|at| rows[at]))
    }

    /// The rows of the block at that place of the directory.
    pub(crate) fn rows(&self, at: usize) -> Result<Arc<[Row]>, StoreError> {
        let number = self.header.rows[at].1;
        let slot = Slot::block(self.id, number);
        if let Some(Cached::Rows(rows)) = self.source.cached(slot) {
            return Ok(rows);
        }
        let rows: Arc<[Row]> = decode_rows(&self.source.load(self.id, number)?)?.into();
        self.source.keep(slot, Cached::Rows(rows.clone()));
        Ok(rows)
    }

    fn column<C: Column>(&self, kind: Kind, field: Field) -> Result<Option<C>, StoreError> {
        let Some(place) = self.header.columns.get(&(kind, field)) else { return Ok(None) };
        let mut packed = Vec::new();
        for block in place.first_block..place.first_block + place.blocks {
            packed.extend_from_slice(&self.source.load(self.id, block)?);
        }
        let plain = decompress(&packed)?;
        C::decode(&mut Reader::new(&plain, "a segment's column")).map(Some)
    }

    pub(crate) fn dates(&self, field: Field) -> Result<Option<Arc<DateColumn>>, StoreError> {
        let slot = Slot::column(self.id, Kind::Date as u8, field);
        if let Some(Cached::Dates(column)) = self.source.cached(slot) {
            return Ok(Some(column));
        }
        let Some(column) = self.column::<DateColumn>(Kind::Date, field)?.map(Arc::new) else {
            return Ok(None);
        };
        self.source.keep(slot, Cached::Dates(column.clone()));
        Ok(Some(column))
    }

    pub(crate) fn numbers(&self, field: Field) -> Result<Option<Arc<NumberColumn>>, StoreError> {
        let slot = Slot::column(self.id, Kind::Number as u8, field);
        if let Some(Cached::Numbers(column)) = self.source.cached(slot) {
            return Ok(Some(column));
        }
        let Some(column) = self.column::<NumberColumn>(Kind::Number, field)?.map(Arc::new) else {
            return Ok(None);
        };
        self.source.keep(slot, Cached::Numbers(column.clone()));
        Ok(Some(column))
    }

    pub(crate) fn quantities(
        &self,
        field: Field,
    ) -> Result<Option<Arc<QuantityColumn>>, StoreError> {
        let slot = Slot::column(self.id, Kind::Quantity as u8, field);
        if let Some(Cached::Quantities(column)) = self.source.cached(slot) {
            return Ok(Some(column));
        }
        let column = self.column::<QuantityColumn>(Kind::Quantity, field)?.map(Arc::new);
        let Some(column) = column else { return Ok(None) };
        self.source.keep(slot, Cached::Quantities(column.clone()));
        Ok(Some(column))
    }

    /// When each resource's current version came, as a column.
    pub(crate) fn updated(&self) -> Result<Arc<DateColumn>, StoreError> {
        let slot = Slot::updated(self.id);
        if let Some(Cached::Dates(column)) = self.source.cached(slot) {
            return Ok(column);
        }
        let mut column = DateColumn::default();
        for &(_, number) in &self.header.rows {
            for row in decode_rows(&self.source.load(self.id, number)?)? {
                column.push(row.rid, row.updated.micros(), row.updated.micros());
            }
        }
        let column = Arc::new(column);
        self.source.keep(slot, Cached::Dates(column.clone()));
        Ok(column)
    }
}

fn decode_rows(bytes: &[u8]) -> Result<Vec<Row>, StoreError> {
    let mut reader = Reader::new(bytes, "a segment's rows");
    let r = &mut reader;
    let (mut rid, mut updated, mut loc) = (0u32, 0i64, 0u64);
    let count = r.get_u32()? as usize;
    let mut rows = Vec::with_capacity(count.min(super::write::ROWS));
    for _ in 0..count {
        rid = rid.wrapping_add(r.get_u32()?);
        let [type_] = r.fixed::<1>()?;
        let word = r.get()?;
        updated = updated.wrapping_add(r.get_signed()?);
        loc = loc.wrapping_add(r.get_signed()? as u64);
        rows.push(Row {
            rid,
            type_: TypeId(type_),
            version: u32::try_from(word >> 1).map_err(|_| r.damaged())?,
            deleted: word & 1 == 1,
            updated: Timestamp::from_micros(updated),
            loc: Loc::from_bits(loc),
        });
    }
    Ok(rows)
}

fn decompress(packed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut reader = Reader::new(packed, "a segment's block");
    let len = reader.get_u32()? as usize;
    let rest = reader.take(reader.len())?;
    zstd::bulk::decompress(rest, len).map_err(|_| reader.damaged())
}
