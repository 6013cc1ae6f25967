//! `_contained`: resources inside others as matches (<https://hl7.org/fhir/R4/search.html#contained>).
//!
//! The index knows which types a resource contains; what those say is read from its body.

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Value as Json};
use tarn_store::Rid;

use crate::error::SearchError;
use crate::extract::{keys, type_of};
use crate::filter::Clause;
use crate::page::{Hit, Page};
use crate::position::{Place, Position};
use crate::query::{Contained, Query};
use crate::run::{Run, holds, parsed};

/// A row, and which of the resources inside it; 0 is the row's own resource.
type Item = (Rid, u32);

/// A page of matches with contained resources among them: in the order of what contains them.
pub(crate) fn page(
    run: &Run<'_>,
    query: &Query,
    clause: &Clause,
    after: Option<&Position>,
    mut page: Page,
) -> Result<Page, SearchError> {
    let mut items = contained(run, clause)?;
    if !query.answers_contained {
        items.iter_mut().for_each(|(_, inside)| *inside = 0);
    }
    if query.contained == Contained::Both {
        items.extend(run.clause(clause)?.merged().into_iter().map(|rid| (rid, 0)));
    }
    items.sort_unstable();
    items.dedup();
    page.total = Some(items.len() as u64);
    let start = after.map_or(0, |after| {
        let last = match after.keys[..] {
            [Place::Number(inside)] => (after.rid, u32::try_from(inside).unwrap_or(u32::MAX)),
            _ => (after.rid, u32::MAX),
        };
        items.partition_point(|item| *item <= last)
    });
    let rest = &items[start..];
    let shown = &rest[..rest.len().min(query.count as usize)];
    for (rid, inside) in shown {
        if let Some(row) = run.snapshot.row(*rid)? {
            page.rows.push(Hit { row, version: None, rank: None, inside: *inside });
        }
    }
    page.next = shown
        .last()
        .filter(|_| shown.len() < rest.len())
        .map(|(rid, inside)| Position { keys: vec![Place::Number(i64::from(*inside))], rid: *rid });
    Ok(page)
}

fn contained(run: &Run<'_>, clause: &Clause) -> Result<Vec<Item>, SearchError> {
    let mut items = Vec::new();
    for type_ in &clause.types {
        let Some(key) = keys::contains(run.snapshot.hasher(), *type_) else { continue };
        for part in run.snapshot.parts() {
            run.budget.steps(1)?;
            let rows = part.postings(key.only())?;
            run.budget.bodies(rows.len())?;
            for rid in rows {
                run.budget.tick()?;
                let Some(row) = run.snapshot.row(rid)? else { continue };
                let version = run.snapshot.read(row.loc)?;
                let inside = passing(&version.body, *type_, clause)?;
                items.extend(inside.into_iter().map(|at| (rid, at)));
            }
        }
    }
    Ok(items)
}

/// Which of a body's contained resources pass, counted from 1.
fn passing(body: &[u8], type_: TypeId, clause: &Clause) -> Result<Vec<u32>, SearchError> {
    let document = parsed(body)?;
    let inside = document.root().get("contained").into_iter().flat_map(Json::items);
    let mut found = Vec::new();
    for (inner, at) in inside.zip(1..) {
        if type_of(inner) != Some(type_) {
            continue;
        }
        let Ok(alone) = Document::parse(inner.raw().as_bytes()) else { continue };
        if clause.all.iter().all(|filter| holds(filter, type_, &alone)) {
            found.push(at);
        }
    }
    Ok(found)
}
