//! What can go wrong with an expression. No words hold a value of the document.

use tarn_domain::{Explain, Issue, IssueCode, Kind, Problem};

/// Why an expression was refused, or its evaluation stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not FHIRPath.
    #[error("at character {at} of the FHIRPath: {words}")]
    Syntax {
        /// Where, in characters from 1.
        at: usize,
        /// What is wrong.
        words: String,
    },
    /// It is FHIRPath, and cannot mean anything for the type it is about.
    #[error("at character {at} of the FHIRPath: {words}")]
    Semantic {
        /// Where, in characters from 1.
        at: usize,
        /// What is wrong.
        words: String,
    },
    /// It met data that it cannot be applied to.
    #[error("at character {at} of the FHIRPath: {words}")]
    Evaluation {
        /// Where, in characters from 1.
        at: usize,
        /// What is wrong.
        words: String,
    },
    /// It is larger, or costs more, than is allowed.
    #[error("the FHIRPath needs more than {limit} {what}")]
    TooCostly {
        /// What ran out.
        what: &'static str,
        /// How much there was.
        limit: usize,
    },
}

impl Explain for Error {
    fn explain(&self) -> Problem {
        let (kind, code, issue) = match self {
            Self::Syntax { .. } | Self::Semantic { .. } => {
                (Kind::Invalid, "bad-fhirpath", IssueCode::Invalid)
            }
            Self::Evaluation { .. } => {
                (Kind::Unprocessable, "fhirpath-failed", IssueCode::Processing)
            }
            Self::TooCostly { .. } => {
                (Kind::Unprocessable, "fhirpath-too-costly", IssueCode::TooCostly)
            }
        };
        let mut words = self.to_string();
        if let Some(first) = words.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Problem::with_issues(kind, code, vec![Issue::error(issue, words + ".")])
    }
}
