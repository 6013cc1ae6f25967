//! References to a place in a hierarchy, such as a ward in a hospital
//! (<https://hl7.org/fhir/R4/search.html#reference>, `:above` and `:below`).

use std::collections::HashSet;

use tarn_fhir::definitions::{FieldId, TypeId};
use tarn_store::{Key, Rid, StoreError};

use super::Run;
use crate::error::SearchError;
use crate::extract::{self, Value};
use crate::filter::{Filter, KeyTest, Way};
use crate::parse::hierarchy_of;
use crate::run::parsed;

impl Run<'_> {
    /// References to the resource, and to all that are below or above it. Every resource is
    /// visited once, so a circle ends.
    pub(super) fn places(
        &self,
        fields: &[FieldId],
        way: Way,
        type_: TypeId,
        id: &str,
    ) -> Result<Filter, SearchError> {
        let mut ids = vec![id.to_owned()];
        let mut known = HashSet::from([id.to_owned()]);
        let mut done = 0;
        while let Some(id) = ids.get(done).cloned() {
            done += 1;
            for next in self.next_places(way, type_, &id)? {
                if known.insert(next.clone()) {
                    ids.push(next);
                }
            }
            self.few(ids.len(), 1, "places of a hierarchy")?;
        }
        let mut tests = Vec::new();
        for id in &ids {
            for name in self.names(type_, id) {
                tests.extend(fields.iter().map(|f| KeyTest::Reference(*f, name.clone())));
            }
        }
        Ok(Filter::Keys(tests))
    }

    fn next_places(&self, way: Way, type_: TypeId, id: &str) -> Result<Vec<String>, SearchError> {
        let Some(parent) = hierarchy_of(type_) else { return Ok(Vec::new()) };
        match way {
            Way::Above => {
                let Some(row) = self.snapshot.lookup(type_, id)?.filter(|row| !row.deleted) else {
                    return Ok(Vec::new());
                };
                self.budget.bodies(1)?;
                let version = self.snapshot.read(row.loc)?;
                let document = parsed(&version.body)?;
                let above = extract::values(type_, &document, parent).into_iter();
                Ok(above.filter_map(|value| self.our_own(type_, value)).collect())
            }
            Way::Below => {
                let mut below = Vec::new();
                for name in self.names(type_, id) {
                    let key = extract::keys::reference(self.snapshot.hasher(), parent, &name);
                    below.extend(self.ids_with(key)?);
                }
                Ok(below)
            }
        }
    }

    /// How references name a resource of ours.
    fn names(&self, type_: TypeId, id: &str) -> Vec<String> {
        let reference = format!("{type_}/{id}");
        let absolute = self.base_url.map(|base| format!("{base}/{reference}"));
        absolute.into_iter().chain([reference]).collect()
    }

    fn our_own(&self, of: TypeId, value: Value) -> Option<String> {
        match value {
            Value::Reference { type_, id } if type_ == of => Some(id),
            Value::Link(url) => {
                let rest = url.strip_prefix(self.base_url?)?.strip_prefix('/')?;
                Some(rest.strip_prefix(of.name())?.strip_prefix('/')?.to_owned())
            }
            _ => None,
        }
    }

    fn ids_with(&self, key: Key) -> Result<Vec<String>, SearchError> {
        let mut ids = Vec::new();
        for part in self.snapshot.parts() {
            self.budget.steps(1)?;
            for rid in part.postings(key.only())? {
                ids.push(self.id_of(rid)?);
            }
        }
        Ok(ids)
    }

    fn id_of(&self, rid: Rid) -> Result<String, SearchError> {
        self.budget.bodies(1)?;
        let damaged = || StoreError::Damaged { what: "a resource's id" };
        let row = self.snapshot.row(rid)?.ok_or_else(damaged)?;
        Ok(self.snapshot.read(row.loc)?.id().ok_or_else(damaged)?.to_owned())
    }
}
