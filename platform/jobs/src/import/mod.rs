//! Imports: files of resources into a store.
//!
//! One thread reads lines, several parse, check, index and compress them into blocks, and the
//! job's own thread writes the blocks in the order of the lines. Each block is committed together
//! with a checkpoint that says which lines it reached, so an import that was killed anywhere goes
//! on with neither a duplicate nor a loss.

mod bundle;
mod checkpoint;
mod load;
mod log_lines;
mod parse;
mod plan;
mod rates;
mod read;
mod report;
mod resolve;
mod target;

pub use load::{Import, run};
pub use plan::{ImportPlan, Limits, Validation};
pub use target::{BlockBuilder, Identifier, Target};

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;
