//! A run: an index part in memory, sorted arrays all through.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::TypeId;

use super::column::{Column, DateColumn, NumberColumn, QuantityColumn};
use crate::entries::Entries;
use crate::key::{Field, Hash96, Key, Rid};
use crate::row::Row;

/// Distinct sorted keys with their rids in one array.
#[derive(Debug, Default)]
pub(crate) struct KeyTable {
    pub keys: Vec<Key>,
    /// Where the rids of each key end.
    pub ends: Vec<u32>,
    pub rids: Vec<Rid>,
}

/// Distinct sorted terms with their rids in one array.
#[derive(Debug, Default)]
pub(crate) struct TermTable {
    /// Field, and the end of its text.
    pub terms: Vec<(Field, u32)>,
    pub text: String,
    pub ends: Vec<u32>,
    pub rids: Vec<Rid>,
}

impl KeyTable {
    pub(crate) fn rids(&self, at: usize) -> &[Rid] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.rids[start as usize..self.ends[at] as usize]
    }

    /// Adds a key greater than all before, whose rids were just appended to `rids`.
    pub(crate) fn close(&mut self, key: Key) {
        self.keys.push(key);
        self.ends.push(self.rids.len() as u32);
    }
}

impl TermTable {
    pub(crate) fn term(&self, at: usize) -> (Field, &str) {
        let start = if at == 0 { 0 } else { self.terms[at - 1].1 };
        let (field, end) = self.terms[at];
        (field, &self.text[start as usize..end as usize])
    }

    pub(crate) fn rids(&self, at: usize) -> &[Rid] {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.rids[start as usize..self.ends[at] as usize]
    }

    /// Adds a term greater than all before, whose rids were just appended to `rids`.
    pub(crate) fn close(&mut self, field: Field, term: &str) {
        self.text.push_str(term);
        self.terms.push((field, self.text.len() as u32));
        self.ends.push(self.rids.len() as u32);
    }
}

/// An index part in memory.
#[derive(Debug, Default)]
pub(crate) struct Run {
    pub keys: KeyTable,
    pub terms: TermTable,
    pub dates: BTreeMap<Field, Arc<DateColumn>>,
    pub numbers: BTreeMap<Field, Arc<NumberColumn>>,
    pub quantities: BTreeMap<Field, Arc<QuantityColumn>>,
    /// By rid.
    pub rows: Vec<Row>,
    /// By hash.
    pub identities: Vec<(Hash96, Rid)>,
    /// The live ones of each type.
    pub types: BTreeMap<TypeId, RoaringBitmap>,
    /// All of them.
    pub rids: RoaringBitmap,
    /// Those that older parts speak of too, wrongly from now on.
    pub supersedes: RoaringBitmap,
    /// Up to which generation of the store's own parameters it has entries.
    pub generation: u32,
}

impl Run {
    /// Sorts a block's entries; the rid of an ordinal is what `rids` has at its place. Ordinals
    /// without a rid (0) are left out: a later one of the block replaced them.
    pub(crate) fn index(entries: &Entries, rids: &[Rid]) -> Self {
        let rid = |ordinal: u32| rids.get(ordinal as usize).copied().unwrap_or(0);
        let mut run =
            Self { keys: keys(entries, rid), terms: terms(entries, rid), ..Self::default() };
        run.columns(entries, rid);
        run
    }

    fn columns(&mut self, entries: &Entries, rid: impl Fn(u32) -> Rid) {
        let mut dates: HashMap<Field, Vec<(Rid, i64, i64)>> = HashMap::new();
        for &(field, ordinal, lo, hi) in &entries.dates {
            dates.entry(field).or_default().push((rid(ordinal), lo, hi));
        }
        for (field, mut values) in dates {
            values.sort_by_key(|v| v.0);
            let mut column = DateColumn::default();
            for (rid, lo, hi) in values.into_iter().filter(|v| v.0 != 0) {
                column.push(rid, lo, hi);
            }
            self.dates.insert(field, Arc::new(column));
        }
        let mut numbers: HashMap<Field, Vec<(Rid, f64, f64)>> = HashMap::new();
        for &(field, ordinal, lo, hi) in &entries.numbers {
            numbers.entry(field).or_default().push((rid(ordinal), lo, hi));
        }
        for (field, mut values) in numbers {
            values.sort_by_key(|v| v.0);
            let mut column = NumberColumn::default();
            for (rid, lo, hi) in values.into_iter().filter(|v| v.0 != 0) {
                column.push(rid, lo, hi);
            }
            self.numbers.insert(field, Arc::new(column));
        }
        let mut quantities: HashMap<Field, Vec<_>> = HashMap::new();
        for &(field, ordinal, unit, lo, hi) in &entries.quantities {
            quantities.entry(field).or_default().push((rid(ordinal), unit, lo, hi));
        }
        for (field, mut values) in quantities {
            values.sort_by_key(|v| v.0);
            let mut column = QuantityColumn::default();
            for (rid, unit, lo, hi) in values.into_iter().filter(|v| v.0 != 0) {
                column.push(rid, unit, entries.codes.of(&unit), lo, hi);
            }
            self.quantities.insert(field, Arc::new(column));
        }
    }

