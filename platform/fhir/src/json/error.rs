//! What is wrong with a text that is not JSON, and where.

/// A text that is not JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line}, column {column}{}", at(path))]
pub struct SyntaxError {
    /// Bytes from the start of the text.
    pub offset: usize,
    /// From 1.
    pub line: u32,
    /// In bytes, from 1.
    pub column: u32,
    /// The element it was found in, such as `name[0].given`; empty at the outermost level.
    pub path: String,
    /// What is wrong.
    pub message: &'static str,
}

fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(", in `{path}`") }
}
