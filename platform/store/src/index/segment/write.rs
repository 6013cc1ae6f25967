//! Writing a segment, section by section, each in order.

use roaring::RoaringBitmap;

use super::bloom::Bloom;
use super::header::{ColumnPlace, Header, Kind};
use crate::error::StoreError;
use crate::index::codec::{put, put_chunk, put_signed};
use crate::index::column::Column;
use crate::index::postings::pack;
use crate::index::run::Run;
use crate::key::{Field, Hash96, Key, Rid};
use crate::row::Row;

/// Plain bytes after which a block of keys or terms is closed. A lookup walks half a block.
const BLOCK: usize = 8 * 1024;
/// Rows or identities in a block.
pub(super) const ROWS: usize = 512;
/// Bytes of a column's piece.
const PIECE: usize = 64 * 1024;

/// Collects blocks; sections must come in the order keys, terms, columns, rows, identities.
#[derive(Debug, Default)]
pub(crate) struct SegmentWriter {
    blocks: Vec<Vec<u8>>,
    header: Header,
    open: Vec<u8>,
    last_term: String,
    rows: Vec<Row>,
    identities: Vec<(Hash96, Rid)>,
    bloom: Bloom,
}

impl SegmentWriter {
    /// A writer for about so many resources.
    pub(crate) fn new(rows: usize) -> Self {
        let mut writer = Self { bloom: Bloom::for_count(rows), ..Self::default() };
        // Block 0 is the header, which is written last.
        writer.blocks.push(Vec::new());
        writer
    }

    fn close(&mut self) -> u32 {
        self.blocks.push(std::mem::take(&mut self.open));
        self.blocks.len() as u32 - 1
    }

    fn next_block(&self) -> u32 {
        self.blocks.len() as u32
    }

    /// Adds a key greater than all before.
    pub(crate) fn key(&mut self, key: Key, rids: &[Rid]) {
        if self.open.is_empty() {
            self.header.keys.push((key, self.next_block()));
        }
        let hash = key.hash();
        self.open.extend_from_slice(&key.field().to_bits().to_be_bytes());
        self.open.extend_from_slice(&hash.a.to_be_bytes());
        self.open.push(u8::from(hash.b != 0));
        if hash.b != 0 {
            self.open.extend_from_slice(&hash.b.to_be_bytes());
        }
        pack(rids, &mut self.open);
        if self.open.len() >= BLOCK {
            self.close();
        }
    }

    /// Adds a term greater than all before.
    pub(crate) fn term(&mut self, field: Field, term: &str, rids: &[Rid]) {
        if self.open.is_empty() {
            self.header.terms.push(((field, term.to_owned()), self.next_block()));
            self.last_term.clear();
        }
        let same = self.last_term.bytes().zip(term.bytes()).take_while(|(a, b)| a == b).count();
        let shared = (0..=same).rev().find(|&at| term.is_char_boundary(at)).unwrap_or(0);
        self.open.extend_from_slice(&field.to_bits().to_be_bytes());
        put(&mut self.open, shared as u64);
        put_chunk(&mut self.open, &term.as_bytes()[shared..]);
        pack(rids, &mut self.open);
        self.last_term.clear();
        self.last_term.push_str(term);
        if self.open.len() >= BLOCK {
            self.close();
        }
    }

    /// Ends a section of keys or terms.
    pub(crate) fn end_section(&mut self) {
        if !self.open.is_empty() {
            self.close();
        }
    }

    /// Adds a column.
    pub(crate) fn column<C: Column>(
        &mut self,
        kind: Kind,
        field: Field,
        column: &C,
    ) -> Result<(), StoreError> {
        if column.rids().is_empty() {
            return Ok(());
        }
        let mut plain = Vec::new();
        column.encode(&mut plain);
        let packed = compress(&plain)?;
        let first_block = self.next_block();
        for piece in packed.chunks(PIECE) {
            self.open.extend_from_slice(piece);
            self.close();
        }
        let blocks = self.next_block() - first_block;
        self.header.columns.insert((kind, field), ColumnPlace { first_block, blocks });
        Ok(())
    }

