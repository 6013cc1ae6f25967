//! Results: standard output.

use std::fmt;
use std::io::Write;

/// Prints a line. That nobody reads it any more is no failure of ours.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
