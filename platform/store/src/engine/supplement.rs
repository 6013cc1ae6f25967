//! Entries of a store's own parameters for resources that were indexed before there were any.
//!
//! Each part is supplemented by itself: the current bodies of its live resources are read, their
//! missing entries extracted and merged with the part. So a kill at any time loses one part's
//! work at most, and updates, deletions and merges meanwhile are what they are for any merge.

use std::sync::Arc;

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;

use crate::body::block::Version;
use crate::entries::Entries;
use crate::error::StoreError;
use crate::index::part::Part;
use crate::index::run::Run;
use crate::key::Rid;
use crate::own::OwnParameters;
use crate::row::{Loc, Row};
use crate::shared::Shared;

/// Resources whose entries are gathered before they are packed.
const AT_ONCE: usize = 65_536;
/// From so many wanted versions on, a block of bodies is opened as a whole.
const WHOLE_BLOCK: usize = 16;

/// Whether a part lacks entries that the parameters would have given it.
pub(super) fn is_stale(part: &Part, own: &dyn OwnParameters) -> bool {
    let since = part.generation();
    since < own.generation() && part.types().keys().any(|type_| own.concerns(*type_, since))
}

/// The entries that a part lacks, as parts without rows of their own.
pub(super) fn supplements(
    part: &Part,
    own: &dyn OwnParameters,
    shared: &Arc<Shared>,
) -> Result<Vec<Part>, StoreError> {
    let since = part.generation();
    let mut found = Vec::new();
    for type_ in part.types().keys().filter(|type_| own.concerns(**type_, since)) {
        let mut rows = rows_of(part, *type_)?;
        rows.sort_unstable_by_key(|row| row.loc);
        for some in rows.chunks(AT_ONCE) {
            found.push(Part::of_run(supplement(some, since, own, shared)?));
        }
    }
    Ok(found)
}

/// The rows of a part's live resources of a type: all of them, or it is not supplemented.
fn rows_of(part: &Part, type_: TypeId) -> Result<Vec<Row>, StoreError> {
    let rids = part.of_type(type_)?;
    let mut rows = Vec::with_capacity(rids.len() as usize);
    for rid in &rids {
        rows.extend(part.row(rid)?.filter(|row| !row.deleted && row.type_ == type_));
    }
    if rows.len() as u64 == rids.len() {
        return Ok(rows);
    }
    Err(StoreError::Damaged { what: "the rows of a part that is to be supplemented" })
}

fn supplement(
    rows: &[Row],
    since: u32,
    own: &dyn OwnParameters,
    shared: &Arc<Shared>,
) -> Result<Run, StoreError> {
    let mut entries = Entries::default();
    let mut rids: Vec<Rid> = Vec::with_capacity(rows.len());
    let mut rest = rows;
    while let Some(first) = rest.first() {
        let seq = first.loc.seq();
        let (here, behind) = rest.split_at(rest.partition_point(|row| row.loc.seq() <= seq));
        rest = behind;
        for (row, version) in here.iter().zip(versions(here, seq, shared)?) {
            if version.rid != row.rid || version.deleted {
                return Err(StoreError::Damaged { what: "a body that is to be indexed" });
            }
            let document = Document::parse(&version.body)
                .map_err(|_| StoreError::Damaged { what: "a body that is to be indexed" })?;
            let ordinal = rids.len() as u32;
            let hasher = &shared.vault.hasher;
            own.index(since, row.type_, &document, hasher, ordinal, &mut entries);
            rids.push(row.rid);
        }
    }
    Ok(Run::index(&entries, &rids))
}

/// The versions of rows that lie in one block, in the order of the rows.
fn versions(rows: &[Row], seq: u64, shared: &Arc<Shared>) -> Result<Vec<Version>, StoreError> {
    if rows.len() < WHOLE_BLOCK {
        return rows.iter().map(|row| shared.read_version(row.loc)).collect();
    }
    let mut all = shared.versions(seq)?;
    all.sort_unstable_by_key(|version| version.loc);
    let find = |loc: Loc| {
        let at = all.binary_search_by_key(&loc, |version| version.loc).ok();
        at.map(|at| all[at].clone()).ok_or(StoreError::Damaged { what: "a block of bodies" })
    };
    rows.iter().map(|row| find(row.loc)).collect()
}
