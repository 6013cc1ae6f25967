//! Finds ValueSets and CodeSystems in the store, by canonical URL or by their place in it.

use std::cmp::Ordering;

use tarn_domain::Timestamp;
use tarn_fhir::definitions::{TypeId, definitions};
use tarn_fhir::json::Value;
use tarn_store::Row;
use tarn_terminology::{Canonical, Resolver};

use super::Run;
use crate::error::SearchError;
use crate::extract::keys;
use crate::run::parsed;

/// A definition found, and what decides between several of one URL.
struct Candidate {
    body: Vec<u8>,
    is_retired: bool,
    version: Option<String>,
    updated: Timestamp,
}

impl Resolver for Run<'_> {
    type Error = SearchError;

    fn value_set(&self, canonical: Canonical<'_>) -> Result<Option<Vec<u8>>, SearchError> {
        self.definition("ValueSet", canonical)
    }

    fn code_system(&self, canonical: Canonical<'_>) -> Result<Option<Vec<u8>>, SearchError> {
        self.definition("CodeSystem", canonical)
    }
}

impl Run<'_> {
    fn definition(
        &self,
        type_: &str,
        canonical: Canonical<'_>,
    ) -> Result<Option<Vec<u8>>, SearchError> {
        let Some(of) = TypeId::parse(type_) else { return Ok(None) };
        if let Some(id) = self.id_in(type_, canonical.url) {
            let row = self.snapshot.lookup(of, id)?.filter(|row| !row.deleted);
            return row.map(|row| Ok(self.candidate(row)?.body)).transpose();
        }
        let Some(url) = definitions().parameter(of, "url") else { return Ok(None) };
        let key = keys::uri(self.snapshot.hasher(), url.field, canonical.url);
        let mut best: Option<Candidate> = None;
        for part in self.snapshot.parts() {
            self.budget.steps(1)?;
            for rid in part.postings(key.only())? {
                let Some(row) = self.snapshot.row(rid)? else { continue };
                let found = self.candidate(row)?;
                let fits = canonical.version.is_none_or(|v| found.version.as_deref() == Some(v));
                if fits && best.as_ref().is_none_or(|best| found.is_better_than(best)) {
                    best = Some(found);
                }
            }
        }
        Ok(best.map(|best| best.body))
    }

    /// The id in `ValueSet/id`, with or without our own address before it.
    fn id_in<'u>(&self, type_: &str, url: &'u str) -> Option<&'u str> {
        let base = self.base_url.and_then(|base| url.strip_prefix(base)?.strip_prefix('/'));
        base.unwrap_or(url).strip_prefix(type_)?.strip_prefix('/')
    }

    fn candidate(&self, row: Row) -> Result<Candidate, SearchError> {
        self.budget.bodies(1)?;
        let body = self.snapshot.read(row.loc)?.body;
        let (is_retired, version) = {
            let document = parsed(&body)?;
            let text = |name| document.root().get(name).and_then(Value::as_str);
            (text("status").is_some_and(|s| s == "retired"), text("version").map(Into::into))
        };
        Ok(Candidate { body, is_retired, version, updated: row.updated })
    }
}

impl Candidate {
    /// What is in use before what is retired, then the higher version, then the younger.
    fn is_better_than(&self, other: &Self) -> bool {
        let by_use = other.is_retired.cmp(&self.is_retired);
        let text = |candidate: &Self| candidate.version.clone().unwrap_or_default();
        let by_version = || compare_versions(&text(self), &text(other));
        by_use.then_with(by_version).then_with(|| self.updated.cmp(&other.updated)).is_gt()
    }
}

/// `1.10` is behind `1.9`: runs of digits compare as numbers.
fn compare_versions(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split(['.', '-']), b.split(['.', '-']));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                _ => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_part_by_part() {
        let ascending = ["", "1", "1.2", "1.9", "1.10", "2", "2.0.0", "2020-01-01", "2020-01-02"];
        assert!(ascending.windows(2).all(|pair| compare_versions(pair[0], pair[1]).is_lt()));
    }
}
