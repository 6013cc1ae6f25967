//! Search parameters of a store's own: checked before they are kept, shown as they stand.

use tarn_domain::{Explain as _, Problem};
use tarn_fhir::json::Document;
use tarn_search::own::{Compiled, Standing, read};
use tarn_store::{Change, Snapshot, WriteSet};

/// Refuses what cannot be searched by: a definition that is kept must be one that works.
pub(super) fn check(snapshot: &Snapshot, set: &WriteSet) -> Result<(), Problem> {
    for change in &set.changes {
        let Change::Put { type_, id, stored, .. } = change else { continue };
        if type_.name() != "SearchParameter" {
            continue;
        }
        let document = Document::parse(&stored.body).map_err(|_| Problem::internal("a body"))?;
        let Some(defined) = read(&document).map_err(|error| error.explain())? else { continue };
        let own = snapshot.own();
        if let Some(own) = Compiled::of(&*own) {
            own.may_define(id.as_str(), &defined).map_err(|error| error.explain())?;
        }
    }
    Ok(())
}

/// The parameters of a store's own, and how far their entries have come.
pub(super) fn standings(snapshot: &Snapshot) -> Vec<Standing> {
    let own = snapshot.own();
    Compiled::of(&*own).map(|own| own.standings(snapshot)).unwrap_or_default()
}
