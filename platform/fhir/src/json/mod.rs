//! JSON as FHIR needs it: parsed once into a tape of spans over the caller's text.
//!
//! Numbers are never converted, so `1.50` stays `1.50`; every value knows its exact source text and
//! place. Strict after RFC 8259: duplicate keys, trailing bytes, bad UTF-8 and lone surrogates are
//! refused, and nesting is bounded, so that no input can exhaust the stack or be read two ways.

mod error;
mod parse;
mod string;
#[cfg(test)]
mod tests;
mod value;

pub use error::SyntaxError;
pub use parse::MAX_DEPTH;
pub use string::escape_into;
pub use value::{Items, Kind, Members, Value};

/// One value of the tape. A container's children follow it; `next` skips them.
#[derive(Debug, Clone, Copy)]
struct Node {
    start: u32,
    end: u32,
    /// Index of the first node behind this value and all that is in it.
    next: u32,
    kind: Kind,
    /// A string with escapes in it.
    escaped: bool,
}

/// The allocation behind a [`Document`], to be used again for the next one.
#[derive(Debug, Default)]
pub struct Tape(Vec<Node>);

/// A parsed JSON text.
#[derive(Debug)]
pub struct Document<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

impl<'a> Document<'a> {
    /// Parses a whole text.
    ///
    /// # Errors
    /// The first thing that is not JSON, with its place.
    pub fn parse(text: &'a [u8]) -> Result<Self, SyntaxError> {
        Self::parse_with(text, Tape::default())
    }

    /// Parses a whole text into the allocation of an earlier document.
    ///
    /// # Errors
    /// The first thing that is not JSON, with its place.
    pub fn parse_with(text: &'a [u8], tape: Tape) -> Result<Self, SyntaxError> {
        let mut nodes = tape.0;
        nodes.clear();
        let text = parse::parse(text, &mut nodes)?;
        Ok(Self { text, nodes })
    }

    /// Gives the allocation back.
    pub fn into_tape(self) -> Tape {
        Tape(self.nodes)
    }

    /// The text as it came.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// The outermost value.
    pub fn root(&self) -> Value<'_> {
        Value::at(self, 0)
    }
}
