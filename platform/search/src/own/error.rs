//! Why a `SearchParameter` cannot be used for searching.

use tarn_domain::{Explain, Issue, IssueCode, Kind, Problem};

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// An element that is needed is absent, or says what a search parameter cannot say.
    #[error("`{element}` is not {expected}")]
    Element {
        /// Which.
        element: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// A type of which there are no parameters of a store's own.
    #[error(
        "parameters of type `{0}` are R4's own: a store can add number, date, string, token, reference, quantity and uri"
    )]
    Kind(String),
    /// No such resource type.
    #[error("`{0}` is no resource type of R4")]
    Type(String),
    /// R4 has a parameter of that name.
    #[error("R4 defines the parameter `{code}` of {type_} already: choose another code")]
    Taken {
        /// The code.
        code: String,
        /// The type.
        type_: String,
    },
    /// Another resource of the store defines a parameter of that name.
    #[error("SearchParameter/{by} defines the parameter `{code}` of {type_} already")]
    Clash {
        /// The code.
        code: String,
        /// The type.
        type_: String,
        /// The other resource's id.
        by: String,
    },
    /// The expression has steps that cannot be indexed.
    #[error(
        "the expression cannot be indexed for {type_}: it may be paths with `|`, `.as()`, `.ofType()`, `.where(x='y')`, `.extension('url')`, `.where(resolve() is Type)` and `[n]`, along elements that R4 defines"
    )]
    Expression {
        /// The type for which.
        type_: String,
    },
    /// The expression leads nowhere, or to what the kind of parameter cannot read.
    #[error("the expression yields nothing of {type_} that a parameter of type {kind} can read")]
    Nothing {
        /// The resource type.
        type_: String,
        /// The parameter's type.
        kind: &'static str,
    },
    /// The store has as many as it can have.
    #[error("the store has as many parameters of its own as it can have")]
    Full,
}

impl Explain for OwnError {
    fn explain(&self) -> Problem {
        let words = self.to_string();
        let mut letters = words.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let words = format!("{}.", first.chain(letters).collect::<String>());
        let code = match self {
            Self::Taken { .. } | Self::Clash { .. } => IssueCode::Conflict,
            Self::Full => IssueCode::TooCostly,
            Self::Kind(_) | Self::Expression { .. } => IssueCode::NotSupported,
            _ => IssueCode::Invalid,
        };
        let issue = Issue::error(code, words).at("SearchParameter".to_owned());
        Problem::with_issues(Kind::Unprocessable, "search-parameter-unusable", vec![issue])
    }
}
