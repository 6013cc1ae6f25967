//! What a value set comes to: codes, and systems of which every code is in it.

use std::collections::BTreeSet;

use crate::error::TerminologyError;

/// A code with its system, where it has one.
pub(crate) type Pair = (Option<String>, String);

/// The members of a value set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    pub(crate) codes: BTreeSet<Pair>,
    pub(crate) systems: BTreeSet<String>,
}

impl Expansion {
    /// The codes that are listed one by one: (system, code).
    pub fn codes(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        self.codes.iter().map(|(system, code)| (system.as_deref(), code.as_str()))
    }

    /// The systems that are in it as a whole, because nobody said what codes they have.
    pub fn systems(&self) -> impl Iterator<Item = &str> {
        self.systems.iter().map(String::as_str)
    }

    /// How many codes and systems it has.
    pub fn len(&self) -> usize {
        self.codes.len() + self.systems.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a code of a system is in it.
    pub fn has(&self, system: Option<&str>, code: &str) -> bool {
        system.is_some_and(|system| self.systems.contains(system))
            || self.codes.contains(&(system.map(str::to_owned), code.to_owned()))
    }

    pub(crate) fn is_within_systems(&self, pair: &Pair) -> bool {
        pair.0.as_ref().is_some_and(|system| self.systems.contains(system))
    }

    /// Adds what another has.
    pub(crate) fn join(&mut self, other: Self) {
        self.codes.extend(other.codes);
        self.systems.extend(other.systems);
    }

    /// What both have.
    pub(crate) fn and(self, other: &Self) -> Self {
        let is_in = |a: &Self, pair: &Pair| a.codes.contains(pair) || a.is_within_systems(pair);
        let mut codes: BTreeSet<Pair> =
            self.codes.iter().filter(|pair| is_in(other, pair)).cloned().collect();
        codes.extend(other.codes.iter().filter(|pair| is_in(&self, pair)).cloned());
        let systems = self.systems.intersection(&other.systems).cloned().collect();
        Self { codes, systems }
    }

    /// Takes out what another has.
    ///
    /// # Errors
    /// Unusable, where codes would go out of a system whose codes nobody listed.
    pub(crate) fn without(
        mut self,
        other: &Self,
        canonical: &str,
    ) -> Result<Self, TerminologyError> {
        self.codes.retain(|pair| !other.codes.contains(pair) && !other.is_within_systems(pair));
        self.systems.retain(|system| !other.systems.contains(system));
        if other.codes.iter().any(|pair| self.is_within_systems(pair)) {
            let why = "it excludes codes of a system that is included whole and not stored here";
            return Err(TerminologyError::Unusable { canonical: canonical.to_owned(), why });
        }
        Ok(self)
    }
}
