//! A part of the index as a snapshot sees it: its data, less what later parts replaced.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::Arc;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::TypeId;

use super::column::{DateColumn, NumberColumn, QuantityColumn};
use super::cursor::{KeyCursor, TermCursor};
use super::postings::Postings;
use super::run::Run;
use super::segment::Segment;
use crate::error::StoreError;
use crate::key::{Field, Hash96, Key, Rid};
use crate::row::Row;

/// How a term is compared.
#[derive(Debug, Clone, Copy)]
pub enum TermMatch<'a> {
    /// The term begins so.
    Prefix(&'a str),
    /// The term has that in it. Reads every term of the field.
    Contains(&'a str),
    /// The term ends so. Reads every term of the field.
    Suffix(&'a str),
    /// The term is that.
    Exact(&'a str),
}

/// A piece of the index. The live rids of a snapshot's parts never meet: a question to the store is
/// the union of the answers of its parts. All answers are live: what was replaced or deleted is out.
#[derive(Debug, Clone)]
pub struct Part {
    pub(crate) data: Data,
    /// Rids of it that later parts speak of.
    pub(crate) dead: Arc<RoaringBitmap>,
}

#[derive(Debug, Clone)]
pub(crate) enum Data {
    Run(Arc<Run>),
    Segment(Arc<Segment>),
}

/// What is done with a key and its postings; breaks when it has seen enough.
type Visit<'v> = dyn FnMut(Key, Postings<'_>) -> Result<ControlFlow<()>, StoreError> + 'v;

impl Part {
    pub(crate) fn of_run(run: Run) -> Self {
        Self { data: Data::Run(Arc::new(run)), dead: Arc::default() }
    }

    pub(crate) fn of_segment(segment: Segment) -> Self {
        Self { data: Data::Segment(Arc::new(segment)), dead: Arc::default() }
    }

    /// Resources it speaks of, dead and deleted ones too.
    pub(crate) fn rids(&self) -> &RoaringBitmap {
        match &self.data {
            Data::Run(run) => &run.rids,
            Data::Segment(segment) => &segment.header.rids,
        }
    }

    /// Up to which generation of the store's own parameters it has entries.
    pub fn generation(&self) -> u32 {
        match &self.data {
            Data::Run(run) => run.generation,
            Data::Segment(segment) => segment.header.generation,
        }
    }

    pub(crate) fn supersedes(&self) -> &RoaringBitmap {
        match &self.data {
            Data::Run(run) => &run.supersedes,
            Data::Segment(segment) => &segment.header.supersedes,
        }
    }

    pub(crate) fn types(&self) -> &BTreeMap<TypeId, RoaringBitmap> {
        match &self.data {
            Data::Run(run) => &run.types,
            Data::Segment(segment) => &segment.header.types,
        }
    }

    /// Whether it lies in memory only.
    pub(crate) fn is_run(&self) -> bool {
        matches!(self.data, Data::Run(_))
    }

    /// Rids that later parts speak of, and that its columns may still have.
    pub fn dead(&self) -> &RoaringBitmap {
        &self.dead
    }

    fn alive(&self, mut set: RoaringBitmap) -> RoaringBitmap {
        if !self.dead.is_empty() {
            set -= &*self.dead;
        }
        set
    }

    /// Every live resource.
    ///
    /// # Errors
    /// None today; a part on disk may have to be read.
    pub fn live(&self) -> Result<RoaringBitmap, StoreError> {
        let mut all = RoaringBitmap::new();
        for rids in self.types().values() {
            all |= rids;
        }
        Ok(self.alive(all))
    }

    /// Every live resource of a type.
    ///
    /// # Errors
    /// None today; a part on disk may have to be read.
    pub fn of_type(&self, type_: TypeId) -> Result<RoaringBitmap, StoreError> {
        Ok(self.types().get(&type_).map(|rids| self.alive(rids.clone())).unwrap_or_default())
    }

    /// How many live resources of a type.
    pub fn count_of_type(&self, type_: TypeId) -> u64 {
        let Some(rids) = self.types().get(&type_) else { return 0 };
        rids.len() - if self.dead.is_empty() { 0 } else { rids.intersection_len(&self.dead) }
    }

    /// The row of a live resource; of one whose current version is a deletion, too.
    pub(crate) fn row(&self, rid: Rid) -> Result<Option<Row>, StoreError> {
        if !self.rids().contains(rid) || self.dead.contains(rid) {
            return Ok(None);
        }
        match &self.data {
            Data::Run(run) => Ok(run.row(rid)),
            Data::Segment(segment) => segment.row(rid),
        }
    }

    pub(crate) fn find(&self, hash: Hash96) -> Result<Option<Rid>, StoreError> {
        let rid = match &self.data {
            Data::Run(run) => run.find(hash),
            Data::Segment(segment) => segment.find(hash)?,
        };
        Ok(rid.filter(|rid| !self.dead.contains(*rid)))
    }

    pub(crate) fn key_cursor(&self, from: Key) -> Result<KeyCursor<'_>, StoreError> {
        match &self.data {
            Data::Run(run) => Ok(KeyCursor::over_run(run, from)),
            Data::Segment(segment) => KeyCursor::over_segment(segment, from),
        }
    }

    pub(crate) fn term_cursor(
        &self,
        field: Field,
        from: &str,
    ) -> Result<TermCursor<'_>, StoreError> {
        match &self.data {
            Data::Run(run) => Ok(TermCursor::over_run(run, field, from)),
            Data::Segment(segment) => TermCursor::over_segment(segment, field, from),
        }
    }

    fn visit_keys(&self, keys: RangeInclusive<Key>, f: &mut Visit<'_>) -> Result<(), StoreError> {
        let mut cursor = self.key_cursor(*keys.start())?;
        while cursor.advance()? && cursor.key() <= *keys.end() {
            if f(cursor.key(), cursor.postings())?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The resources that have any of these keys.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn postings(&self, keys: RangeInclusive<Key>) -> Result<RoaringBitmap, StoreError> {
        let mut set = RoaringBitmap::new();
        self.visit_keys(keys, &mut |_, postings| {
            postings.add_to(&mut set)?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(self.alive(set))
    }

    /// How many resources have that key; without unpacking where nothing of the part is dead.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn count(&self, key: Key) -> Result<u64, StoreError> {
        let mut count = 0;
        self.visit_keys(key.only(), &mut |_, postings| {
            count += if self.dead.is_empty() {
                u64::from(postings.len())
            } else {
                self.alive(postings.to_bitmap()?).len()
            };
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    /// An upper bound of how many resources have any of these keys, for planning: at most `keys`
    /// are looked at.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn estimate(&self, keys: RangeInclusive<Key>) -> Result<u64, StoreError> {
        let (mut count, mut seen) = (0u64, 0);
        self.visit_keys(keys, &mut |_, postings| {
            count += u64::from(postings.len());
            seen += 1;
            Ok(if seen < 64 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(if seen < 64 { count } else { self.rids().len() })
    }

    /// Every key of a field in order with its live resources; keys without any are left out.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn each_key(
        &self,
        field: Field,
        f: &mut dyn FnMut(Key, &RoaringBitmap) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.visit_keys(Key::all_of(field), &mut |key, postings| {
            let live = self.alive(postings.to_bitmap()?);
            Ok(if live.is_empty() { ControlFlow::Continue(()) } else { f(key, &live) })
        })
    }

    /// The resources that have a term in the field that matches.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn terms(&self, field: Field, wanted: TermMatch<'_>) -> Result<RoaringBitmap, StoreError> {
        let from = match wanted {
            TermMatch::Prefix(text) | TermMatch::Exact(text) => text,
            TermMatch::Contains(_) | TermMatch::Suffix(_) => "",
        };
        let mut set = RoaringBitmap::new();
        let mut cursor = self.term_cursor(field, from)?;
        while cursor.advance()? && cursor.term().0 == field {
            let term = cursor.term().1;
            let (hit, over) = match wanted {
                TermMatch::Prefix(text) => (term.starts_with(text), !term.starts_with(text)),
                TermMatch::Exact(text) => (term == text, term != text),
                TermMatch::Contains(text) => (term.contains(text), false),
                TermMatch::Suffix(text) => (term.ends_with(text), false),
            };
            if hit {
                cursor.postings().add_to(&mut set)?;
            }
            if over {
                break;
            }
        }
        Ok(self.alive(set))
    }

    /// Every term of a field in order with its live resources.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn each_term(
        &self,
        field: Field,
        f: &mut dyn FnMut(&str, &RoaringBitmap) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        let mut cursor = self.term_cursor(field, "")?;
        while cursor.advance()? && cursor.term().0 == field {
            let live = self.alive(cursor.postings().to_bitmap()?);
            if !live.is_empty() && f(cursor.term().1, &live).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The periods of a field. May speak of dead rids too.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn dates(&self, field: Field) -> Result<Option<Arc<DateColumn>>, StoreError> {
        match &self.data {
            Data::Run(run) => Ok(run.dates.get(&field).cloned()),
            Data::Segment(segment) => segment.dates(field),
        }
    }

    /// The numbers of a field. May speak of dead rids too.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn numbers(&self, field: Field) -> Result<Option<Arc<NumberColumn>>, StoreError> {
        match &self.data {
            Data::Run(run) => Ok(run.numbers.get(&field).cloned()),
            Data::Segment(segment) => segment.numbers(field),
        }
    }

    /// The quantities of a field. May speak of dead rids too.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn quantities(&self, field: Field) -> Result<Option<Arc<QuantityColumn>>, StoreError> {
        match &self.data {
            Data::Run(run) => Ok(run.quantities.get(&field).cloned()),
            Data::Segment(segment) => segment.quantities(field),
        }
    }

    /// When each resource's current version came. May speak of dead and deleted rids too.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn updated(&self) -> Result<Arc<DateColumn>, StoreError> {
        match &self.data {
            Data::Segment(segment) => segment.updated(),
            Data::Run(run) => {
                let mut column = DateColumn::default();
                for row in &run.rows {
                    column.push(row.rid, row.updated.micros(), row.updated.micros());
                }
                Ok(Arc::new(column))
            }
        }
    }

    /// The identities of some of its resources.
    ///
    /// # Errors
    /// When a block cannot be read.
    pub fn identities(&self, wanted: &RoaringBitmap) -> Result<Vec<(Rid, Hash96)>, StoreError> {
        let mut found = Vec::new();
        if wanted.is_disjoint(self.rids()) {
            return Ok(found);
        }
        let mut take = |hash, rid| {
            if wanted.contains(rid) && !self.dead.contains(rid) {
                found.push((rid, hash));
            }
        };
        match &self.data {
            Data::Run(run) => run.identities.iter().for_each(|(hash, rid)| take(*hash, *rid)),
            Data::Segment(segment) => segment.each_identity(&mut take)?,
        }
        Ok(found)
    }

    /// Bytes on disk, sealed; 0 for what lies in memory only.
    pub fn size_bytes(&self) -> u64 {
        match &self.data {
            Data::Run(_) => 0,
            Data::Segment(segment) => segment.header.size,
        }
    }
}
