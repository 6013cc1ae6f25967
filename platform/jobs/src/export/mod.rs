//! Exports: a moment of a store as NDJSON files, one type each.
//!
//! Several threads read and render; the job's own thread writes in order. An export that was
//! stopped starts again, clean, at the moment of its new start. For FHIR Bulk Data the files are kept,
//! sealed, until they are fetched.

mod collect;
mod deleted;
mod plan;
mod report;
mod select;
mod wanted;
mod write;

pub use plan::{ExportPlan, Limits};
pub use report::MANIFEST;
pub use select::{compartment_types, patient_id, read_filter};
pub(crate) use select::{compartments, patient};
pub use wanted::{TypeFilter, Wanted, Whose};
pub use write::{Export, run};

#[cfg(test)]
mod tests;
