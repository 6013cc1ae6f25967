//! The door of this crate: expansions, and what stands above and below a code.

use std::cell::Cell;

use crate::canonical::Canonical;
use crate::code_system::CodeSystem;
use crate::error::TerminologyError;
use crate::expand::Expanding;
use crate::expansion::Expansion;

/// Where definitions come from.
pub trait Resolver {
    /// What may go wrong while looking, our own refusals included.
    type Error: From<TerminologyError>;

    /// The ValueSet with that canonical, as JSON; the newest where no version is asked for.
    ///
    /// # Errors
    /// Where looking fails.
    fn value_set(&self, canonical: Canonical<'_>) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The CodeSystem with that canonical, as JSON; the newest where no version is asked for.
    ///
    /// # Errors
    /// Where looking fails.
    fn code_system(&self, canonical: Canonical<'_>) -> Result<Option<Vec<u8>>, Self::Error>;
}

/// How much is expanded at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Codes of a value set, those of a value set that it imports included.
    pub codes: usize,
    /// Concepts of a code system.
    pub concepts: usize,
    /// Value sets that import one another, one inside the next.
    pub depth: usize,
    /// Definitions that are looked up for one question.
    pub definitions: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { codes: 10_000, concepts: 500_000, depth: 16, definitions: 100 }
    }
}

/// Answers questions about codes from what a resolver finds.
#[derive(Debug)]
pub struct Terminology<'r, R> {
    pub(crate) resolver: &'r R,
    pub(crate) limits: Limits,
    looked_up: Cell<usize>,
}

impl<'r, R: Resolver> Terminology<'r, R> {
    /// With definitions from a resolver.
    pub fn new(resolver: &'r R, limits: Limits) -> Self {
        Self { resolver, limits, looked_up: Cell::new(0) }
    }

    /// What a value set has in it.
    ///
    /// # Errors
    /// Unknown, unusable, circular or too large; or what the resolver says.
    pub fn expand(&self, canonical: Canonical<'_>) -> Result<Expansion, R::Error> {
        Expanding::new(self).value_set(canonical)
    }

    /// What a ValueSet resource has in it, which came from elsewhere than the resolver.
    ///
    /// # Errors
    /// As [`Self::expand`].
    pub fn expand_resource(&self, name: &str, text: &[u8]) -> Result<Expansion, R::Error> {
        Expanding::new(self).resource(name, text)
    }

    /// The code itself and all codes below it in its system's hierarchy.
    ///
    /// # Errors
    /// Unknown or too large; or what the resolver says.
    pub fn below(&self, system: Canonical<'_>, code: &str) -> Result<Vec<String>, R::Error> {
        self.around(system, code, |found| {
            found.below(code).into_iter().map(|c| &c.code).cloned().collect()
        })
    }

    /// The code itself and all codes above it in its system's hierarchy.
    ///
    /// # Errors
    /// Unknown or too large; or what the resolver says.
    pub fn above(&self, system: Canonical<'_>, code: &str) -> Result<Vec<String>, R::Error> {
        self.around(system, code, |found| {
            found.above(code).into_iter().map(|c| &c.code).cloned().collect()
        })
    }

    fn around(
        &self,
        system: Canonical<'_>,
        code: &str,
        read: impl Fn(&CodeSystem) -> Vec<String>,
    ) -> Result<Vec<String>, R::Error> {
        let Some(known) = self.code_system(system)? else {
            let canonical = system.to_string();
            return Err(TerminologyError::UnknownCodeSystem { canonical }.into());
        };
        let mut codes = read(&known);
        if codes.len() > self.limits.codes {
            return Err(self.too_large(system, "codes", self.limits.codes));
        }
        if codes.is_empty() {
            // A code subsumes itself, whether or not the system lists it.
            codes.push(code.to_owned());
        }
        Ok(codes)
    }

    /// A code system, read.
    ///
    /// # Errors
    /// Unusable or too large; or what the resolver says.
    pub fn code_system(&self, canonical: Canonical<'_>) -> Result<Option<CodeSystem>, R::Error> {
        self.look_up(canonical)?;
        let Some(text) = self.resolver.code_system(canonical)? else { return Ok(None) };
        Ok(Some(CodeSystem::read(&text, self.limits.concepts)?))
    }

    pub(crate) fn look_up(&self, canonical: Canonical<'_>) -> Result<(), R::Error> {
        self.looked_up.set(self.looked_up.get() + 1);
        if self.looked_up.get() > self.limits.definitions {
            return Err(self.too_large(
                canonical,
                "definitions behind it",
                self.limits.definitions,
            ));
        }
        Ok(())
    }

    pub(crate) fn too_large(
        &self,
        canonical: impl std::fmt::Display,
        what: &'static str,
        limit: usize,
    ) -> R::Error {
        TerminologyError::TooLarge { canonical: canonical.to_string(), what, limit }.into()
    }
}
