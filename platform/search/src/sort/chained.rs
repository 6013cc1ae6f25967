//! Sorting by what a resource refers to: `_sort=patient.name`.
//!
//! The references are followed for all rows at once, the targets' own values gathered as if they
//! were sorted themselves, and brought back. Of several targets, the one that comes first counts.

use std::collections::HashMap;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::TypeId;
use tarn_store::Rid;

use super::{Order, Values};
use crate::error::SearchError;
use crate::extract::{self, Value};
use crate::query::{SortKey, SortLink};
use crate::run::{Matches, Run, main, parsed};

/// A row's place in the list of rows, and a row that it refers to.
type Pair = (usize, Rid);

/// The values of the rows by a key that goes on behind a reference.
pub(super) fn gather(
    run: &Run<'_>,
    matches: &Matches,
    rids: &[Rid],
    key: &SortKey,
    link: &SortLink,
) -> Result<Values, SearchError> {
    let pairs = follow(run, matches, rids, link)?;
    let set: RoaringBitmap = pairs.iter().map(|(_, target)| *target).collect();
    let mut targets = Matches::default();
    for part in run.snapshot.parts() {
        targets.parts.push(part.live()? & &set);
    }
    let rest = SortKey { chain: key.chain[1..].to_vec(), ..key.clone() };
    let order = Order::gather(run, &targets, std::slice::from_ref(&rest))?;
    let places: HashMap<Rid, usize> =
        order.rids.iter().enumerate().map(|(place, rid)| (*rid, place)).collect();
    let mut values = Values::new(key, rids.len());
    for (place, target) in pairs {
        if let (Some(at), Some(known)) = (places.get(&target), order.keys.first()) {
            values.keep_first_of(place, known, *at);
        }
    }
    Ok(values)
}

fn follow(
    run: &Run<'_>,
    matches: &Matches,
    rids: &[Rid],
    link: &SortLink,
) -> Result<Vec<Pair>, SearchError> {
    if matches.len() <= run.budget.turning.read_below {
        return follow_by_reading(run, rids, link);
    }
    let places: HashMap<Rid, usize> =
        rids.iter().enumerate().map(|(place, rid)| (*rid, place)).collect();
    let mut pairs = Vec::new();
    for (part, rows) in run.snapshot.parts().iter().zip(&matches.parts) {
        for field in link.fields.iter().filter(|_| !rows.is_empty()) {
            let mut found = Vec::new();
            run.each_key(part, main(*field), |key, postings| {
                let referring = postings & rows;
                if !referring.is_empty() {
                    found.push((key.hash(), referring));
                }
            })?;
            for (identity, referring) in found {
                run.budget.steps(1)?;
                let row = run.snapshot.find(identity)?.filter(|row| !row.deleted);
                let Some(row) = row.filter(|row| link.types.contains(&row.type_)) else { continue };
                pairs
                    .extend(referring.iter().filter_map(|rid| Some((*places.get(&rid)?, row.rid))));
            }
        }
    }
    Ok(pairs)
}

fn follow_by_reading(
    run: &Run<'_>,
    rids: &[Rid],
    link: &SortLink,
) -> Result<Vec<Pair>, SearchError> {
    run.budget.bodies(rids.len() as u64)?;
    let mut pairs = Vec::new();
    for (place, rid) in rids.iter().enumerate() {
        let Some(row) = run.snapshot.row(*rid)? else { continue };
        let version = run.snapshot.read(row.loc)?;
        let document = parsed(&version.body)?;
        for field in &link.fields {
            for value in extract::values(row.type_, &document, *field) {
                pairs.extend(target(run, value, &link.types)?.map(|target| (place, target)));
            }
        }
    }
    Ok(pairs)
}

fn target(run: &Run<'_>, value: Value, types: &[TypeId]) -> Result<Option<Rid>, SearchError> {
    let Value::Reference { type_, id } = value else { return Ok(None) };
    if !types.contains(&type_) {
        return Ok(None);
    }
    run.budget.steps(1)?;
    let row = run.snapshot.lookup(type_, &id)?.filter(|row| !row.deleted);
    Ok(row.map(|row| row.rid))
}
