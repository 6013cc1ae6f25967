//! Finds the rows of a part that have the words.

use std::ops::BitAnd;

use roaring::RoaringBitmap;
use tarn_store::{Field, Part, TermMatch, Variant};

use super::Tree;
use crate::error::SearchError;
use crate::run::Run;

/// The rows that have the words; of a phrase those that have all of its words somewhere.
pub(crate) fn evaluate(
    run: &Run<'_>,
    part: &Part,
    field: tarn_fhir::definitions::FieldId,
    tree: &Tree,
) -> Result<RoaringBitmap, SearchError> {
    run.budget.steps(1)?;
    match tree {
        Tree::Word(_) | Tree::Begins(_) => with_word(run, part, field, tree),
        Tree::Phrase(words) => {
            let each = |word: &String| Tree::Word(word.clone());
            evaluate(run, part, field, &Tree::All(words.iter().map(each).collect()))
        }
        Tree::All(all) => {
            let mut left: Option<RoaringBitmap> = None;
            for tree in all {
                if left.as_ref().is_some_and(RoaringBitmap::is_empty) {
                    break;
                }
                let some = evaluate(run, part, field, tree)?;
                left = Some(match left {
                    Some(left) => left.bitand(some),
                    None => some,
                });
            }
            Ok(left.unwrap_or_default())
        }
        Tree::Any(any) => {
            let mut found = RoaringBitmap::new();
            for tree in any {
                found |= evaluate(run, part, field, tree)?;
            }
            Ok(found)
        }
    }
}

/// The rows that have a word; of anything but a word, none.
pub(crate) fn with_word(
    run: &Run<'_>,
    part: &Part,
    field: tarn_fhir::definitions::FieldId,
    word: &Tree,
) -> Result<RoaringBitmap, SearchError> {
    run.budget.steps(1)?;
    let wanted = match word {
        Tree::Word(word) => TermMatch::Exact(word),
        Tree::Begins(word) => TermMatch::Prefix(word),
        _ => return Ok(RoaringBitmap::new()),
    };
    Ok(part.terms(Field::new(field, Variant::Main), wanted)?)
}

/// The words of a tree, those of phrases one by one; none twice.
pub(crate) fn leaves(tree: &Tree) -> Vec<Tree> {
    let mut found: Vec<Tree> = Vec::new();
    gather(tree, &mut found);
    found
}

fn gather(tree: &Tree, found: &mut Vec<Tree>) {
    let mut add = |leaf: Tree| {
        if !found.contains(&leaf) {
            found.push(leaf);
        }
    };
    match tree {
        Tree::Word(_) | Tree::Begins(_) => add(tree.clone()),
        Tree::Phrase(words) => words.iter().for_each(|word| add(Tree::Word(word.clone()))),
        Tree::All(all) | Tree::Any(all) => all.iter().for_each(|tree| gather(tree, found)),
    }
}
