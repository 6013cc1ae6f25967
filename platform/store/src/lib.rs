//! The store engine: versions of resources and an index over them, sealed at rest, in one
//! embedded SQLite file per store.
//!
//! One [`Engine`] writes; everyone reads a published [`Snapshot`]. Bodies are rows of blocks that
//! are written once; the index is a list of immutable [`Part`]s of postings, terms and columns:
//! runs in memory for what came last, segments on disk for the rest. Knows no HTTP and no search
//! language: `tarn-search` turns resources into [`Entries`] and queries into questions to parts.

mod body;
mod cache;
mod container;
mod engine;
mod entries;
mod error;
mod forward;
mod index;
mod key;
mod load;
mod own;
mod row;
mod shared;
mod snapshot;
mod words;
mod write;

pub use body::block::Version;
pub use body::vault::Place;
pub use cache::SegmentCache;
pub use engine::{
    Done, ERASED_AT_ONCE, Engine, Erased, Erasure, OpenOptions, OutboxEntry, Published, Task,
};
pub use entries::{Entries, Unit};
pub use error::StoreError;
pub use forward::Following;
pub use index::column::{DateColumn, NumberColumn, QuantityColumn};
pub use index::part::{Part, TermMatch};
pub use key::{Field, Hash96, Hasher, Key, Rid, Variant};
pub use load::{BlockBuilder, LoadBlock, Loader};
pub use own::{Definition, NoParameters, OwnParameters};
pub use row::{Loc, Row};
pub use snapshot::{Changes, History, Snapshot};
pub use words::Cutter;
pub use write::{
    Change, Checkpoint, CommitError, Expect, Guard, Indexer, LoadReceipt, Mark, Outcome, Question,
    Receipt, WriteSet,
};
