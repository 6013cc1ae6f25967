//! Lines of a file in batches, in bounded memory, whatever the file holds.
//!
//! A reader never fails: what is wrong with a line or with the file becomes a record of its own,
//! with the line's number, and the rest goes on where there is a rest.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::LineLimits;
use crate::decode::ReadFailed;

const CHUNK: usize = 256 << 10;
const SNIFFED: usize = 64 << 10;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How far into a file a job is: everything before it is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Position {
    /// Lines dealt with.
    pub line: u64,
    /// Bytes of (unpacked) text dealt with.
    pub offset: u64,
}

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shape {
    /// One record a line.
    Lines,
    /// One record, whatever its line breaks.
    Whole,
}

/// What is wrong with a line, or with the file from that line on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineFault {
    /// Longer than the limit; it was skipped.
    TooLong {
        /// Its length, as far as it was seen.
        bytes: u64,
        /// The limit.
        limit: usize,
    },
    /// The file is no text at all; nothing of it was taken.
    NotText,
    /// The gzip stream ends in the middle; nothing from here on could be read.
    TruncatedGzip,
    /// The gzip stream is damaged; nothing from here on could be read.
    CorruptGzip,
    /// The disk or the network failed; nothing from here on could be read.
    Unreadable(String),
}

impl LineFault {
    /// Whether it is our side or the way to the file that failed, not the file.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Unreadable(_))
    }
}

impl std::fmt::Display for LineFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooLong { bytes, limit } => {
                write!(f, "Line of {bytes} bytes is longer than the limit of {limit} bytes")
            }
            Self::NotText => f.write_str("File is not UTF-8 text"),
            Self::TruncatedGzip => {
                f.write_str("The gzip stream ends in the middle: the rest of the file is missing")
            }
            Self::CorruptGzip => {
                f.write_str("The gzip stream is damaged: the rest of the file cannot be read")
            }
            Self::Unreadable(why) => write!(f, "The rest of the file could not be read: {why}"),
        }
    }
}

/// A line that is not blank, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line's number in its file, from 1.
    pub line: u64,
    /// Where the line begins in the (unpacked) file.
    pub offset: u64,
    /// Its text, or why there is none.
    pub content: Content,
}

/// A record's text or its fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Where its text is in the batch; without line end.
    Text(Range<usize>),
    /// Why it has none.
    Fault(LineFault),
}

/// Consecutive lines of one file.
#[derive(Debug, Default)]
pub struct Batch {
    /// The records in order. Blank lines have none.
    pub records: Vec<Record>,
    /// How far the file is dealt with once the batch is.
    pub after: Position,
    /// Whether the file ends with this batch.
    pub last: bool,
    text: Vec<u8>,
}

impl Batch {
    /// A record's text; empty for a fault.
    pub fn text(&self, record: &Record) -> &[u8] {
        match &record.content {
            Content::Text(range) => &self.text[range.clone()],
            Content::Fault(_) => &[],
        }
    }

    /// All records' text, line ends left out.
    pub fn all_text(&self) -> &[u8] {
        &self.text
    }
}

/// Reads a file's lines.
pub struct LineReader {
    input: Box<dyn Read + Send>,
    shape: Shape,
    limits: LineLimits,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins.
    start: usize,
    /// Up to where the buffer is known to hold no line end.
    scanned: usize,
    at: Position,
    sniffed: bool,
    ended: bool,
    /// An error met while looking ahead, to be told when the reader gets there.
    pending: Option<io::Error>,
    /// The last batch's text, as a measure for the next.
    usual: usize,
    packed: Arc<AtomicU64>,
}

enum Next {
    Line(Record),
    Blank,
    End,
}

impl LineReader {
    /// Reads `input`, the unpacked text of a file from `from` on.
    pub fn new(
        input: Box<dyn Read + Send>,
        shape: Shape,
        from: Position,
        limits: LineLimits,
    ) -> Self {
        Self {
            input,
            shape,
            limits,
            buffer: Vec::new(),
            start: 0,
            scanned: 0,
            at: from,
            sniffed: from.offset > 0,
            ended: false,
            pending: None,
            usual: 0,
            packed: Arc::default(),
        }
    }

    /// Counts the file's bytes, packed as they lie, with `packed`.
    pub(crate) fn counting(mut self, packed: Arc<AtomicU64>) -> Self {
        self.packed = packed;
        self
    }

    /// How far into the file the reader is, in bytes as they lie there: a measure of progress.
    pub fn packed_bytes(&self) -> u64 {
        self.packed.load(Ordering::Relaxed)
    }

    /// A reader of a file that could not even be opened: one record says why.
    pub fn unreadable(why: String, from: Position) -> Self {
        let input = Box::new(Failing::with(io::Error::other(ReadFailed(io::Error::other(why)))));
        Self::new(input, Shape::Lines, from, LineLimits::default())
    }

    /// The next lines; none when the last batch was given. Exactly one batch is the last, and it
    /// may have no records.
    pub fn next_batch(&mut self) -> Option<Batch> {
        if self.ended {
            return None;
        }
        let mut batch = Batch::default();
        batch.text.reserve(self.usual);
        while batch.records.len() < self.limits.batch_lines
            && batch.text.len() < self.limits.batch_bytes
        {
            match self.next(&mut batch.text) {
                Next::Line(record) => batch.records.push(record),
                Next::Blank => {}
                Next::End => self.ended = true,
            }
            if self.ended {
                break;
            }
        }
        batch.after = self.at;
        batch.last = self.ended;
        self.usual = batch.text.len().min(self.limits.batch_bytes + CHUNK);
        Some(batch)
    }

