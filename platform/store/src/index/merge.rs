//! Merging neighbouring parts into one, dropping what is dead, in the order of their keys.

use std::collections::BTreeSet;
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::column::{Column, DateColumn, NumberColumn, QuantityColumn};
use super::part::{Data, Part};
use super::run::Run;
use super::segment::{Kind, SegmentWriter};
use crate::error::StoreError;
use crate::key::{Field, Hash96, Key, Rid};
use crate::row::Row;

/// Where a merged part goes: to memory or to blocks.
trait Sink {
    fn key(&mut self, key: Key, rids: &[Rid]);
    fn term(&mut self, field: Field, term: &str, rids: &[Rid]);
    fn end_section(&mut self);
    fn dates(&mut self, field: Field, column: DateColumn) -> Result<(), StoreError>;
    fn numbers(&mut self, field: Field, column: NumberColumn) -> Result<(), StoreError>;
    fn quantities(&mut self, field: Field, column: QuantityColumn) -> Result<(), StoreError>;
    fn row(&mut self, row: Row);
    fn end_rows(&mut self);
    fn identity(&mut self, hash: Hash96, rid: Rid);
}

/// Merges parts that stand next to each other, oldest first, into a run.
pub(crate) fn to_run(parts: &[Part]) -> Result<Run, StoreError> {
    let mut run = Run { generation: generation(parts), ..Run::default() };
    merge(parts, &|_| true, &mut run)?;
    run.supersedes = supersedes(parts);
    run.derive_sets();
    Ok(run)
}

/// Merges parts that stand next to each other, oldest first, into a segment's plain blocks.
pub(crate) fn to_segment(parts: &[Part]) -> Result<Vec<Vec<u8>>, StoreError> {
    supplemented(parts, Vec::new(), generation(parts), &|_| true)
}

/// The same with entries that the parts lack for a generation of the store's own parameters, and
/// without those of fields that are not kept.
pub(crate) fn supplemented(
    parts: &[Part],
    supplements: Vec<Part>,
    generation: u32,
    keeps: Keeps<'_>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let rows = parts.iter().map(|p| p.rids().len() - p.dead.len().min(p.rids().len())).sum::<u64>();
    let mut writer = SegmentWriter::new(rows as usize);
    let supersedes = supersedes(parts);
    let all: Vec<Part> = parts.iter().cloned().chain(supplements).collect();
    merge(&all, keeps, &mut writer)?;
    writer.finish(supersedes, generation)
}

/// Whether entries of a field stay.
type Keeps<'k> = &'k dyn Fn(Field) -> bool;

/// What all of the parts have entries for.
fn generation(parts: &[Part]) -> u32 {
    parts.iter().map(Part::generation).min().unwrap_or_default()
}

fn supersedes(parts: &[Part]) -> RoaringBitmap {
    parts.iter().fold(RoaringBitmap::new(), |all, part| all | part.supersedes())
}

fn merge(parts: &[Part], keeps: Keeps<'_>, sink: &mut dyn Sink) -> Result<(), StoreError> {
    keys(parts, keeps, sink)?;
    terms(parts, keeps, sink)?;
    columns(parts, keeps, sink)?;
    rows(parts, sink)?;
    identities(parts, sink)
}

fn bury(rids: &mut Vec<Rid>, from: usize, dead: &RoaringBitmap) {
    if !dead.is_empty() {
        let mut keep = from;
        for at in from..rids.len() {
            if !dead.contains(rids[at]) {
                rids[keep] = rids[at];
                keep += 1;
            }
        }
        rids.truncate(keep);
    }
}

