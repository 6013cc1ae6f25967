//! What an export is asked to do.

use serde::{Deserialize, Serialize};
use tarn_bulk::Place;
use tarn_domain::{Kind, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;

/// A serialisable export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportPlan {
    /// Where the job's folder goes.
    pub output: Place,
    /// Names of the types to export; all where there are none.
    #[serde(default)]
    pub types: Vec<String>,
    /// Only what was changed at this moment or later: microseconds since 1970.
    #[serde(default)]
    pub since_us: Option<i64>,
}

impl ExportPlan {
    /// The moment since which changes are wanted.
    pub fn since(&self) -> Option<Timestamp> {
        self.since_us.map(Timestamp::from_micros)
    }

    /// The types to export, each once, in alphabetical order; none means all.
    ///
    /// # Errors
    /// One of the names is no type of R4.
    pub fn type_ids(&self) -> Result<Vec<TypeId>, Problem> {
        let parse = |name: &String| {
            TypeId::parse(name).ok_or_else(|| {
                let words = format!("`{name}` is not a resource type of FHIR R4.");
                Problem::new(Kind::Invalid, "unknown-type", words)
            })
        };
        let mut types = self.types.iter().map(parse).collect::<Result<Vec<_>, _>>()?;
        types.sort_unstable_by_key(|type_| type_.0);
        types.dedup();
        Ok(types)
    }
}

/// Bounds of what an export holds at once and writes to one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Threads that read and render.
    pub workers: usize,
    /// Resources that one of them takes at once.
    pub batch: usize,
    /// Bytes of a file; one resource may go beyond it.
    pub shard_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { workers: 2, batch: 4_096, shard_bytes: 256 << 20 }
    }
}
