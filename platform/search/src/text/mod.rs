//! Full text: `_text` and `_content`, asked in words, answered by relevance.

mod parse;
mod select;
mod sequence;

use tarn_fhir::definitions::FieldId;

pub(crate) use parse::read;
pub(crate) use select::{evaluate, leaves, with_word};
pub(crate) use sequence::{has_phrases, words};

/// A search for words.
#[derive(Debug, Clone)]
pub struct TextTest {
    /// `_text` or `_content`.
    pub field: FieldId,
    /// What has to be there.
    pub tree: Tree,
}

/// Words and how they go together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tree {
    /// This word.
    Word(String),
    /// A word that begins so.
    Begins(String),
    /// These words, one behind the other.
    Phrase(Vec<String>),
    /// All of it.
    All(Vec<Tree>),
    /// One of them at least.
    Any(Vec<Tree>),
}

impl TextTest {
    /// Whether what the index finds still has to be looked into.
    pub(crate) fn is_verified(&self) -> bool {
        self.tree.has_phrase()
    }
}

impl Tree {
    fn has_phrase(&self) -> bool {
        match self {
            Self::Phrase(_) => true,
            Self::All(all) | Self::Any(all) => all.iter().any(Self::has_phrase),
            Self::Word(_) | Self::Begins(_) => false,
        }
    }
}
