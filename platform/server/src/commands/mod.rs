//! The commands that do one thing and end. Each works beside a running server and without one.

pub(crate) mod audit_verify;
pub(crate) mod org_create;
pub(crate) mod store_create;
pub(crate) mod synth;

use crate::error::Failure;

/// Runs a command's async work to its end.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    actix_rt::System::new().block_on(work)
}

/// An id given on the command line.
pub(crate) fn id<T: std::str::FromStr>(flag: &str, text: &str) -> Result<T, Failure> {
    let wrong = |_| Failure::Usage(format!("{flag}: got `{text}`, takes 32 lower-case hex digits"));
    text.parse().map_err(wrong)
}
