//! `_list`: what a List names (<https://hl7.org/fhir/R4/search.html#list>).

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Value;
use tarn_fhir::reference::{Reference, parse};

use super::Run;
use crate::error::SearchError;
use crate::filter::Filter;
use crate::run::parsed;

const MISSING: SearchError = SearchError::NotFound { name: "_list", what: "List" };

impl Run<'_> {
    /// The members of these lists. Entries that say they were removed are none.
    pub(super) fn listed(&self, ids: &[String]) -> Result<Filter, SearchError> {
        let mut members = Vec::new();
        for id in ids {
            let list = TypeId::parse("List").ok_or(MISSING)?;
            let row = self.snapshot.lookup(list, id)?.filter(|row| !row.deleted).ok_or(MISSING)?;
            self.budget.bodies(1)?;
            let version = self.snapshot.read(row.loc)?;
            let document = parsed(&version.body)?;
            let entries = document.root().get("entry").into_iter().flat_map(Value::items);
            for entry in entries {
                members.extend(self.member(entry));
                self.few(members.len(), 1, "members of a list")?;
            }
        }
        Ok(Filter::These(members))
    }

    fn member(&self, entry: Value<'_>) -> Option<(TypeId, String)> {
        if entry.get("deleted").and_then(Value::as_bool) == Some(true) {
            return None;
        }
        let text = entry.get("item")?.get("reference")?.as_str()?;
        match parse(&text, self.base_url) {
            Reference::Relative { type_, id, .. } => Some((type_, id.to_owned())),
            _ => None,
        }
    }
}
