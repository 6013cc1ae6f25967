//! Why a search cannot be understood or answered. Names parameters and types, never values: a
//! value may be a patient's.

use tarn_domain::{Explain, Issue, IssueCode, Kind, Problem};
use tarn_store::StoreError;
use tarn_terminology::TerminologyError;

/// A refusal or failure of a search.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// No such search parameter.
    #[error("unknown search parameter `{name}` for {scope}{}", offer(.closest))]
    UnknownParameter {
        /// As it was sent.
        name: String,
        /// Where it was looked for: a type, or all of them.
        scope: String,
        /// Known ones that look like it.
        closest: Vec<&'static str>,
    },
    /// No such resource type.
    #[error("unknown resource type in `{parameter}`")]
    UnknownType {
        /// The parameter that names it.
        parameter: String,
    },
    /// A modifier that the parameter does not take.
    #[error("modifier `:{modifier}` does not apply to `{name}`{}", list(.allowed))]
    Modifier {
        /// The parameter.
        name: String,
        /// The modifier, as it was sent.
        modifier: String,
        /// Those that it takes.
        allowed: &'static [&'static str],
    },
    /// A value that the parameter cannot have.
    #[error("the value of `{name}` is not {expected}")]
    Value {
        /// The parameter.
        name: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A parameter without a value. R4 has none match everything: better to ask again.
    #[error("`{name}` has no value: give one, or leave the parameter out")]
    Empty {
        /// The parameter.
        name: String,
    },
    /// A parameter of the store's own whose entries are not whole yet.
    #[error("the index of `{name}` is being built: {done} of {all} resources are in it")]
    Building {
        /// The parameter.
        name: String,
        /// Resources that are in it.
        done: u64,
        /// Resources that will be.
        all: u64,
    },
    /// References that do not lead where they are followed to.
    #[error("`{name}` cannot be followed: {why}")]
    Link {
        /// The parameter, or the compartment.
        name: String,
        /// Why not.
        why: &'static str,
    },
    /// Part of FHIR, not of Tarn (yet).
    #[error("{what} is not supported")]
    NotSupported {
        /// What.
        what: String,
    },
    /// The question needs more work than one question may take.
    #[error(
        "the search is too costly: it needs {asked} {budget}, and {limit} are the most; {narrow}"
    )]
    TooCostly {
        /// What there is too much of.
        budget: &'static str,
        /// The most there may be.
        limit: u64,
        /// What was asked for, as far as it was counted.
        asked: u64,
        /// How to ask for less.
        narrow: &'static str,
    },
    /// A value set or code system that cannot be used.
    #[error("`{name}`: {source}")]
    Terminology {
        /// The parameter, or what else needed it.
        name: &'static str,
        /// Why not.
        source: TerminologyError,
    },
    /// A resource that a parameter speaks of and that is not there.
    #[error("`{name}` speaks of a {what} that is not in this store")]
    NotFound {
        /// The parameter.
        name: &'static str,
        /// What it is.
        what: &'static str,
    },
    /// A `_filter` that does not follow the grammar.
    #[error("`_filter` cannot be read at character {at}: {expected} is expected")]
    Filter {
        /// Where, from 1.
        at: usize,
        /// What should be there.
        expected: &'static str,
    },
    /// A page token that was changed, belongs to another query, or is another store's.
    #[error("invalid page token")]
    PageToken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TerminologyError> for SearchError {
    fn from(source: TerminologyError) -> Self {
        Self::Terminology { name: ":in", source }
    }
}

fn offer(closest: &[&'static str]) -> String {
    if closest.is_empty() {
        return String::new();
    }
    format!("; did you mean `{}`?", closest.join("`, `"))
}

fn list(modifiers: &[&'static str]) -> String {
    if modifiers.is_empty() {
        return "; it takes none".to_owned();
    }
    format!("; it takes `:{}`", modifiers.join("`, `:"))
}

impl SearchError {
    /// FHIR's code for it and a stable one for programs.
    fn codes(&self) -> (IssueCode, &'static str) {
        match self {
            Self::UnknownParameter { .. } => (IssueCode::NotSupported, "unknown-parameter"),
            Self::UnknownType { .. } => (IssueCode::Value, "unknown-type"),
            Self::Modifier { .. } => (IssueCode::NotSupported, "modifier-not-applicable"),
            Self::Value { .. } | Self::Empty { .. } => (IssueCode::Value, "invalid-value"),
            Self::Building { .. } => (IssueCode::NotSupported, "search-parameter-being-indexed"),
            Self::Link { .. } => (IssueCode::Invalid, "invalid-link"),
            Self::Terminology { source, .. } => source.codes(),
            Self::NotFound { .. } => (IssueCode::NotFound, "unknown-reference"),
            Self::Filter { .. } => (IssueCode::Invalid, "invalid-filter"),
            Self::NotSupported { .. } => (IssueCode::NotSupported, "search-not-supported"),
            Self::TooCostly { .. } => (IssueCode::TooCostly, "search-too-costly"),
            Self::PageToken => (IssueCode::Invalid, "invalid-page-token"),
            Self::Store(_) => (IssueCode::Exception, "internal"),
        }
    }

    /// Whether `Prefer: handling=lenient` asks to go on without the parameter.
    pub(crate) fn can_be_ignored(&self) -> bool {
        matches!(
            self,
            Self::UnknownParameter { .. }
                | Self::Modifier { .. }
                | Self::NotSupported { .. }
                | Self::Empty { .. }
        )
    }

    /// The error as an issue for the caller.
    pub fn issue(&self) -> Issue {
        Issue::error(self.codes().0, capitalised(&self.to_string()))
    }
}

impl Explain for SearchError {
    fn explain(&self) -> Problem {
        if let Self::Store(error) = self {
            return error.explain();
        }
        let is_too_costly = match self {
            Self::TooCostly { .. } => true,
            Self::Terminology { source, .. } => source.is_too_costly(),
            _ => false,
        };
        let kind = if is_too_costly { Kind::Unprocessable } else { Kind::Invalid };
        Problem::with_issues(kind, self.codes().1, vec![self.issue()])
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        let mut out: String = first.to_uppercase().collect();
        out.push_str(letters.as_str());
        out.push('.');
        out.replace("?.", "?")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_parameter_is_named_with_its_neighbours() {
        let error = SearchError::UnknownParameter {
            name: "birthdat".into(),
            scope: "Patient".into(),
            closest: vec!["birthdate"],
        };
        let problem = error.explain();
        assert_eq!(problem.kind, Kind::Invalid);
        assert_eq!(
            problem.public(),
            "Unknown search parameter `birthdat` for Patient; did you mean `birthdate`?"
        );
    }
}