    fn next(&mut self, text: &mut Vec<u8>) -> Next {
        if !self.sniffed {
            self.sniffed = true;
            if !self.sniff() {
                return self.fault(LineFault::NotText);
            }
        }
        loop {
            if self.shape == Shape::Lines
                && let Some(found) = memchr::memchr(b'\n', &self.buffer[self.scanned..])
            {
                let end = self.scanned + found;
                return self.take(end, end + 1, text);
            }
            self.scanned = self.buffer.len();
            if self.scanned - self.start > self.limits.line_bytes {
                return self.skip_overlong();
            }
            match self.fill() {
                Ok(0) if self.start == self.buffer.len() => return Next::End,
                Ok(0) => {
                    let end = self.buffer.len();
                    return self.take(end, end, text);
                }
                Ok(_) => {}
                Err(error) => return self.read_failed(&error),
            }
        }
    }

    /// Takes the line that ends at `end`; the next begins at `next`.
    fn take(&mut self, end: usize, next: usize, text: &mut Vec<u8>) -> Next {
        let offset = self.at.offset;
        let mut line = &self.buffer[self.start..end];
        if offset == 0 {
            line = line.strip_prefix(BOM).unwrap_or(line);
        }
        let line = line.trim_ascii();
        let length = line.len();
        let from = text.len();
        text.extend_from_slice(line);
        let range = from..text.len();
        self.at.line += 1;
        self.at.offset += (next - self.start) as u64;
        self.start = next;
        self.scanned = next;
        if length > self.limits.line_bytes {
            text.truncate(from);
            let fault = LineFault::TooLong { bytes: length as u64, limit: self.limits.line_bytes };
            return self.record(offset, Content::Fault(fault));
        }
        if range.is_empty() { Next::Blank } else { self.record(offset, Content::Text(range)) }
    }

    fn record(&self, offset: u64, content: Content) -> Next {
        Next::Line(Record { line: self.at.line, offset, content })
    }

    /// Drops the rest of a line that is longer than allowed, holding none of it.
    fn skip_overlong(&mut self) -> Next {
        let offset = self.at.offset;
        let mut bytes = (self.buffer.len() - self.start) as u64;
        self.at.offset += bytes;
        self.buffer = Vec::new();
        (self.start, self.scanned) = (0, 0);
        loop {
            let found = match self.shape {
                Shape::Lines => memchr::memchr(b'\n', &self.buffer),
                Shape::Whole => None,
            };
            let skipped = found.map_or(self.buffer.len(), |end| end + 1);
            bytes += found.unwrap_or(skipped) as u64;
            self.at.offset += skipped as u64;
            self.start = skipped;
            self.scanned = skipped;
            if found.is_some() {
                break;
            }
            match self.fill() {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return self.read_failed(&error),
            }
        }
        self.at.line += 1;
        let fault = LineFault::TooLong { bytes, limit: self.limits.line_bytes };
        self.record(offset, Content::Fault(fault))
    }

    /// Reads on behind what the buffer holds.
    fn fill(&mut self) -> io::Result<usize> {
        if let Some(error) = self.pending.take() {
            return Err(error);
        }
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.scanned -= self.start;
            self.start = 0;
        }
        if self.buffer.is_empty() && self.buffer.capacity() > 16 * CHUNK {
            self.buffer = Vec::new();
        }
        let held = self.buffer.len();
        self.buffer.resize(held + CHUNK, 0);
        let read = loop {
            match self.input.read(&mut self.buffer[held..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        self.buffer.truncate(held + *read.as_ref().unwrap_or(&0));
        read
    }

    /// Whether the file's beginning could be JSON lines: it has no zero bytes, or at least one
    /// line that begins like an object. A file of anything else would be a failure every few
    /// hundred bytes.
    fn sniff(&mut self) -> bool {
        while self.buffer.len() < SNIFFED {
            match self.fill() {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    self.pending = Some(error);
                    break;
                }
            }
        }
        let head = &self.buffer[..self.buffer.len().min(SNIFFED)];
        if memchr::memchr(0, head).is_none() {
            return true;
        }
        let head = head.strip_prefix(BOM).unwrap_or(head);
        let like_json = |line: &[u8]| {
            line.first() == Some(&b'{')
                && line.get(1).is_some_and(|b| *b == b'"' || b.is_ascii_whitespace())
        };
        head.split(|b| *b == b'\n').any(like_json)
    }

    /// Ends the file with a fault at its next line. What was read of that line is dropped: it may
    /// be cut.
    fn fault(&mut self, fault: LineFault) -> Next {
        let offset = self.at.offset;
        self.at.line += 1;
        self.at.offset += (self.buffer.len() - self.start) as u64;
        self.ended = true;
        self.record(offset, Content::Fault(fault))
    }

    fn read_failed(&mut self, error: &io::Error) -> Next {
        let ours = error.get_ref().and_then(|inner| inner.downcast_ref::<ReadFailed>());
        let fault = match (ours, error.kind()) {
            (Some(ReadFailed(inner)), _) => LineFault::Unreadable(inner.to_string()),
            (None, io::ErrorKind::UnexpectedEof) => LineFault::TruncatedGzip,
            (None, _) => LineFault::CorruptGzip,
        };
        self.fault(fault)
    }
}

/// An input of which nothing can be read.
pub(crate) struct Failing(Option<io::Error>);

impl Failing {
    pub(crate) fn with(error: io::Error) -> Self {
        Self(Some(error))
    }
}

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
