//! The reading thread: lines of all files, in order, cut into chunks that become blocks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender};
use tarn_bulk::{Batch, Listing, Place, Position, Sources};

use super::checkpoint::Mark;
use super::plan::Limits;

/// Consecutive lines, possibly of several files.
pub(crate) struct Chunk {
    /// Its place in the order of chunks, from 0.
    pub number: u64,
    /// Batches with the index of their file.
    pub batches: Vec<(usize, Batch)>,
    /// Entries of the first line that are dealt with already.
    pub entries_done: usize,
}

/// How far the reading is, for whoever watches.
#[derive(Debug, Default)]
pub(crate) struct ReadProgress {
    /// Bytes of the files that are read whole.
    files_bytes: AtomicU64,
    /// Bytes of the file that is being read.
    current: AtomicU64,
}

impl ReadProgress {
    pub(crate) fn bytes(&self) -> u64 {
        self.files_bytes.load(Ordering::Relaxed) + self.current.load(Ordering::Relaxed)
    }
}

/// What the reading thread works with.
pub(crate) struct Reading<'a> {
    pub sources: &'a Sources,
    pub place: &'a Place,
    pub listing: &'a Listing,
    pub limits: &'a Limits,
    pub progress: &'a ReadProgress,
    /// Set when nobody will take another chunk.
    pub hung_up: &'a AtomicBool,
}

impl Reading<'_> {
    /// Reads everything behind `from`, a chunk for each ticket, until the other side hangs up.
    pub(crate) fn run(&self, from: Mark, tickets: &Receiver<()>, chunks: &Sender<Chunk>) {
        let done = self.listing.files.iter().take(from.file).map(|file| file.size).sum();
        self.progress.files_bytes.store(done, Ordering::Relaxed);
        let mut pending = Pending { number: 0, entries_done: from.entries, ..Pending::default() };
        for (index, file) in self.listing.files.iter().enumerate().skip(from.file) {
            let start = if index == from.file { from.position } else { Position::default() };
            let mut lines = self.sources.lines(self.place, file, start, self.limits.lines);
            while let Some(batch) = lines.next_batch() {
                self.progress.current.store(lines.packed_bytes().min(file.size), Ordering::Relaxed);
                pending.push(index, batch);
                if self.hung_up.load(Ordering::Relaxed) {
                    return;
                }
                if pending.is_full(self.limits) && !pending.send(tickets, chunks) {
                    return;
                }
            }
            self.progress.current.store(0, Ordering::Relaxed);
            self.progress.files_bytes.fetch_add(file.size, Ordering::Relaxed);
        }
        pending.send(tickets, chunks);
    }
}

/// The chunk that is being filled.
#[derive(Default)]
struct Pending {
    number: u64,
    entries_done: usize,
    batches: Vec<(usize, Batch)>,
    lines: usize,
    bytes: usize,
}

impl Pending {
    fn push(&mut self, file: usize, batch: Batch) {
        self.lines += batch.records.len();
        self.bytes += batch.all_text().len();
        self.batches.push((file, batch));
    }

    fn is_full(&self, limits: &Limits) -> bool {
        // A file without lines still is a batch: many of them must not pile up either.
        self.lines >= limits.block_lines
            || self.bytes >= limits.block_bytes
            || self.batches.len() >= limits.block_lines
    }

    /// Hands the chunk on; false when nobody takes it any more.
    fn send(&mut self, tickets: &Receiver<()>, chunks: &Sender<Chunk>) -> bool {
        if self.batches.is_empty() {
            return true;
        }
        let chunk = Chunk {
            number: self.number,
            batches: std::mem::take(&mut self.batches),
            entries_done: std::mem::take(&mut self.entries_done),
        };
        self.number += 1;
        (self.lines, self.bytes) = (0, 0);
        tickets.recv().is_ok() && chunks.send(chunk).is_ok()
    }
}