    /// Puts rids in place of ordinals: `rids[n - 1]` for `n`. 0 drops an entry.
    pub(crate) fn renumber(&mut self, rids: &[Rid]) {
        let rid = |n: Rid| rids.get(n as usize - 1).copied().unwrap_or(0);
        let first = rids.first().copied().unwrap_or(0);
        let shifted =
            rids.iter().enumerate().all(|(at, &rid)| rid != 0 && rid == first + at as u32);
        if shifted {
            let by = first - 1;
            self.keys.rids.iter_mut().for_each(|n| *n += by);
            self.terms.rids.iter_mut().for_each(|n| *n += by);
        } else {
            self.keys.renumber(rid);
            self.terms.renumber(rid);
        }
        self.dates.values_mut().for_each(|column| renumber_column(column, rid));
        self.numbers.values_mut().for_each(|column| renumber_column(column, rid));
        self.quantities.values_mut().for_each(|column| renumber_column(column, rid));
    }

    /// Takes the rows of the resources it speaks of, with their identities, in any order.
    pub(crate) fn set_rows(&mut self, mut rows: Vec<(Row, Hash96)>) {
        rows.sort_unstable_by_key(|(row, _)| row.rid);
        self.identities = rows.iter().map(|(row, hash)| (*hash, row.rid)).collect();
        self.identities.sort_unstable();
        self.rows = rows.into_iter().map(|(row, _)| row).collect();
        self.derive_sets();
    }

    /// Derives the sets of rids from the rows.
    pub(crate) fn derive_sets(&mut self) {
        self.rids =
            RoaringBitmap::from_sorted_iter(self.rows.iter().map(|r| r.rid)).unwrap_or_default();
        self.types.clear();
        let mut by_type: BTreeMap<TypeId, Vec<Rid>> = BTreeMap::new();
        for row in self.rows.iter().filter(|r| !r.deleted) {
            by_type.entry(row.type_).or_default().push(row.rid);
        }
        for (type_, rids) in by_type {
            self.types.insert(type_, RoaringBitmap::from_sorted_iter(rids).unwrap_or_default());
        }
    }

    pub(crate) fn row(&self, rid: Rid) -> Option<Row> {
        let at = self.rows.binary_search_by_key(&rid, |row| row.rid).ok()?;
        Some(self.rows[at])
    }

    pub(crate) fn find(&self, hash: Hash96) -> Option<Rid> {
        let at = self.identities.binary_search_by_key(&hash, |(h, _)| *h).ok()?;
        Some(self.identities[at].1)
    }
}

impl KeyTable {
    fn renumber(&mut self, rid: impl Fn(Rid) -> Rid) {
        let old = std::mem::take(self);
        for (at, key) in old.keys.iter().enumerate() {
            let before = self.rids.len();
            self.rids.extend(old.rids(at).iter().map(|&n| rid(n)).filter(|&rid| rid != 0));
            self.rids[before..].sort_unstable();
            if self.rids.len() > before {
                self.close(*key);
            }
        }
    }
}

impl TermTable {
    fn renumber(&mut self, rid: impl Fn(Rid) -> Rid) {
        let old = std::mem::take(self);
        for at in 0..old.terms.len() {
            let before = self.rids.len();
            self.rids.extend(old.rids(at).iter().map(|&n| rid(n)).filter(|&rid| rid != 0));
            self.rids[before..].sort_unstable();
            if self.rids.len() > before {
                let (field, term) = old.term(at);
                self.close(field, term);
            }
        }
    }
}

fn renumber_column<C: Column + Clone>(column: &mut Arc<C>, rid: impl Fn(Rid) -> Rid) {
    let mut order: Vec<(Rid, usize)> = column
        .rids()
        .iter()
        .enumerate()
        .map(|(at, &n)| (rid(n), at))
        .filter(|o| o.0 != 0)
        .collect();
    if !order.is_sorted() {
        order.sort_unstable();
    }
    let mut next = C::default();
    for (rid, at) in order {
        next.push_from(column, at);
        next.set_last_rid(rid);
    }
    *column = Arc::new(next);
}

fn keys(entries: &Entries, rid: impl Fn(u32) -> Rid) -> KeyTable {
    let mut pairs: Vec<(Key, Rid)> =
        entries.keys.iter().map(|&(key, ordinal)| (key, rid(ordinal))).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut table = KeyTable { rids: Vec::with_capacity(pairs.len()), ..KeyTable::default() };
    let mut at = 0;
    while let Some(&(key, _)) = pairs.get(at) {
        let before = table.rids.len();
        while let Some(&(_, rid)) = pairs.get(at).filter(|p| p.0 == key) {
            if rid != 0 {
                table.rids.push(rid);
            }
            at += 1;
        }
        if table.rids.len() > before {
            table.close(key);
        }
    }
    table
}

fn terms(entries: &Entries, rid: impl Fn(u32) -> Rid) -> TermTable {
    // Displays repeat by the thousand: sort the distinct ones only.
    let mut distinct: HashMap<(Field, &str), Vec<Rid>> = HashMap::new();
    for (field, term, ordinal) in entries.terms() {
        let rid = rid(ordinal);
        if rid != 0 {
            distinct.entry((field, term)).or_default().push(rid);
        }
    }
    let mut sorted: Vec<((Field, &str), Vec<Rid>)> = distinct.into_iter().collect();
    for (field, word, ordinals) in entries.words.each() {
        let rids: Vec<Rid> = ordinals.iter().map(|o| rid(*o)).filter(|rid| *rid != 0).collect();
        if !rids.is_empty() {
            sorted.push(((field, word), rids));
        }
    }
    sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut table = TermTable::default();
    for ((field, term), mut rids) in sorted {
        rids.sort_unstable();
        rids.dedup();
        table.rids.append(&mut rids);
        table.close(field, term);
    }
    table
}
