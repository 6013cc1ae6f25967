//! Why a value set or a code system cannot be used. Names definitions, never codes of a patient.

use tarn_domain::{Explain, Issue, IssueCode, Kind, Problem};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TerminologyError {
    /// No such value set, here or among R4's own.
    #[error("the value set `{canonical}` is not known here: store it first")]
    UnknownValueSet {
        /// Its canonical.
        canonical: String,
    },
    /// No such code system.
    #[error("the code system `{canonical}` is not known here: store it first")]
    UnknownCodeSystem {
        /// Its canonical.
        canonical: String,
    },
    /// The definition itself cannot be read.
    #[error("`{canonical}` cannot be used: {why}")]
    Unusable {
        /// Its canonical.
        canonical: String,
        /// Why not.
        why: &'static str,
    },
    /// A filter that cannot be evaluated.
    #[error("the filter `{property} {op}` of `{canonical}` cannot be evaluated: {why}")]
    Filter {
        /// The value set's canonical.
        canonical: String,
        /// The filter's property.
        property: String,
        /// Its operator.
        op: String,
        /// Why not.
        why: &'static str,
    },
    /// Value sets that import each other.
    #[error("the value set `{canonical}` imports itself")]
    Circular {
        /// One of the circle.
        canonical: String,
    },
    /// More than is expanded at once.
    #[error("`{canonical}` is too costly: more than {limit} {what}; use a smaller value set")]
    TooLarge {
        /// The value set or code system.
        canonical: String,
        /// What there is too much of.
        what: &'static str,
        /// The most that is taken.
        limit: usize,
    },
}

impl TerminologyError {
    /// FHIR's code for it, and a stable one for programs.
    pub fn codes(&self) -> (IssueCode, &'static str) {
        match self {
            Self::UnknownValueSet { .. } => (IssueCode::NotFound, "unknown-value-set"),
            Self::UnknownCodeSystem { .. } => (IssueCode::NotFound, "unknown-code-system"),
            Self::Unusable { .. } => (IssueCode::Invalid, "unusable-definition"),
            Self::Filter { .. } => (IssueCode::NotSupported, "filter-not-supported"),
            Self::Circular { .. } => (IssueCode::Invalid, "circular-value-set"),
            Self::TooLarge { .. } => (IssueCode::TooCostly, "value-set-too-costly"),
        }
    }

    /// Whether it is a matter of size.
    pub fn is_too_costly(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}

impl Explain for TerminologyError {
    fn explain(&self) -> Problem {
        let (issue, code) = self.codes();
        let kind = if self.is_too_costly() { Kind::Unprocessable } else { Kind::Invalid };
        let mut words = self.to_string();
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        words.push('.');
        Problem::with_issues(kind, code, vec![Issue::error(issue, words)])
    }
}
