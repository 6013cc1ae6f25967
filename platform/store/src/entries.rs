//! What a block of resources has to say to the index, before it is sorted.

use crate::key::{Field, Hash96, Key};
use crate::words::{Cutter, WordBook};

/// A quantity's unit in its three readings, each a keyed hash; 0 where the quantity has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Unit {
    /// Of the unit's system, such as `http://unitsofmeasure.org`.
    pub system: u64,
    /// Of its code, such as `mg`.
    pub code: u64,
    /// Of what people read, such as `milligram`.
    pub unit: u64,
}

/// The texts of some of the codes that units have, by the hashes of system
/// and code. Few, as units are.
#[derive(Debug, Default, Clone)]
pub(crate) struct Codes(Vec<((u64, u64), Box<str>)>);

impl Codes {
    pub(crate) fn of(&self, unit: &Unit) -> &str {
        let wanted = (unit.system, unit.code);
        self.0.iter().find(|(known, _)| *known == wanted).map_or("", |(_, text)| text)
    }

    fn add(&mut self, unit: (u64, u64), text: &str) {
        // The unit before is nearly always it.
        if !self.0.iter().rev().any(|(known, _)| *known == unit) {
            self.0.push((unit, text.into()));
        }
    }
}

/// Index entries of the resources of a block. An *ordinal* is a resource's place in the block,
/// from 0; a single write has ordinal 0 only.
#[derive(Debug, Default, Clone)]
pub struct Entries {
    pub(crate) keys: Vec<(Key, u32)>,
    /// Field, start and end in `text`, ordinal.
    pub(crate) terms: Vec<(Field, u32, u32, u32)>,
    pub(crate) text: String,
    pub(crate) words: WordBook,
    pub(crate) dates: Vec<(Field, u32, i64, i64)>,
    pub(crate) numbers: Vec<(Field, u32, f64, f64)>,
    pub(crate) quantities: Vec<(Field, u32, Unit, f64, f64)>,
    /// What the codes of units say, where they can be converted.
    pub(crate) codes: Codes,
    pub(crate) subjects: Vec<Option<Hash96>>,
}

impl Entries {
    /// Forgets all, keeps the allocations.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.terms.clear();
        self.text.clear();
        self.words.clear();
        self.dates.clear();
        self.numbers.clear();
        self.quantities.clear();
        self.codes.0.clear();
        self.subjects.clear();
    }

    /// The resource has that key.
    pub fn add_key(&mut self, key: Key, ordinal: u32) {
        self.keys.push((key, ordinal));
    }

    /// The resource has that term, normalised, in the field.
    pub fn add_term(&mut self, field: Field, term: &str, ordinal: u32) {
        let start = self.text.len() as u32;
        self.text.push_str(term);
        self.terms.push((field, start, self.text.len() as u32, ordinal));
    }

    /// The resource has the words of a text in the field: terms of it, each cut by `cut`, which
    /// must always cut one text the same way. Says how many words those are.
    pub fn add_words(
        &mut self,
        field: Field,
        text: &str,
        ordinal: u32,
        cut: &mut Cutter<'_>,
    ) -> u32 {
        self.words.add(field, text, ordinal, cut)
    }

    /// The resource has a period in the field: microseconds since 1970 (UTC), both ends within it;
    /// `i64::MIN` and `i64::MAX` where it is open.
    pub fn add_date(&mut self, field: Field, ordinal: u32, lo: i64, hi: i64) {
        self.dates.push((field, ordinal, lo, hi));
    }

    /// The resource has a number, or a range of them, in the field.
    pub fn add_number(&mut self, field: Field, ordinal: u32, lo: f64, hi: f64) {
        self.numbers.push((field, ordinal, lo, hi));
    }

    /// The resource has a quantity, or a range of them, in the field.
    pub fn add_quantity(&mut self, field: Field, ordinal: u32, unit: Unit, lo: f64, hi: f64) {
        self.quantities.push((field, ordinal, unit, lo, hi));
    }

    /// Says what the code of a unit of this block is, so that questions in other units can be
    /// answered by it.
    pub fn name_unit(&mut self, unit: Unit, code: &str) {
        self.codes.add((unit.system, unit.code), code);
    }

    /// Says in whose patient compartment the next ordinal is; once for each, in order.
    pub fn push_subject(&mut self, subject: Option<Hash96>) {
        self.subjects.push(subject);
    }

    /// Key entries so far, for tests and figures.
    pub fn keys(&self) -> &[(Key, u32)] {
        &self.keys
    }

    /// Terms so far: field, term, ordinal.
    pub fn terms(&self) -> impl Iterator<Item = (Field, &str, u32)> {
        self.terms.iter().map(|&(f, s, e, o)| (f, &self.text[s as usize..e as usize], o))
    }

    /// Dates so far: field, ordinal, first and last microsecond.
    pub fn dates(&self) -> &[(Field, u32, i64, i64)] {
        &self.dates
    }

    /// Numbers so far: field, ordinal, lowest and highest.
    pub fn numbers(&self) -> &[(Field, u32, f64, f64)] {
        &self.numbers
    }

    /// Quantities so far: field, ordinal, unit, lowest and highest.
    pub fn quantities(&self) -> &[(Field, u32, Unit, f64, f64)] {
        &self.quantities
    }

    /// The patient compartment of each ordinal.
    pub fn subjects(&self) -> &[Option<Hash96>] {
        &self.subjects
    }
}

impl Entries {
    /// Adds the entries of a single resource (ordinal 0) under another ordinal.
    pub(crate) fn append(&mut self, one: &Self, ordinal: u32) {
        self.keys.extend(one.keys.iter().map(|&(key, _)| (key, ordinal)));
        self.words.append(&one.words, ordinal);
        one.terms().for_each(|(field, term, _)| self.add_term(field, term, ordinal));
        self.dates.extend(one.dates.iter().map(|&(f, _, lo, hi)| (f, ordinal, lo, hi)));
        self.numbers.extend(one.numbers.iter().map(|&(f, _, lo, hi)| (f, ordinal, lo, hi)));
        self.quantities
            .extend(one.quantities.iter().map(|&(f, _, u, lo, hi)| (f, ordinal, u, lo, hi)));
        one.codes.0.iter().for_each(|(unit, text)| self.codes.add(*unit, text));
    }
}
