//! The reading threads: rows of a snapshot become lines.

use std::collections::BTreeMap;

use crossbeam_channel::{Receiver, Sender};
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored::render;
use tarn_fhir::view::{Part, subset};
use tarn_store::{Loc, Rid, Snapshot, Version};

use crate::JobError;

/// Versions wanted of one block (of some 25) from which on it is cheaper to open the whole block
/// once than to fetch it for each of them.
const DENSE: usize = 8;

/// Resources of a type, for one thread to read.
pub(crate) struct Batch {
    /// Its place in the order of batches, from 0.
    pub number: u64,
    pub type_: TypeId,
    pub rids: Vec<Rid>,
}

/// Lines, ready to be written.
pub(crate) struct Lines {
    pub number: u64,
    pub type_: TypeId,
    /// Resources looked at, written or not.
    pub seen: u64,
    pub text: Result<Text, JobError>,
}

/// Lines without their ends, one behind the other.
#[derive(Default)]
pub(crate) struct Text {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Text {
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        let start = |n: usize| if n == 0 { 0 } else { self.ends[n - 1] };
        self.ends.iter().enumerate().map(move |(n, end)| &self.bytes[start(n)..*end])
    }

    fn push(&mut self, version: &Version, part: Option<&Part>) -> Result<(), JobError> {
        let Version { body, splice, version, updated, .. } = version;
        match part {
            None => render(body, *splice, *version, *updated, &mut self.bytes),
            Some(part) => {
                let mut whole = Vec::with_capacity(body.len() + 64);
                render(body, *splice, *version, *updated, &mut whole);
                let document = Document::parse(&whole)
                    .map_err(|_| JobError::Store("a kept body is no JSON".to_owned()))?;
                subset(&document, part, &mut self.bytes);
            }
        }
        self.ends.push(self.bytes.len());
        Ok(())
    }
}

/// What the reading threads share.
pub(crate) struct Collecting<'a> {
    pub snapshot: &'a Snapshot,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Which part of a type's resources is wanted, where not all.
    pub parts: BTreeMap<TypeId, Part>,
}

impl Collecting<'_> {
    pub(crate) fn run(&self, batches: &Receiver<Batch>, lines: &Sender<Lines>) {
        for batch in batches {
            let (number, type_, seen) = (batch.number, batch.type_, batch.rids.len() as u64);
            let text = self.text(&batch.rids, self.parts.get(&type_));
            if lines.send(Lines { number, type_, seen, text }).is_err() {
                return;
            }
        }
    }

    fn text(&self, rids: &[Rid], part: Option<&Part>) -> Result<Text, JobError> {
        let mut locs = Vec::with_capacity(rids.len());
        for rid in rids {
            let row = self.snapshot.row(*rid)?;
            let wanted = row.filter(|row| {
                !row.deleted
                    && self.since.is_none_or(|since| row.updated >= since)
                    && self.until.is_none_or(|until| row.updated <= until)
            });
            locs.extend(wanted.map(|row| row.loc));
        }
        locs.sort_unstable();
        let mut text = Text::default();
        for group in locs.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
            if group.len() < DENSE {
                for loc in group {
                    text.push(&self.snapshot.read(*loc)?, part)?;
                }
            } else {
                self.whole_block(group, part, &mut text)?;
            }
        }
        Ok(text)
    }

    /// Reads the block that these ascending places are in once.
    fn whole_block(
        &self,
        wanted: &[Loc],
        part: Option<&Part>,
        text: &mut Text,
    ) -> Result<(), JobError> {
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(()) };
        let behind = Loc::from_bits(last.to_bits() + 1);
        let mut found = Vec::with_capacity(wanted.len());
        for version in self.snapshot.changes(None, Some(behind), None) {
            let version = version?;
            if version.loc < *first {
                break;
            }
            if wanted.binary_search(&version.loc).is_ok() {
                found.push(version);
            }
            if found.len() == wanted.len() {
                break;
            }
        }
        if found.len() < wanted.len() {
            return Err(JobError::Store("a block lacks versions that the index knows".to_owned()));
        }
        found.iter().rev().try_for_each(|version| text.push(version, part))
    }
}

/// Tells the block of a place: only to read neighbours together, so nothing depends on it.
fn block_of(loc: Loc) -> u64 {
    loc.to_bits() >> 16
}
