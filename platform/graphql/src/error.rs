//! What is wrong with a query, where in its text, and where in the answer.

use std::fmt;

/// A step of the way to a field of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathPart {
    /// The name under which the answer has it.
    Field(String),
    /// The place in a list.
    Index(usize),
}

/// A query that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GraphqlError {
    /// What is wrong and what would be right; no value of a resource.
    pub message: String,
    /// Line and column in the query, from 1; none where it is not about a place of it.
    pub place: Option<(u32, u32)>,
    /// The field of the answer that failed; empty where nothing was evaluated yet.
    pub path: Vec<PathPart>,
    /// Which budget was used up, where that is what is wrong.
    pub budget: Option<&'static str>,
}

impl GraphqlError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, path: Vec::new(), budget: None }
    }

    pub(crate) fn at(text: &str, offset: usize, message: impl Into<String>) -> Self {
        let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let place = Some((number(line), number(before.len() - start + 1)));
        Self { place, ..Self::new(message) }
    }

    pub(crate) fn costly(budget: &'static str, message: impl Into<String>) -> Self {
        Self { budget: Some(budget), ..Self::new(message) }
    }

    /// The error as GraphQL has it (§7.1.2): `message`, `locations`, `path`, `extensions`.
    pub fn to_json(&self) -> serde_json::Value {
        let mut error = serde_json::json!({ "message": self.message });
        if let Some((line, column)) = self.place {
            error["locations"] = serde_json::json!([{ "line": line, "column": column }]);
        }
        if !self.path.is_empty() {
            let part = |part: &PathPart| match part {
                PathPart::Field(name) => serde_json::Value::from(name.as_str()),
                PathPart::Index(index) => serde_json::Value::from(*index),
            };
            error["path"] = self.path.iter().map(part).collect();
        }
        if let Some(budget) = self.budget {
            error["extensions"] = serde_json::json!({ "code": "too-costly", "budget": budget });
        }
        error
    }
}

impl fmt::Display for PathPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => f.write_str(name),
            Self::Index(index) => write!(f, "{index}"),
        }
    }
}
