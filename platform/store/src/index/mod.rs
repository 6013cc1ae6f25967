//! The index: immutable parts of postings, terms and columns, in memory or sealed on disk.

pub(crate) mod codec;
pub(crate) mod column;
pub(crate) mod cursor;
pub(crate) mod merge;
pub(crate) mod part;
pub(crate) mod postings;
pub(crate) mod run;
pub(crate) mod segment;
