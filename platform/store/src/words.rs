//! The words of a block's texts, each text cut once however many resources have it.
//!
//! Clinical texts repeat: displays, statuses, names of units. Cutting each of them into words for
//! every resource would cost an import a quarter of its time, so a book remembers the words of
//! texts, and a text that was seen costs a look-up and a push for each word.

use std::collections::HashMap;

use crate::key::Field;

/// Longer texts are seldom seen twice.
const REMEMBERED: usize = 256;
/// A book with more words than this begins anew with the next block.
const MOST_WORDS: usize = 1 << 18;

/// Cuts a text into words.
pub type Cutter<'c> = dyn FnMut(&str, &mut dyn FnMut(&str)) + 'c;

/// Words, and which ordinals have them.
#[derive(Debug, Default, Clone)]
pub(crate) struct WordBook {
    /// Where in `of_texts` the words of a text stand.
    texts: HashMap<Box<str>, (u32, u32)>,
    of_texts: Vec<u32>,
    numbers: HashMap<Box<str>, u32>,
    /// By number.
    words: Vec<Box<str>>,
    /// Of each field: by number, the ordinals that have the word, ascending as they came.
    fields: Vec<(Field, Vec<Vec<u32>>)>,
}

impl WordBook {
    /// Forgets who has the words, and remembers the words themselves.
    pub(crate) fn clear(&mut self) {
        if self.words.len() > MOST_WORDS {
            *self = Self::default();
        }
        for (_, ordinals) in &mut self.fields {
            ordinals.iter_mut().for_each(Vec::clear);
        }
    }

    /// The ordinal has the words of a text; says how many those are.
    pub(crate) fn add(
        &mut self,
        field: Field,
        text: &str,
        ordinal: u32,
        cut: &mut Cutter<'_>,
    ) -> u32 {
        if let Some(&(from, to)) = self.texts.get(text) {
            let of = self.place(field);
            for &number in &self.of_texts[from as usize..to as usize] {
                push(&mut self.fields[of].1, number, ordinal);
            }
            return to - from;
        }
        let from = self.of_texts.len() as u32;
        cut(text, &mut |word| {
            let number = match self.numbers.get(word) {
                Some(number) => *number,
                None => {
                    let number = self.words.len() as u32;
                    self.words.push(word.into());
                    self.numbers.insert(word.into(), number);
                    number
                }
            };
            self.of_texts.push(number);
        });
        let to = self.of_texts.len() as u32;
        let of = self.place(field);
        for &number in &self.of_texts[from as usize..] {
            push(&mut self.fields[of].1, number, ordinal);
        }
        if text.len() <= REMEMBERED {
            self.texts.insert(text.into(), (from, to));
        } else {
            self.of_texts.truncate(from as usize);
        }
        to - from
    }

    /// Every word of a field with the ordinals that have it, in no order.
    pub(crate) fn each(&self) -> impl Iterator<Item = (Field, &str, &[u32])> {
        self.fields.iter().flat_map(move |(field, all)| {
            let words = self.words.iter().zip(all);
            words.filter(|(_, o)| !o.is_empty()).map(move |(word, o)| (*field, &**word, &o[..]))
        })
    }

    /// Takes over the words of a single resource under another ordinal.
    pub(crate) fn append(&mut self, one: &Self, ordinal: u32) {
        for (field, word, _) in one.each() {
            self.add(field, word, ordinal, &mut |text, tell| tell(text));
        }
    }

    fn place(&mut self, field: Field) -> usize {
        self.fields.iter().position(|(known, _)| *known == field).unwrap_or_else(|| {
            self.fields.push((field, Vec::new()));
            self.fields.len() - 1
        })
    }
}

fn push(all: &mut Vec<Vec<u32>>, number: u32, ordinal: u32) {
    let number = number as usize;
    if all.len() <= number {
        all.resize_with(number + 1, Vec::new);
    }
    if all[number].last() != Some(&ordinal) {
        all[number].push(ordinal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, tell: &mut dyn FnMut(&str)) {
        text.split(' ').for_each(tell);
    }

    fn shown(book: &WordBook) -> Vec<(u16, String, Vec<u32>)> {
        let all = book.each().map(|(f, word, o)| (f.to_bits(), word.to_owned(), o.to_vec()));
        let mut all: Vec<_> = all.collect();
        all.sort();
        all
    }

    #[test]
    fn each_resource_has_a_word_once() {
        let (a, b) = (Field::from_bits(1), Field::from_bits(2));
        let mut book = WordBook::default();
        assert_eq!(book.add(a, "chest pain", 0, &mut cut), 2);
        assert_eq!(book.add(a, "chest pain", 0, &mut cut), 2);
        assert_eq!(book.add(a, "chest pain", 3, &mut cut), 2);
        assert_eq!(book.add(b, "pain", 3, &mut cut), 1);
        let long = "pain ".repeat(100) + "end";
        assert_eq!(book.add(a, &long, 4, &mut cut), 101);
        let expected = [
            (1, "chest", vec![0, 3]),
            (1, "end", vec![4]),
            (1, "pain", vec![0, 3, 4]),
            (2, "pain", vec![3]),
        ];
        let expected = expected.map(|(f, word, o)| (f, word.to_owned(), o));
        assert_eq!(shown(&book), expected);
        book.clear();
        assert!(shown(&book).is_empty());
        assert_eq!(book.add(b, "chest pain", 9, &mut cut), 2);
        let mut other = WordBook::default();
        other.append(&book, 5);
        let expected = [(2, "chest".to_owned(), vec![5]), (2, "pain".to_owned(), vec![5])];
        assert_eq!(shown(&other), expected);
    }
}
