//! The book: which parameters a store has, and the fields they were given for good.

use serde::{Deserialize, Serialize};
use tarn_fhir::json::Document;
use tarn_store::Definition;

use super::define::{Defined, read};
use super::{FIRST, LAST, OwnError};

/// Parameters that a store may have at a time, one counted for each of its types.
const MOST: usize = 256;

/// The book of a store. Fields are given in order and never again, so that entries of a parameter
/// that is gone can never be taken for those of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    pub(crate) next_field: u16,
    /// Counts up with every addition.
    pub(crate) generation: u32,
    pub(crate) parameters: Vec<Written>,
}

/// A parameter in the book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Written {
    /// The id of the resource that defines it.
    pub(crate) by: String,
    pub(crate) defined: Defined,
    /// One for each of its types.
    pub(crate) fields: Vec<u16>,
    /// The generation that it came with.
    pub(crate) since: u32,
}

impl Default for Book {
    fn default() -> Self {
        Self { next_field: FIRST, generation: 0, parameters: Vec::new() }
    }
}

impl Book {
    /// Reads a book; an empty text is an empty book.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() { Some(Self::default()) } else { serde_json::from_slice(bytes).ok() }
    }

    /// Whether a resource may define that here.
    pub(crate) fn may_define(&self, by: &str, defined: &Defined) -> Result<(), OwnError> {
        let others = || self.parameters.iter().filter(|known| known.by != by);
        for known in others().filter(|known| known.defined.code == defined.code) {
            let both = |type_: &&String| known.defined.bases.contains(type_);
            if let Some(type_) = defined.bases.iter().find(both) {
                let (code, type_) = (defined.code.clone(), type_.clone());
                return Err(OwnError::Clash { code, type_, by: known.by.clone() });
            }
        }
        let count: usize = others().map(|known| known.fields.len()).sum();
        let room = usize::from(LAST - self.next_field);
        let fits = count + defined.bases.len() <= MOST && defined.bases.len() <= room;
        if fits { Ok(()) } else { Err(OwnError::Full) }
    }

    fn change(&mut self, change: &Definition<'_>, generation: u32) {
        let document = change.body.and_then(|body| Document::parse(body).ok());
        // What cannot be used was refused at the door, or came with an import: it is kept as a
        // resource and defines nothing.
        let defined = document.and_then(|document| read(&document).ok().flatten());
        let defined = defined.filter(|defined| self.may_define(change.id, defined).is_ok());
        let known = self.parameters.iter().position(|known| known.by == change.id);
        if let (Some(at), Some(defined)) = (known, &defined)
            && self.parameters[at].defined == *defined
        {
            return;
        }
        if let Some(at) = known {
            self.parameters.remove(at);
        }
        let Some(defined) = defined else { return };
        let fields = defined.bases.iter().map(|_| {
            self.next_field += 1;
            self.next_field - 1
        });
        let fields = fields.collect();
        let by = change.id.to_owned();
        self.parameters.push(Written { by, defined, fields, since: generation });
        self.generation = generation;
    }
}

/// What a book becomes by changes of definitions; none where it stays.
pub(crate) fn amend(book: &[u8], changes: &[Definition<'_>]) -> Option<Vec<u8>> {
    let before = Book::read(book)?;
    let mut after = before.clone();
    for change in changes {
        after.change(change, before.generation + 1);
    }
    if after == before {
        return None;
    }
    serde_json::to_vec(&after).ok()
}
