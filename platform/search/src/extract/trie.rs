//! The compiled form: all parameters of a type as one trie of JSON keys, walked once.

use tarn_fhir::definitions::{CodeSet, FieldId, TypeId};

use super::perfect::Perfect;

/// What is looked for inside an element.
#[derive(Debug)]
pub(super) struct Node {
    places: Perfect,
    edges: Box<[Edge]>,
}

/// A JSON key that leads somewhere.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) key: &'static str,
    pub(super) branches: Box<[Branch]>,
}

/// What to do with the values under a key, if they pass the guard.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) guard: Guard,
    pub(super) ops: Box<[Op]>,
    /// Where to go on inside, by its place in the program.
    pub(super) inside: Option<u16>,
}

/// Which of the values under a key are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Guard {
    All,
    /// Those whose member `key` is that string.
    Where {
        key: Box<str>,
        value: Box<str>,
    },
    HasExtension(Box<str>),
    Index(usize),
}

/// Reads one element on behalf of every parameter that wants it read that way.
#[derive(Debug)]
pub(super) struct Op {
    pub(super) read: Read,
    pub(super) targets: Box<[Target]>,
}

/// A parameter that an element feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) field: FieldId,
    /// The parameter's place in the program.
    pub(super) slot: u8,
    /// Only references to that type.
    pub(super) only: Option<TypeId>,
}

impl Target {
    /// Whether a reference to a resource of that type (none: unknown) is for this parameter.
    pub(super) fn takes(&self, type_: Option<TypeId>) -> bool {
        self.only.is_none() || self.only == type_
    }
}

/// How an element of a data type is read for a kind of parameter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Read {
    /// Token: a bare code, whose binding implies its system.
    Code(Option<&'static CodeSet>),
    /// Token: `true` or `false`.
    Boolean,
    /// Token: `true` unless the element is `false`.
    NotFalse,
    Coding,
    Concept,
    Identifier,
    Contact,
    /// String: a text.
    Text,
    /// String: the words of a Coding.
    CodingWords,
    /// String: the words of a CodeableConcept.
    ConceptWords,
    Name,
    Address,
    Uri,
    /// Uri: a canonical, with and without its version.
    Canonical,
    Reference,
    /// Reference: a uri or canonical that names its target.
    Link,
    /// Reference: a resource that stands right there, in a bundle.
    Inline,
    Moment,
    Period,
    Timing,
    Number,
    NumberRange,
    Quantity,
    Money,
    Range,
    /// Special: latitude and longitude.
    Position,
}

impl Read {
    /// Whether two elements' readings can be done as one.
    pub(super) fn is_same(self, other: Self) -> bool {
        let same_set = match (self, other) {
            (Self::Code(a), Self::Code(b)) => a.map(|s| s.url) == b.map(|s| s.url),
            _ => true,
        };
        same_set && std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

impl Node {
    /// A node over its edges, which have distinct keys.
    pub(super) fn new(edges: Vec<Edge>) -> Self {
        let keys: Vec<_> = edges.iter().map(|edge| edge.key).collect();
        Self { places: Perfect::over(&keys), edges: edges.into_boxed_slice() }
    }

    /// Whether an element is read so right here.
    pub(super) fn reads(&self, read: Read) -> bool {
        let branches = self.edges.iter().flat_map(|edge| &edge.branches);
        branches.flat_map(|branch| &branch.ops).any(|op| op.read.is_same(read))
    }

    /// The edge with that key.
    #[inline]
    pub(super) fn find(&self, key: &str) -> Option<&Edge> {
        match self.places.place(key) {
            Some(place) => self.edges.get(place).filter(|edge| edge.key == key),
            None => self.edges.iter().find(|edge| edge.key == key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(keys: &[&'static str]) -> Node {
        Node::new(keys.iter().map(|&key| Edge { key, branches: Box::default() }).collect())
    }

    #[test]
    fn keys_are_found_and_strangers_are_not() {
        let keys = ["a", "id", "valueString", "valueCodeableConcept", "status", "code", "meta"];
        let node = node(&keys);
        for key in keys {
            assert_eq!(node.find(key).map(|edge| edge.key), Some(key));
        }
        for key in ["", "b", "valueCode", "valueQuantity", "resourceType", "ststus"] {
            assert!(node.find(key).is_none(), "{key}");
        }
    }

    #[test]
    fn keys_that_no_hash_tells_apart_are_still_found() {
        let node = node(&["abcdefgh1ijklmnop", "abcdefgh2ijklmnop"]);
        assert!(node.find("abcdefgh2ijklmnop").is_some_and(|edge| edge.key.contains('2')));
        assert!(node.find("abcdefgh3ijklmnop").is_none());
    }
}
