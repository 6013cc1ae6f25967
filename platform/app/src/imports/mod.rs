//! Imports: starting them, by place or by upload, watching and cancelling them.

mod cancel;
mod describe;
mod list;
mod shown;
mod start;
mod upload;

pub use cancel::cancel;
pub use describe::describe;
pub use list::{Imports, list};
pub use shown::{ImportProgress, ImportShown};
pub use start::{NewImport, start};
pub use tarn_jobs::import::Validation;
pub use upload::{Upload, upload};
