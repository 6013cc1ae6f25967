//! What an expression may cost, to read and to evaluate.

/// The longest expression that is read, in bytes.
pub const MAX_LENGTH: usize = 8 * 1024;
/// How deep parentheses, brackets and arguments nest.
pub const MAX_NESTING: usize = 40;

/// What one evaluation may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps: each part of the expression that is evaluated, each member of a collection that is
    /// looked at, each 64 bytes of text that are made.
    pub steps: usize,
    /// Members of any collection.
    pub items: usize,
    /// Bytes of any text that is made.
    pub text: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 1_000_000, items: 100_000, text: 1 << 20 }
    }
}
