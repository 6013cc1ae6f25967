//! The clinical note of a visit: prose that agrees with what the visit's resources say.

pub(crate) mod base64;
mod findings;
mod history;
mod plan;
mod prose;
mod sections;

pub(crate) use sections::{NoteFacts, SMOKES, write};

/// How an illness presents: what is complained of, had, denied and found.
#[derive(Debug)]
pub(crate) struct Presentation {
    pub(crate) complaint: &'static str,
    /// For how many days, about.
    pub(crate) days: (i32, i32),
    pub(crate) fever: bool,
    /// Pain on the scale to ten.
    pub(crate) pain: (i32, i32),
    pub(crate) has: &'static [&'static str],
    pub(crate) denies: &'static [&'static str],
    pub(crate) exam: &'static [&'static str],
}
