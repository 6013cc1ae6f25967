//! Exports: starting, watching and cancelling them.

mod cancel;
mod describe;
mod list;
mod shown;
mod start;

pub use cancel::cancel;
pub use describe::describe;
pub use list::{Exports, list};
pub use shown::{ExportProgress, ExportShown};
pub use start::{NewExport, start};