    /// Adds a row, its rid greater than all before.
    pub(crate) fn row(&mut self, row: Row) {
        self.header.rids.insert(row.rid);
        if !row.deleted {
            self.header.types.entry(row.type_).or_default().insert(row.rid);
        }
        self.rows.push(row);
        if self.rows.len() == ROWS {
            self.close_rows();
        }
    }

    fn close_rows(&mut self) {
        let Some(first) = self.rows.first().copied() else { return };
        self.header.rows.push((first.rid, self.next_block()));
        let (mut rid, mut updated, mut loc) = (0, 0, 0u64);
        put(&mut self.open, self.rows.len() as u64);
        for row in &self.rows {
            put(&mut self.open, u64::from(row.rid - rid));
            self.open.push(row.type_.0);
            put(&mut self.open, u64::from(row.version) << 1 | u64::from(row.deleted));
            put_signed(&mut self.open, row.updated.micros().wrapping_sub(updated));
            put_signed(&mut self.open, row.loc.to_bits().wrapping_sub(loc) as i64);
            (rid, updated, loc) = (row.rid, row.updated.micros(), row.loc.to_bits());
        }
        self.rows.clear();
        self.close();
    }

    /// Ends the rows.
    pub(crate) fn end_rows(&mut self) {
        self.close_rows();
    }

    /// Adds an identity, its hash greater than all before.
    pub(crate) fn identity(&mut self, hash: Hash96, rid: Rid) {
        self.bloom.insert(hash);
        self.identities.push((hash, rid));
        if self.identities.len() == ROWS {
            self.close_identities();
        }
    }

    fn close_identities(&mut self) {
        let Some((first, _)) = self.identities.first().copied() else { return };
        self.header.identities.push((first, self.next_block()));
        for (hash, rid) in self.identities.drain(..) {
            self.open.extend_from_slice(&hash.to_bytes());
            self.open.extend_from_slice(&rid.to_be_bytes());
        }
        self.close();
    }

    /// Ends the segment: its plain blocks, the header first.
    pub(crate) fn finish(
        mut self,
        supersedes: RoaringBitmap,
        generation: u32,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.close_identities();
        for piece in std::mem::take(&mut self.bloom).as_bytes().chunks(PIECE) {
            self.open.extend_from_slice(piece);
            let block = self.close();
            self.header.bloom.push(block);
        }
        self.header.supersedes = supersedes;
        self.header.generation = generation;
        self.header.size = self.blocks.iter().map(|b| b.len() as u64).sum();
        self.blocks[0] = compress(&self.header.encode())?;
        Ok(self.blocks)
    }
}

/// Writes a run as a segment.
pub(crate) fn write_run(run: &Run) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut writer = SegmentWriter::new(run.rows.len());
    for (at, key) in run.keys.keys.iter().enumerate() {
        writer.key(*key, run.keys.rids(at));
    }
    writer.end_section();
    for at in 0..run.terms.terms.len() {
        let (field, term) = run.terms.term(at);
        writer.term(field, term, run.terms.rids(at));
    }
    writer.end_section();
    for (field, column) in &run.dates {
        writer.column(Kind::Date, *field, &**column)?;
    }
    for (field, column) in &run.numbers {
        writer.column(Kind::Number, *field, &**column)?;
    }
    for (field, column) in &run.quantities {
        writer.column(Kind::Quantity, *field, &**column)?;
    }
    run.rows.iter().for_each(|row| writer.row(*row));
    writer.end_rows();
    run.identities.iter().for_each(|(hash, rid)| writer.identity(*hash, *rid));
    writer.finish(run.supersedes.clone(), run.generation)
}

fn compress(plain: &[u8]) -> Result<Vec<u8>, StoreError> {
    let mut out = Vec::with_capacity(plain.len() / 2 + 16);
    put(&mut out, plain.len() as u64);
    let packed = zstd::bulk::compress(plain, 1)
        .map_err(|source| StoreError::File { path: "memory".into(), source })?;
    out.extend_from_slice(&packed);
    Ok(out)
}
