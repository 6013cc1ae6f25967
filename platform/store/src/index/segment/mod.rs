//! A segment: an index part on disk, written once, in sealed blocks that are read when needed.

mod bloom;
mod header;
mod read;
mod write;

pub(crate) use header::Kind;
pub(crate) use read::{BlockSource, Segment};
pub(crate) use write::{SegmentWriter, write_run};
