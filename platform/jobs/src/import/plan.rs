//! What an import is asked to do.

use serde::{Deserialize, Serialize};
use tarn_bulk::{LineLimits, Place};

/// How closely resources are looked at before they are taken (HealthLake's `ValidationLevel`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validation {
    /// Base R4 and the profiles that a resource declares. As long as profiles are not looked at,
    /// the same as [`Validation::StructureOnly`].
    #[default]
    Strict,
    /// Base R4.
    StructureOnly,
    /// JSON, type and id. What base R4 would refuse is taken, and logged apart.
    Minimal,
}

/// A serialisable import: enough to start it, or to take it up again, anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPlan {
    /// What to read.
    pub input: Place,
    /// Where the job's folder with its results goes.
    pub output: Place,
    /// How closely to look.
    #[serde(default)]
    pub validation: Validation,
}

/// Bounds of what an import holds at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of a line and of what is read at once.
    pub lines: LineLimits,
    /// Threads that parse.
    pub workers: usize,
    /// Lines of a block.
    pub block_lines: usize,
    /// Text of a block, in bytes; one line may go beyond it.
    pub block_bytes: usize,
    /// Resources of a block, which one line with a Bundle may fill several times.
    pub block_resources: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lines: LineLimits::default(),
            workers: 2,
            block_lines: 16_384,
            block_bytes: 16 << 20,
            block_resources: 32_768,
        }
    }
}
