//! How far an import is, as it is committed with each block.

use serde::{Deserialize, Serialize};
use tarn_bulk::Position;

/// A place in the input: everything before it is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// Index of the file in the listing.
    pub file: usize,
    /// Lines of it that are dealt with.
    pub position: Position,
    /// Entries of the next line, which is a Bundle, that are dealt with.
    #[serde(default)]
    pub entries: usize,
}

/// What was counted. A manifest's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    /// Resources seen.
    pub read: u64,
    /// Resources written.
    pub imported: u64,
    /// Resources that were refused.
    pub refused: u64,
    /// Resources that failed on our side.
    pub failed: u64,
    /// Files that could not be read to their end.
    pub broken_files: u64,
    /// Bytes of text of what was written.
    pub imported_bytes: u64,
    /// Resources written although base R4 would refuse them.
    pub tolerated: u64,
    /// Conditional references that led nowhere and were kept as they are.
    pub unresolved: u64,
    /// Lines and files that are no resources and were passed over.
    pub passed_over: u64,
}

impl Counts {
    pub(crate) fn add(&mut self, more: &Self) {
        self.read += more.read;
        self.imported += more.imported;
        self.refused += more.refused;
        self.failed += more.failed;
        self.broken_files += more.broken_files;
        self.imported_bytes += more.imported_bytes;
        self.tolerated += more.tolerated;
        self.unresolved += more.unresolved;
        self.passed_over += more.passed_over;
    }

    pub(crate) fn bad(&self) -> u64 {
        self.refused + self.failed
    }
}

/// What is committed with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    pub mark: Mark,
    pub counts: Counts,
    /// Tells the listing that the mark's file is counted in.
    pub inputs: u64,
    /// Lengths of the logs: failure, success, tolerated.
    pub logs: [u64; 3],
}
