//! What stands in the way of one format becoming the other, and where.

use std::borrow::Cow;

/// An XML text that is not a resource's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}{}", within(path))]
pub struct ReadError {
    /// From 1.
    pub line: u32,
    /// In bytes, from 1.
    pub column: u32,
    /// The element it was found in, such as `Patient.name[0]`; empty where there is none yet.
    pub path: String,
    /// What is wrong and what would be right. Names of elements only, never a value.
    pub message: Cow<'static, str>,
}

impl ReadError {
    /// An error at a place of a text.
    pub(crate) fn at(text: &str, offset: usize, message: impl Into<Cow<'static, str>>) -> Self {
        let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        Self {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(before.len() - start + 1).unwrap_or(u32::MAX),
            path: String::new(),
            message: message.into(),
        }
    }

    /// The same error, found in an element.
    pub(crate) fn within(mut self, path: String) -> Self {
        self.path = path;
        self
    }
}

fn within(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", in `{path}`") }
}

/// A JSON text that XML cannot tell.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    Syntax(#[from] tarn_fhir::json::SyntaxError),
    /// An element that R4 does not define, or not in that form.
    #[error("`{path}` {message}")]
    Element {
        /// The element: `Patient.name[0].given`.
        path: String,
        /// What is wrong with it.
        message: Cow<'static, str>,
    },
}