fn keys(parts: &[Part], keeps: Keeps<'_>, sink: &mut dyn Sink) -> Result<(), StoreError> {
    let first = Key::new(Field::from_bits(0), 0, 0);
    let mut open = Vec::new();
    for part in parts {
        let mut cursor = part.key_cursor(first)?;
        if cursor.advance()? {
            open.push((cursor, &*part.dead));
        }
    }
    let mut rids: Vec<Rid> = Vec::new();
    while let Some(key) = open.iter().map(|(cursor, _)| cursor.key()).min() {
        rids.clear();
        let mut at = 0;
        while at < open.len() {
            let (cursor, dead) = &mut open[at];
            if cursor.key() == key {
                let from = rids.len();
                cursor.postings().append_to(&mut rids)?;
                bury(&mut rids, from, dead);
                if !cursor.advance()? {
                    open.swap_remove(at);
                    continue;
                }
            }
            at += 1;
        }
        if !rids.is_sorted() {
            rids.sort_unstable();
        }
        if !rids.is_empty() && keeps(key.field()) {
            sink.key(key, &rids);
        }
    }
    sink.end_section();
    Ok(())
}

fn terms(parts: &[Part], keeps: Keeps<'_>, sink: &mut dyn Sink) -> Result<(), StoreError> {
    let mut open = Vec::new();
    for part in parts {
        let mut cursor = part.term_cursor(Field::from_bits(0), "")?;
        if cursor.advance()? {
            open.push((cursor, &*part.dead));
        }
    }
    let mut rids: Vec<Rid> = Vec::new();
    let mut term = String::new();
    while let Some((field, text)) = open.iter().map(|(cursor, _)| cursor.term()).min() {
        rids.clear();
        term.clear();
        term.push_str(text);
        let mut at = 0;
        while at < open.len() {
            let (cursor, dead) = &mut open[at];
            if cursor.term() == (field, term.as_str()) {
                let from = rids.len();
                cursor.postings().append_to(&mut rids)?;
                bury(&mut rids, from, dead);
                if !cursor.advance()? {
                    open.swap_remove(at);
                    continue;
                }
            }
            at += 1;
        }
        if !rids.is_sorted() {
            rids.sort_unstable();
        }
        if !rids.is_empty() && keeps(field) {
            sink.term(field, &term, &rids);
        }
    }
    sink.end_section();
    Ok(())
}

/// The fields that have a column of a kind in any of the parts.
fn fields(parts: &[Part], kind: Kind) -> BTreeSet<Field> {
    let mut all = BTreeSet::new();
    for part in parts {
        match (&part.data, kind) {
            (Data::Run(run), Kind::Date) => all.extend(run.dates.keys()),
            (Data::Run(run), Kind::Number) => all.extend(run.numbers.keys()),
            (Data::Run(run), Kind::Quantity) => all.extend(run.quantities.keys()),
            (Data::Segment(segment), kind) => {
                let of_kind = segment.header.columns.keys().filter(|(k, _)| *k == kind);
                all.extend(of_kind.map(|(_, field)| *field));
            }
        }
    }
    all
}

fn columns(parts: &[Part], keeps: Keeps<'_>, sink: &mut dyn Sink) -> Result<(), StoreError> {
    let kept = |kind| fields(parts, kind).into_iter().filter(|field| keeps(*field));
    for field in kept(Kind::Date) {
        sink.dates(field, column(parts, |part| part.dates(field))?)?;
    }
    for field in kept(Kind::Number) {
        sink.numbers(field, column(parts, |part| part.numbers(field))?)?;
    }
    for field in kept(Kind::Quantity) {
        sink.quantities(field, column(parts, |part| part.quantities(field))?)?;
    }
    Ok(())
}

fn column<C: Column>(
    parts: &[Part],
    of: impl Fn(&Part) -> Result<Option<Arc<C>>, StoreError>,
) -> Result<C, StoreError> {
    let mut sources = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        if let Some(column) = of(part)? {
            sources.push((number, column));
        }
    }
    let mut order: Vec<(Rid, u32, u32)> = Vec::new();
    for (at, (number, column)) in sources.iter().enumerate() {
        let dead = &parts[*number].dead;
        let alive = column.rids().iter().enumerate().filter(|(_, rid)| !dead.contains(**rid));
        order.extend(alive.map(|(place, rid)| (*rid, at as u32, place as u32)));
    }
    if !order.is_sorted() {
        order.sort_unstable();
    }
    let mut merged = C::default();
    for (_, at, place) in order {
        merged.push_from(&sources[at as usize].1, place as usize);
    }
    Ok(merged)
}

