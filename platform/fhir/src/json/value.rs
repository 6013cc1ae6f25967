//! Looking around in a parsed document.

use std::borrow::Cow;
use std::ops::Range;

use super::{Document, Node, string};

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, digits kept.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// A value of a document: two words, free to copy.
#[derive(Clone, Copy)]
pub struct Value<'d> {
    text: &'d str,
    nodes: &'d [Node],
    index: u32,
}

impl std::fmt::Debug for Value<'_> {
    /// Prints the kind and place only: the value may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:?} at {:?})", self.kind(), self.span())
    }
}

impl<'d> Value<'d> {
    pub(super) fn at(document: &'d Document<'_>, index: u32) -> Self {
        Self { text: document.text, nodes: &document.nodes, index }
    }

    fn node(self) -> &'d Node {
        &self.nodes[self.index as usize]
    }

    fn sibling(self, index: u32) -> Self {
        Self { index, ..self }
    }

    /// The outermost value of its document.
    pub fn root(self) -> Self {
        self.sibling(0)
    }

    /// Whether it is that very value, not one that looks the same.
    pub fn is_same(self, other: Self) -> bool {
        self.index == other.index && std::ptr::eq(self.nodes, other.nodes)
    }

    /// What it is.
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Where it stands in the text, in bytes; quotes and brackets included.
    pub fn span(self) -> Range<usize> {
        self.node().start as usize..self.node().end as usize
    }

    /// Where it begins in the text.
    pub fn offset(self) -> usize {
        self.node().start as usize
    }

    /// Its exact source text, quotes and brackets included.
    pub fn raw(self) -> &'d str {
        &self.text[self.span()]
    }

    /// A string's content; borrowed where it has no escapes.
    pub fn as_str(self) -> Option<Cow<'d, str>> {
        let node = self.node();
        if node.kind != Kind::String {
            return None;
        }
        let inner = &self.text[node.start as usize + 1..node.end as usize - 1];
        Some(if node.escaped { string::unescape(inner) } else { Cow::Borrowed(inner) })
    }

    /// A boolean's value.
    pub fn as_bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// A number's exact digits.
    pub fn number(self) -> Option<&'d str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// An object's member.
    pub fn get(self, key: &str) -> Option<Value<'d>> {
        let mut members = self.members();
        while let Some((name, value)) = members.next_raw() {
            if name.is(key) {
                return Some(value);
            }
        }
        None
    }

    /// An object's members in order; of anything else, none.
    pub fn members(self) -> Members<'d> {
        let end = if self.kind() == Kind::Object { self.node().next } else { self.index + 1 };
        Members { at: self.sibling(self.index + 1), end }
    }

    /// An array's items in order; of anything else, none.
    pub fn items(self) -> Items<'d> {
        let end = if self.kind() == Kind::Array { self.node().next } else { self.index + 1 };
        Items { at: self.sibling(self.index + 1), end }
    }

    /// Whether an array or object has nothing in it.
    pub fn is_empty(self) -> bool {
        matches!(self.kind(), Kind::Array | Kind::Object) && self.node().next == self.index + 1
    }

    fn is(self, key: &str) -> bool {
        let node = self.node();
        let inner = &self.text.as_bytes()[node.start as usize + 1..node.end as usize - 1];
        if node.escaped { self.as_str().as_deref() == Some(key) } else { inner == key.as_bytes() }
    }
}

/// The members of an object.
#[derive(Debug, Clone)]
pub struct Members<'d> {
    at: Value<'d>,
    end: u32,
}

impl<'d> Members<'d> {
    fn next_raw(&mut self) -> Option<(Value<'d>, Value<'d>)> {
        if self.at.index >= self.end {
            return None;
        }
        let key = self.at;
        let value = key.sibling(key.index + 1);
        self.at = key.sibling(value.node().next);
        Some((key, value))
    }
}

impl<'d> Iterator for Members<'d> {
    type Item = (Cow<'d, str>, Value<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.next_raw()?;
        Some((key.as_str().unwrap_or_default(), value))
    }
}

/// The items of an array.
#[derive(Debug, Clone)]
pub struct Items<'d> {
    at: Value<'d>,
    end: u32,
}

impl<'d> Iterator for Items<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Value<'d>> {
        if self.at.index >= self.end {
            return None;
        }
        let value = self.at;
        self.at = value.sibling(value.node().next);
        Some(value)
    }
}
