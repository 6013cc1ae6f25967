//! An XML text as a tree of FHIR's elements: a tape in document order, each element knowing where
//! the next one behind all its children is.

use std::borrow::Cow;

use crate::error::ReadError;
use crate::narrative::{self, Entities};
use crate::references;
use crate::scan::{Namespace, Scan, Tag, Token};

/// How many bytes an element takes at least, on the average: more elements than that in a text
/// are not a resource, but something made to fill the memory.
const LEAST_BYTES: usize = 8;

/// An element.
pub(crate) struct Node<'x> {
    pub(crate) name: &'x str,
    /// Where its tag begins in the text.
    pub(crate) offset: usize,
    /// The first element behind it and all that is in it.
    pub(crate) next: usize,
    /// Its attributes: a range of [`Tree::attributes`].
    pub(crate) attributes: (u32, u32),
    /// The XHTML of a narrative's `div`; no element of FHIR has text.
    pub(crate) narrative: Option<String>,
}

/// A whole text.
pub(crate) struct Tree<'x> {
    pub(crate) text: &'x str,
    pub(crate) nodes: Vec<Node<'x>>,
    attributes: Vec<(&'x str, Cow<'x, str>)>,
}

impl<'x> Tree<'x> {
    /// Reads a whole text.
    pub(crate) fn read(text: &'x str) -> Result<Self, ReadError> {
        let mut tree = Self { text, nodes: Vec::new(), attributes: Vec::new() };
        let mut scan = Scan::new(text, Namespace::None)?;
        let mut open: Vec<usize> = Vec::new();
        loop {
            match scan.next()? {
                Token::Start(_) if open.is_empty() && !tree.nodes.is_empty() => {
                    return Err(scan.wrong("a second resource stands behind the first"));
                }
                Token::Start(tag) => {
                    let at = tree.nodes.len();
                    let is_open = tree.enter(&mut scan, tag)?;
                    if is_open {
                        open.push(at);
                    }
                }
                Token::End => {
                    let next = tree.nodes.len();
                    if let Some(node) = open.pop().and_then(|at| tree.nodes.get_mut(at)) {
                        node.next = next;
                    }
                }
                Token::Text if !is_blank(scan.raw()) => {
                    return Err(scan.wrong("FHIR's elements have no text: values are attributes"));
                }
                Token::Text | Token::Comment => {}
                Token::Eof if tree.nodes.is_empty() => {
                    return Err(scan.wrong("there is no element"));
                }
                Token::Eof => return Ok(tree),
            }
        }
    }

    /// Takes an element in; tells whether it is still open.
    fn enter(&mut self, scan: &mut Scan<'x>, tag: Tag<'x>) -> Result<bool, ReadError> {
        if self.nodes.len() > self.text.len() / LEAST_BYTES {
            return Err(scan.wrong("this text has too many elements for its length"));
        }
        let (at, offset) = (self.nodes.len(), scan.from);
        let mut node =
            Node { name: tag.name, offset, next: at + 1, attributes: (0, 0), narrative: None };
        let is_open = match tag.namespace {
            Namespace::Fhir => {
                node.attributes = self.take(scan)?;
                !tag.is_empty
            }
            Namespace::Xhtml => {
                node.narrative = Some(narrative::copy(scan, tag, Entities::Kept)?);
                false
            }
            _ => {
                let words = "elements must be in FHIR's namespace, `http://hl7.org/fhir`";
                return Err(scan.wrong(words));
            }
        };
        self.nodes.push(node);
        Ok(is_open)
    }

    fn take(&mut self, scan: &Scan<'x>) -> Result<(u32, u32), ReadError> {
        let from = self.attributes.len() as u32;
        for attribute in &scan.attributes {
            match attribute.namespace {
                Namespace::None => {
                    let value = references::value(attribute.raw);
                    let value = value.map_err(|message| scan.wrong(message))?;
                    self.attributes.push((attribute.name, value));
                }
                Namespace::Schema => {}
                _ => return Err(scan.wrong("FHIR's attributes have no prefix")),
            }
        }
        Ok((from, self.attributes.len() as u32))
    }

    /// An element's attributes.
    pub(crate) fn attributes(&self, node: &Node<'x>) -> &[(&'x str, Cow<'x, str>)] {
        let (from, to) = node.attributes;
        self.attributes.get(from as usize..to as usize).unwrap_or_default()
    }

    /// An element's attribute.
    pub(crate) fn attribute(&self, node: &Node<'x>, name: &str) -> Option<&str> {
        let found = self.attributes(node).iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| &**value)
    }

    /// The places of an element's children.
    pub(crate) fn children(&self, at: usize) -> impl Iterator<Item = usize> {
        let end = self.nodes.get(at).map_or(0, |node| node.next);
        let mut child = at + 1;
        std::iter::from_fn(move || {
            let here = child;
            child = self.nodes.get(here).filter(|_| here < end)?.next;
            Some(here)
        })
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}
