//! What stops a command, and the exit code that says so.

use std::fmt;
use std::io;
use std::path::Path;

/// Why settings were refused: one line that names the key, what it got and what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal(String);

impl Refusal {
    /// A key that nobody knows.
    pub(crate) fn unknown(name: &str, known: &str) -> Self {
        Self(format!("unknown setting {name}: known is {known}"))
    }

    /// A value that a key does not take.
    pub(crate) fn impossible(name: &str, got: &str, takes: &str) -> Self {
        let got: String = got.chars().take(200).filter(|c| !c.is_control()).collect();
        Self(format!("setting {name}: got `{got}`, takes {takes}"))
    }

    /// A setting that is named in the interface and does nothing yet.
    pub(crate) fn not_built(name: &str, what: &str) -> Self {
        Self(format!("setting {name}: not built yet ({what}); remove it to start"))
    }

    /// A file that cannot be read.
    pub(crate) fn file(path: &Path, why: &io::Error) -> Self {
        Self(format!("setting --config: got `{}`, takes a readable file ({why})", path.display()))
    }

    /// A file that is not TOML.
    pub(crate) fn syntax(path: &Path, why: &toml::de::Error) -> Self {
        let why = why.message().replace('\n', " ");
        Self(format!("setting --config: `{}` is not TOML ({why})", path.display()))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a command ended badly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// It was asked in a way that cannot be answered: exit code 2.
    #[error("{0}")]
    Usage(String),
    /// It did not work: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    /// A failure in these words.
    pub(crate) fn new(what: impl fmt::Display) -> Self {
        Self::Failed(what.to_string())
    }

    /// The process's exit code.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Usage(refusal.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(error)
    }
}

/// The public words, and the operator's beside them: whoever runs a command is the operator.
impl From<tarn_domain::Problem> for Failure {
    fn from(problem: tarn_domain::Problem) -> Self {
        match &problem.internal {
            Some(inside) => Self::Failed(format!("{} ({inside})", problem.public())),
            None => Self::Failed(problem.public().to_owned()),
        }
    }
}
