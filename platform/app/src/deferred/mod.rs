//! What is asked now and answered later: FHIR's asynchronous requests
//! (<https://hl7.org/fhir/R4/async.html>). A verb kicks a job off and names the place where its
//! status is told; what was asked and what comes of it is kept, sealed, until it is fetched,
//! deleted, or old.

mod answer;
mod asked;
mod bulk_delete;
mod erase;
mod export;
mod file;
mod forget;
mod given;
mod import;
mod request;
mod status;
mod sweep;

pub use bulk_delete::{NewBulkDelete, bulk_delete};
pub use erase::{NewErasure, erase};
pub use export::{NewBulkExport, export};
pub use file::{FileReader, file};
pub use forget::forget;
pub use given::Given;
pub use import::{NewBulkImport, import};
pub use request::{NewRequest, put_off};
pub use status::{Status, status};
pub(crate) use sweep::sweep;
pub use tarn_jobs::export::Whose;

use tarn_domain::JobId;

use crate::clinical::Asking;

/// The path below a store's base under which deferred answers are found.
pub const PATH: &str = "_async";

/// A request that was put off.
#[derive(Debug, Clone, Copy)]
pub struct Deferred {
    /// The job that will answer it.
    pub job: JobId,
}

impl Deferred {
    /// Where its status is told: `Content-Location`.
    pub fn location(&self, asking: Asking<'_>) -> String {
        format!("{}/{PATH}/{}", asking.base(), self.job)
    }
}