fn rows(parts: &[Part], sink: &mut dyn Sink) -> Result<(), StoreError> {
    let mut all: Vec<Row> = Vec::new();
    for part in parts {
        let alive = |row: &&Row| !part.dead.contains(row.rid);
        match &part.data {
            Data::Run(run) => all.extend(run.rows.iter().filter(alive)),
            Data::Segment(segment) => {
                for at in 0..segment.header.rows.len() {
                    all.extend(segment.rows(at)?.iter().filter(alive));
                }
            }
        }
    }
    all.sort_unstable_by_key(|row| row.rid);
    all.into_iter().for_each(|row| sink.row(row));
    sink.end_rows();
    Ok(())
}

fn identities(parts: &[Part], sink: &mut dyn Sink) -> Result<(), StoreError> {
    let mut all: Vec<(Hash96, Rid)> = Vec::new();
    for part in parts {
        let mut take = |hash, rid| {
            if !part.dead.contains(rid) {
                all.push((hash, rid));
            }
        };
        match &part.data {
            Data::Run(run) => run.identities.iter().for_each(|(hash, rid)| take(*hash, *rid)),
            Data::Segment(segment) => segment.each_identity(&mut take)?,
        }
    }
    all.sort_unstable();
    all.into_iter().for_each(|(hash, rid)| sink.identity(hash, rid));
    Ok(())
}

impl Sink for Run {
    fn key(&mut self, key: Key, rids: &[Rid]) {
        self.keys.rids.extend_from_slice(rids);
        self.keys.close(key);
    }

    fn term(&mut self, field: Field, term: &str, rids: &[Rid]) {
        self.terms.rids.extend_from_slice(rids);
        self.terms.close(field, term);
    }

    fn end_section(&mut self) {}

    fn dates(&mut self, field: Field, column: DateColumn) -> Result<(), StoreError> {
        self.dates.insert(field, Arc::new(column));
        Ok(())
    }

    fn numbers(&mut self, field: Field, column: NumberColumn) -> Result<(), StoreError> {
        self.numbers.insert(field, Arc::new(column));
        Ok(())
    }

    fn quantities(&mut self, field: Field, column: QuantityColumn) -> Result<(), StoreError> {
        self.quantities.insert(field, Arc::new(column));
        Ok(())
    }

    fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    fn end_rows(&mut self) {}

    fn identity(&mut self, hash: Hash96, rid: Rid) {
        self.identities.push((hash, rid));
    }
}

impl Sink for SegmentWriter {
    fn key(&mut self, key: Key, rids: &[Rid]) {
        Self::key(self, key, rids);
    }

    fn term(&mut self, field: Field, term: &str, rids: &[Rid]) {
        Self::term(self, field, term, rids);
    }

    fn end_section(&mut self) {
        Self::end_section(self);
    }

    fn dates(&mut self, field: Field, column: DateColumn) -> Result<(), StoreError> {
        self.column(Kind::Date, field, &column)
    }

    fn numbers(&mut self, field: Field, column: NumberColumn) -> Result<(), StoreError> {
        self.column(Kind::Number, field, &column)
    }

    fn quantities(&mut self, field: Field, column: QuantityColumn) -> Result<(), StoreError> {
        self.column(Kind::Quantity, field, &column)
    }

    fn row(&mut self, row: Row) {
        Self::row(self, row);
    }

    fn end_rows(&mut self) {
        Self::end_rows(self);
    }

    fn identity(&mut self, hash: Hash96, rid: Rid) {
        Self::identity(self, hash, rid);
    }
}
