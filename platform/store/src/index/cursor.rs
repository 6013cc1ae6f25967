//! Walking a part's keys and terms in order, wherever the part lies.

use std::cmp::Ordering;
use std::sync::Arc;

use super::codec::Reader;
use super::postings::{Postings, packed};
use super::run::Run;
use super::segment::Segment;
use crate::error::StoreError;
use crate::key::{Field, Key};

/// A walk over keys, ascending.
pub(crate) enum KeyCursor<'a> {
    Run { run: &'a Run, at: usize, started: bool },
    Segment(SegmentWalk<'a, Key>),
}

/// A walk over terms, ascending by field, then text.
pub(crate) enum TermCursor<'a> {
    Run { run: &'a Run, at: usize, started: bool },
    Segment(SegmentWalk<'a, (Field, String)>),
}

/// A walk through the blocks of a segment's section; `at` is what it stands on.
pub(crate) struct SegmentWalk<'a, K> {
    segment: &'a Segment,
    /// The blocks still to come.
    next_block: usize,
    block: Arc<[u8]>,
    /// Where in the block the next entry begins.
    offset: usize,
    at: K,
    /// Where in the block the postings stand on lie, and how many they are.
    postings: (u32, std::ops::Range<usize>),
}

impl<'a> KeyCursor<'a> {
    /// A walk that begins at the first key not below `from`; `advance` first.
    pub(crate) fn over_run(run: &'a Run, from: Key) -> Self {
        Self::Run { run, at: run.keys.keys.partition_point(|k| *k < from), started: false }
    }

    pub(crate) fn over_segment(segment: &'a Segment, from: Key) -> Result<Self, StoreError> {
        let directory = &segment.header.keys;
        let block = directory.partition_point(|(first, _)| *first <= from).saturating_sub(1);
        let mut walk = SegmentWalk {
            segment,
            next_block: block,
            block: Arc::from([]),
            offset: 0,
            at: from,
            postings: (0, 0..0),
        };
        // Stand just before the first key that counts.
        loop {
            let (block, offset) = (walk.next_block, walk.offset);
            let kept = walk.block.clone();
            if !walk.advance_key()? {
                break;
            }
            if walk.at >= from {
                (walk.next_block, walk.offset, walk.block) = (block, offset, kept);
                break;
            }
        }
        Ok(Self::Segment(walk))
    }

    /// Steps on; false behind the last.
    pub(crate) fn advance(&mut self) -> Result<bool, StoreError> {
        match self {
            Self::Run { run, at, started } => {
                if *started {
                    *at += 1;
                }
                *started = true;
                Ok(*at < run.keys.keys.len())
            }
            Self::Segment(walk) => walk.advance_key(),
        }
    }

    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Run { run, at, .. } => run.keys.keys[*at],
            Self::Segment(walk) => walk.at,
        }
    }

    pub(crate) fn postings(&self) -> Postings<'_> {
        match self {
            Self::Run { run, at, .. } => Postings::Slice(run.keys.rids(*at)),
            Self::Segment(walk) => walk.postings(),
        }
    }
}

impl<'a> TermCursor<'a> {
    /// A walk that begins at the first term not below; `advance` first.
    pub(crate) fn over_run(run: &'a Run, field: Field, from: &str) -> Self {
        let mut range = (0, run.terms.terms.len());
        while range.0 < range.1 {
            let middle = usize::midpoint(range.0, range.1);
            if run.terms.term(middle) < (field, from) {
                range.0 = middle + 1;
            } else {
                range.1 = middle;
            }
        }
        Self::Run { run, at: range.0, started: false }
    }

