//! Exports: a moment of a store as NDJSON files, one type each.
//!
//! Several threads read and render; the job's own thread writes in order. An export that was
//! stopped starts again, clean, at the moment of its new start.

mod collect;
mod plan;
mod report;
mod write;

pub use plan::{ExportPlan, Limits};
pub use write::{Export, run};

#[cfg(test)]
mod tests;
