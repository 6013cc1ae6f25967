//! Bulk files in and out: where they may lie, how they are read line by line, how they are
//! written whole or not at all.
//!
//! Everything here blocks and is meant for a job's own threads; object storage is driven by one
//! small runtime behind it. What a line means is left to the jobs.

mod decode;
mod error;
mod lines;
mod objects;
mod output;
mod place;
mod remote;
mod results;
mod roots;
mod sealed;
mod settings;
mod shards;
mod sources;
mod spool;

pub use error::BulkError;
pub use lines::{Batch, Content, LineFault, LineReader, Position, Record, Shape};
pub use objects::{Buckets, Objects};
pub use output::{Folder, OutputFile, Outputs};
pub use place::Place;
pub use results::{ResultReader, Results};
pub use settings::{LineLimits, S3Credentials, S3Settings, Settings};
pub use shards::{Shard, Shards};
pub use sources::{InputFile, Listing, SKIPPED_KEPT, Skipped, Sources};
pub use spool::{SpoolReader, SpoolWriter, Spools};
