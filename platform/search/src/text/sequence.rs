//! Words as they stand in a body: whether a phrase is there, and how often each word is.

use tarn_fhir::json::Document;

use super::{TextTest, Tree};
use crate::extract::{each_text_of, each_word, text_fields};

/// The words of a resource that a field has, in order.
pub(crate) fn words(
    field: tarn_fhir::definitions::FieldId,
    document: &Document<'_>,
) -> Vec<String> {
    let only_narrative = field == text_fields().narrative;
    let mut words = Vec::new();
    let mut scratch = String::new();
    each_text_of(document.root(), &mut |text, in_narrative| {
        if in_narrative || !only_narrative {
            each_word(text, &mut scratch, &mut |word| words.push(word.to_owned()));
        }
    });
    words
}

/// Whether a resource passes a test with its phrases.
pub(crate) fn has_phrases(test: &TextTest, document: &Document<'_>) -> bool {
    passes(&test.tree, &words(test.field, document))
}

fn passes(tree: &Tree, words: &[String]) -> bool {
    match tree {
        Tree::Word(word) => words.contains(word),
        Tree::Begins(word) => words.iter().any(|known| known.starts_with(word.as_str())),
        Tree::Phrase(phrase) => words.windows(phrase.len()).any(|window| window == phrase),
        Tree::All(all) => all.iter().all(|tree| passes(tree, words)),
        Tree::Any(any) => any.iter().any(|tree| passes(tree, words)),
    }
}
