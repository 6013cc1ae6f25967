//! The one form in which every floor's errors reach a door.

use std::fmt;
use std::time::Duration;

/// What sort of refusal or failure it is. Each door maps a kind to its own status once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request itself is wrong: 400.
    Invalid,
    /// No proof of who calls: 401.
    Unauthenticated,
    /// Known, and not allowed: 403.
    Forbidden,
    /// Not there, or not visible to the caller: 404.
    NotFound,
    /// The door does not offer this method here: 405.
    MethodNotAllowed,
    /// No representation that the caller accepts: 406.
    NotAcceptable,
    /// At odds with what is there: 409.
    Conflict,
    /// Was there, and was deleted: 410.
    Gone,
    /// A condition that the caller set does not hold: 412.
    PreconditionFailed,
    /// More than is taken at once: 413.
    TooLarge,
    /// A body in a format that is not taken: 415.
    UnsupportedMediaType,
    /// Well formed, and breaks a rule: 422.
    Unprocessable,
    /// Too much at once; come back after the time: 429.
    Busy(Duration),
    /// Not built or not switched on: 501.
    NotSupported,
    /// Cannot be done now; come back after the time: 503.
    Unavailable(Duration),
    /// Nobody can know whether it happened: 500 with words that say so.
    OutcomeUnknown,
    /// Our fault: 500.
    Internal,
}

/// Severity of an issue, as `OperationOutcome.issue.severity` spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The act did not happen and could not be looked at further.
    Fatal,
    /// The act did not happen.
    Error,
    /// It happened; look at this.
    Warning,
    /// It happened.
    Information,
}

/// A code of FHIR's `issue-type` value set (the part that we use).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the FHIR code of that name")]
pub enum IssueCode {
    Invalid,
    Structure,
    Required,
    Value,
    Invariant,
    Security,
    Login,
    Expired,
    Forbidden,
    Processing,
    NotSupported,
    Duplicate,
    MultipleMatches,
    NotFound,
    Deleted,
    TooLong,
    CodeInvalid,
    TooCostly,
    BusinessRule,
    Conflict,
    Transient,
    LockError,
    NoStore,
    Exception,
    Timeout,
    Incomplete,
    Throttled,
    Informational,
}

impl IssueCode {
    /// The code as FHIR spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::Invariant => "invariant",
            Self::Security => "security",
            Self::Login => "login",
            Self::Expired => "expired",
            Self::Forbidden => "forbidden",
            Self::Processing => "processing",
            Self::NotSupported => "not-supported",
            Self::Duplicate => "duplicate",
            Self::MultipleMatches => "multiple-matches",
            Self::NotFound => "not-found",
            Self::Deleted => "deleted",
            Self::TooLong => "too-long",
            Self::CodeInvalid => "code-invalid",
            Self::TooCostly => "too-costly",
            Self::BusinessRule => "business-rule",
            Self::Conflict => "conflict",
            Self::Transient => "transient",
            Self::LockError => "lock-error",
            Self::NoStore => "no-store",
            Self::Exception => "exception",
            Self::Timeout => "timeout",
            Self::Incomplete => "incomplete",
            Self::Throttled => "throttled",
            Self::Informational => "informational",
        }
    }
}

impl Severity {
    /// The code as FHIR spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad it is.
    pub severity: Severity,
    /// FHIR's code for it.
    pub code: IssueCode,
    /// Where: a FHIRPath such as `Patient.name[0].given`. Element names only, never values.
    pub expression: Option<String>,
    /// What is wrong and what would be right, for the caller. No PHI, no secrets.
    pub diagnostics: String,
}

impl Issue {
    /// An error of that code, with words for the caller.
    pub fn error(code: IssueCode, diagnostics: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, expression: None, diagnostics: diagnostics.into() }
    }

    /// The same issue, at a place.
    pub fn at(mut self, expression: impl Into<String>) -> Self {
        self.expression = Some(expression.into());
        self
    }
}

/// A refusal or failure on its way to a door: words for outside, words for the operator, apart.
#[derive(Debug, Clone)]
pub struct Problem {
    /// What sort it is.
    pub kind: Kind,
    /// Stable code for programs: `baa-not-signed`, `version-conflict` …
    pub code: &'static str,
    /// What to tell the caller; at least one.
    pub issues: Vec<Issue>,
    /// For the operator's log only. No PHI either.
    pub internal: Option<String>,
}

impl Problem {
    /// A problem with one issue, whose FHIR code follows from the kind.
    pub fn new(kind: Kind, code: &'static str, public: impl Into<String>) -> Self {
        Self { kind, code, issues: vec![Issue::error(kind.issue_code(), public)], internal: None }
    }

    /// A problem with its issues.
    pub fn with_issues(kind: Kind, code: &'static str, issues: Vec<Issue>) -> Self {
        Self { kind, code, issues, internal: None }
    }

    /// Our fault: the caller learns that something failed, the operator learns what.
    pub fn internal(what: impl fmt::Display) -> Self {
        let public = "Something failed on our side. The operator can find it by the request id.";
        let mut problem = Self::new(Kind::Internal, "internal", public);
        problem.internal = Some(what.to_string());
        problem
    }

    /// The same problem, with words for the operator.
    pub fn because(mut self, internal: impl fmt::Display) -> Self {
        self.internal = Some(internal.to_string());
        self
    }

    /// The first issue's words.
    pub fn public(&self) -> &str {
        self.issues.first().map_or("", |issue| issue.diagnostics.as_str())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.public())
    }
}

impl std::error::Error for Problem {}

impl Kind {
    /// FHIR's issue code that says the same.
    pub const fn issue_code(self) -> IssueCode {
        match self {
            Self::Invalid => IssueCode::Invalid,
            Self::Unauthenticated => IssueCode::Login,
            Self::Forbidden => IssueCode::Forbidden,
            Self::NotFound => IssueCode::NotFound,
            Self::MethodNotAllowed | Self::NotSupported => IssueCode::NotSupported,
            Self::NotAcceptable | Self::UnsupportedMediaType => IssueCode::NotSupported,
            Self::Conflict | Self::PreconditionFailed => IssueCode::Conflict,
            Self::Gone => IssueCode::Deleted,
            Self::TooLarge => IssueCode::TooLong,
            Self::Unprocessable => IssueCode::Processing,
            Self::Busy(_) => IssueCode::Throttled,
            Self::Unavailable(_) => IssueCode::Transient,
            Self::OutcomeUnknown => IssueCode::Incomplete,
            Self::Internal => IssueCode::Exception,
        }
    }
}

/// How a floor's own error becomes a [`Problem`].
pub trait Explain {
    /// The error as a problem.
    fn explain(&self) -> Problem;
}

impl<E: Explain> From<&E> for Problem {
    fn from(error: &E) -> Self {
        error.explain()
    }
}
