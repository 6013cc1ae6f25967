//! Conditions that other resources of the store tell: value sets, code systems, hierarchies, lists.
//!
//! They are looked up once, before a question is answered and on the same snapshot, and become
//! plain conditions: codes and references.

mod definitions;
mod hierarchy;
mod list;

use std::borrow::Cow;

use tarn_fhir::definitions::FieldId;
use tarn_terminology::{Canonical, Expansion, Terminology};

use super::Run;
use crate::budget::within;
use crate::error::SearchError;
use crate::filter::{Clause, Filter, KeyTest, Lookup, Way};
use crate::trace;

impl Run<'_> {
    /// The clause with everything looked up.
    pub(crate) fn looked_up<'q>(&self, clause: &'q Clause) -> Result<Cow<'q, Clause>, SearchError> {
        if !clause.has_lookups() {
            return Ok(Cow::Borrowed(clause));
        }
        Ok(Cow::Owned(self.clause_without_lookups(clause)?))
    }

    /// Clauses are as deep as parsing allowed, so this may call itself.
    fn clause_without_lookups(&self, clause: &Clause) -> Result<Clause, SearchError> {
        let all = self.all_without_lookups(&clause.all)?;
        Ok(Clause { types: clause.types.clone(), all })
    }

    fn all_without_lookups(&self, all: &[Filter]) -> Result<Vec<Filter>, SearchError> {
        all.iter().map(|filter| self.without_lookups(filter)).collect()
    }

    fn without_lookups(&self, filter: &Filter) -> Result<Filter, SearchError> {
        Ok(match filter {
            Filter::Lookup(lookup) => {
                let count = |found: &Filter| match found {
                    Filter::Keys(tests) => tests.len() as u64,
                    Filter::These(all) => all.len() as u64,
                    _ => 0,
                };
                let what = || format!("look up {}", trace::words(filter));
                self.budget.step(what, count, || self.look_up(lookup))?
            }
            Filter::Not(inner) => Filter::Not(Box::new(self.without_lookups(inner)?)),
            Filter::Other(fields, inner) => {
                Filter::Other(fields.clone(), Box::new(self.without_lookups(inner)?))
            }
            Filter::Any(all) => Filter::Any(self.all_without_lookups(all)?),
            Filter::All(all) => Filter::All(self.all_without_lookups(all)?),
            Filter::Chain(fields, inner) => {
                Filter::Chain(fields.clone(), self.clause_without_lookups(inner)?)
            }
            Filter::Has(fields, inner) => {
                Filter::Has(fields.clone(), self.clause_without_lookups(inner)?)
            }
            other => other.clone(),
        })
    }

    fn look_up(&self, lookup: &Lookup) -> Result<Filter, SearchError> {
        match lookup {
            Lookup::ValueSets(fields, names) => self.in_value_sets(fields, names),
            Lookup::Concept(fields, way, system, code) => self.around(fields, *way, system, code),
            Lookup::Place(fields, way, type_, id) => self.places(fields, *way, *type_, id),
            Lookup::Lists(ids) => self.listed(ids),
        }
    }

    fn in_value_sets(&self, fields: &[FieldId], names: &[String]) -> Result<Filter, SearchError> {
        let terminology = Terminology::new(self, self.terminology_limits());
        let mut tests = Vec::new();
        for name in names {
            let set = terminology.expand(Canonical::parse(name))?;
            self.budget.steps(set.len() as u64)?;
            fields.iter().for_each(|field| add_members(*field, &set, &mut tests));
        }
        self.few(tests.len(), fields.len(), "codes of value sets")?;
        Ok(Filter::Keys(tests))
    }

    fn around(
        &self,
        fields: &[FieldId],
        way: Way,
        system: &str,
        code: &str,
    ) -> Result<Filter, SearchError> {
        let terminology = Terminology::new(self, self.terminology_limits());
        let url = Canonical::parse(system);
        let codes = match way {
            Way::Below => terminology.below(url, code),
            Way::Above => terminology.above(url, code),
        };
        let codes = codes.map_err(|error| match error {
            SearchError::Terminology { source, .. } => {
                let name = if way == Way::Below { ":below" } else { ":above" };
                SearchError::Terminology { name, source }
            }
            other => other,
        })?;
        self.budget.steps(codes.len() as u64)?;
        let each = |code: &String| {
            let test =
                |field: &FieldId| KeyTest::CodeIn(*field, Some(url.url.to_owned()), code.clone());
            fields.iter().map(test).collect::<Vec<_>>()
        };
        Ok(Filter::Keys(codes.iter().flat_map(each).collect()))
    }

    fn terminology_limits(&self) -> tarn_terminology::Limits {
        tarn_terminology::Limits { codes: self.budget.members, ..Default::default() }
    }

    /// Holds the members that were found to the budget.
    fn few(&self, found: usize, fields: usize, what: &'static str) -> Result<(), SearchError> {
        let each = found / fields.max(1);
        within(each, self.budget.members, what, "use a smaller one")
    }
}

fn add_members(field: FieldId, set: &Expansion, tests: &mut Vec<KeyTest>) {
    let owned = |text: &str| text.to_owned();
    tests.extend(set.codes().map(|(s, c)| KeyTest::CodeIn(field, s.map(owned), owned(c))));
    tests.extend(set.systems().map(|system| KeyTest::System(field, owned(system))));
}
