//! Expands value sets (<https://hl7.org/fhir/R4/valueset.html#compositions>).

use tarn_fhir::definitions::definitions;

use crate::canonical::Canonical;
use crate::code_system::Content;
use crate::error::TerminologyError;
use crate::expansion::Expansion;
use crate::filter::passing;
use crate::terminology::{Resolver, Terminology};
use crate::value_set::{Compose, Include, ValueSet};

/// One expansion, with the value sets that it is inside of.
pub(crate) struct Expanding<'t, 'r, R> {
    terminology: &'t Terminology<'r, R>,
    inside: Vec<String>,
}

impl<'t, 'r, R: Resolver> Expanding<'t, 'r, R> {
    pub(crate) fn new(terminology: &'t Terminology<'r, R>) -> Self {
        Self { terminology, inside: Vec::new() }
    }

    /// Expands a value set by name: as it is stored, otherwise as R4 defines it.
    pub(crate) fn value_set(&mut self, canonical: Canonical<'_>) -> Result<Expansion, R::Error> {
        self.terminology.look_up(canonical)?;
        let name = canonical.to_string();
        match self.terminology.resolver.value_set(canonical)? {
            Some(text) => self.resource(&name, &text),
            None => core(canonical)
                .ok_or_else(|| TerminologyError::UnknownValueSet { canonical: name }.into()),
        }
    }

    /// Expands a ValueSet resource.
    pub(crate) fn resource(&mut self, name: &str, text: &[u8]) -> Result<Expansion, R::Error> {
        if self.inside.iter().any(|outer| outer == name) {
            return Err(TerminologyError::Circular { canonical: name.to_owned() }.into());
        }
        let limits = self.terminology.limits;
        if self.inside.len() >= limits.depth {
            return Err(self.terminology.too_large(name, "imports, one in another", limits.depth));
        }
        let set = ValueSet::read(text, name, limits.codes)?;
        self.inside.push(name.to_owned());
        let expanded = self.whole(&set);
        self.inside.pop();
        let expanded = expanded?;
        if expanded.len() > limits.codes {
            return Err(self.terminology.too_large(name, "codes", limits.codes));
        }
        Ok(expanded)
    }

    /// The definition counts; a stored expansion where there is none, or where what it speaks of
    /// is not here.
    fn whole(&mut self, set: &ValueSet) -> Result<Expansion, R::Error> {
        let stored = set.expansion.as_ref();
        let Some(compose) = &set.compose else {
            let why = "it has neither `compose` nor a whole `expansion`";
            let canonical = set.canonical.clone();
            return stored
                .cloned()
                .ok_or_else(|| TerminologyError::Unusable { canonical, why }.into());
        };
        match (self.composed(set, compose), stored) {
            (Err(_), Some(stored)) => Ok(stored.clone()),
            (composed, _) => composed,
        }
    }

    fn composed(&mut self, set: &ValueSet, compose: &Compose) -> Result<Expansion, R::Error> {
        let mut all = Expansion::default();
        for include in &compose.include {
            all.join(self.included(set, include)?);
        }
        for exclude in &compose.exclude {
            let out = self.included(set, exclude)?;
            all = all.without(&out, &set.canonical)?;
        }
        Ok(all)
    }

    /// All that an include says must hold, so it is what its parts have in common.
    fn included(&mut self, set: &ValueSet, include: &Include) -> Result<Expansion, R::Error> {
        let mut parts = Vec::new();
        if let Some(system) = &include.system {
            parts.push(self.of_system(set, system, include)?);
        }
        for url in &include.value_sets {
            parts.push(self.value_set(Canonical::parse(url))?);
        }
        let both = parts.into_iter().reduce(|all, part| all.and(&part));
        both.ok_or_else(|| {
            let why = "an `include` has neither `system` nor `valueSet`";
            TerminologyError::Unusable { canonical: set.canonical.clone(), why }.into()
        })
    }

    fn of_system(
        &mut self,
        set: &ValueSet,
        system: &str,
        include: &Include,
    ) -> Result<Expansion, R::Error> {
        let pair = |code: &str| (Some(system.to_owned()), code.to_owned());
        if !include.codes.is_empty() {
            let codes = include.codes.iter().map(|code| pair(code)).collect();
            return Ok(Expansion { codes, ..Expansion::default() });
        }
        let canonical = Canonical { url: system, version: include.version.as_deref() };
        let known = self.terminology.code_system(canonical)?;
        let whole = || Expansion { systems: [system.to_owned()].into(), ..Expansion::default() };
        let Some(known) = known else {
            if include.filters.is_empty() {
                return Ok(whole());
            }
            let canonical = canonical.to_string();
            return Err(TerminologyError::UnknownCodeSystem { canonical }.into());
        };
        if include.filters.is_empty() {
            let few = known.concepts().count() <= self.terminology.limits.codes;
            if known.content != Content::Complete || !few {
                return Ok(whole());
            }
            let codes = known.concepts().map(|concept| pair(&concept.code)).collect();
            return Ok(Expansion { codes, ..Expansion::default() });
        }
        if known.content == Content::Elsewhere {
            let why = "its concepts are not in the resource, so it cannot be filtered";
            return Err(TerminologyError::Unusable { canonical: known.url, why }.into());
        }
        let mut passed = None;
        for filter in &include.filters {
            let these = passing(&known, filter, &set.canonical)?;
            passed = Some(match passed {
                None => these,
                Some(all) => &all & &these,
            });
        }
        let codes = passed.into_iter().flatten().map(pair).collect();
        Ok(Expansion { codes, ..Expansion::default() })
    }
}

/// A value set to which R4 binds elements of its own.
fn core(canonical: Canonical<'_>) -> Option<Expansion> {
    if canonical.version.is_some_and(|version| !version.starts_with("4.0")) {
        return None;
    }
    let mut sets = definitions().code_sets().iter();
    let set = sets.find(|set| set.url == canonical.url && set.is_complete)?;
    let codes = set.codes().iter();
    let codes = codes.map(|(system, code)| (Some((*system).to_owned()), (*code).to_owned()));
    Some(Expansion { codes: codes.collect(), ..Expansion::default() })
}