    pub(crate) fn over_segment(
        segment: &'a Segment,
        field: Field,
        from: &str,
    ) -> Result<Self, StoreError> {
        let directory = &segment.header.terms;
        let not_behind = |first: &(Field, String)| {
            (first.0, first.1.as_str()).cmp(&(field, from)) != Ordering::Greater
        };
        let block = directory.partition_point(|(first, _)| not_behind(first)).saturating_sub(1);
        let mut walk = SegmentWalk {
            segment,
            next_block: block,
            block: Arc::from([]),
            offset: 0,
            at: (field, String::new()),
            postings: (0, 0..0),
        };
        loop {
            let (block, offset, kept) = (walk.next_block, walk.offset, walk.block.clone());
            let before = walk.at.clone();
            if !walk.advance_term()? {
                break;
            }
            if (walk.at.0, walk.at.1.as_str()) >= (field, from) {
                (walk.next_block, walk.offset, walk.block, walk.at) = (block, offset, kept, before);
                break;
            }
        }
        Ok(Self::Segment(walk))
    }

    pub(crate) fn advance(&mut self) -> Result<bool, StoreError> {
        match self {
            Self::Run { run, at, started } => {
                if *started {
                    *at += 1;
                }
                *started = true;
                Ok(*at < run.terms.terms.len())
            }
            Self::Segment(walk) => walk.advance_term(),
        }
    }

    pub(crate) fn term(&self) -> (Field, &str) {
        match self {
            Self::Run { run, at, .. } => run.terms.term(*at),
            Self::Segment(walk) => (walk.at.0, &walk.at.1),
        }
    }

    pub(crate) fn postings(&self) -> Postings<'_> {
        match self {
            Self::Run { run, at, .. } => Postings::Slice(run.terms.rids(*at)),
            Self::Segment(walk) => walk.postings(),
        }
    }
}

impl<K> SegmentWalk<'_, K> {
    fn postings(&self) -> Postings<'_> {
        Postings::Packed(self.postings.0, &self.block[self.postings.1.clone()])
    }

    /// Takes the postings at `reader`, which reads the rest of the block.
    fn stand_on(&mut self, mut reader: Reader<'_>) -> Result<(), StoreError> {
        let Postings::Packed(count, bytes) = packed(&mut reader)? else { return Ok(()) };
        let end = self.block.len() - reader.len();
        self.postings = (count, end - bytes.len()..end);
        self.offset = end;
        Ok(())
    }
}

impl SegmentWalk<'_, Key> {
    fn advance_key(&mut self) -> Result<bool, StoreError> {
        if self.offset >= self.block.len() {
            let Some(&(_, number)) = self.segment.header.keys.get(self.next_block) else {
                return Ok(false);
            };
            self.next_block += 1;
            self.block = self.segment.block(number)?;
            self.offset = 0;
        }
        let block = self.block.clone();
        let mut reader = Reader::new(&block[self.offset..], "a segment's keys");
        let field = u16::from_be_bytes(reader.fixed()?);
        let a = u64::from_be_bytes(reader.fixed()?);
        let has_b = field_has_b(&mut reader)?;
        let b = if has_b { u32::from_be_bytes(reader.fixed()?) } else { 0 };
        self.at = Key::new(Field::from_bits(field), a, b);
        self.stand_on(reader)?;
        Ok(true)
    }
}

fn field_has_b(reader: &mut Reader<'_>) -> Result<bool, StoreError> {
    let [marker] = reader.fixed::<1>()?;
    Ok(marker != 0)
}

impl SegmentWalk<'_, (Field, String)> {
    fn advance_term(&mut self) -> Result<bool, StoreError> {
        if self.offset >= self.block.len() {
            let Some((_, number)) = self.segment.header.terms.get(self.next_block) else {
                return Ok(false);
            };
            self.next_block += 1;
            self.block = self.segment.block(*number)?;
            self.offset = 0;
        }
        let block = self.block.clone();
        let mut reader = Reader::new(&block[self.offset..], "a segment's terms");
        self.at.0 = Field::from_bits(u16::from_be_bytes(reader.fixed()?));
        let shared = reader.get()? as usize;
        let rest = std::str::from_utf8(reader.chunk()?).map_err(|_| reader.damaged())?;
        if !self.at.1.is_char_boundary(shared) {
            return Err(reader.damaged());
        }
        self.at.1.truncate(shared);
        self.at.1.push_str(rest);
        self.stand_on(reader)?;
        Ok(true)
    }
}
