//! One page of everything.

use roaring::RoaringBitmap;
use tarn_domain::{Explain as _, Issue, IssueCode, Problem, Severity};
use tarn_fhir::definitions::TypeId;
use tarn_search::{ParseOptions, Place, Position};
use tarn_store::{Rid, Snapshot};

use super::members::{Members, members};
use super::supporting::Following;
use super::wanted::Wanted;
use crate::clinical::operations::searchset::Searchset;
use crate::clinical::resource::Resource;

/// A call with all that answering it takes.
pub(super) struct Asked {
    pub(super) wanted: Wanted,
    pub(super) options: ParseOptions,
    pub(super) base: String,
    pub(super) key: [u8; 32],
    /// The last match of the page before.
    pub(super) after: Option<Position>,
    /// Whether the snapshot is still that of the first page.
    pub(super) is_kept: bool,
}

/// A page.
pub(super) struct Done {
    pub(super) text: Vec<u8>,
    pub(super) goes_on: bool,
    pub(super) matches: usize,
    pub(super) included: usize,
}

impl Asked {
    /// Answers it.
    pub(super) fn answer(self, snapshot: &Snapshot) -> Result<Done, Problem> {
        let wanted = &self.wanted;
        let members = members(wanted, snapshot, &self.options)?;
        let (rids, next) = self.one_page(&members, snapshot)?;
        let mut matches = Vec::with_capacity(rids.len());
        for rid in rids {
            let row = snapshot.row(rid).map_err(|e| e.explain())?;
            let row = row.ok_or_else(|| Problem::internal("a member without a row"))?;
            matches.push(Resource::read(snapshot.read(row.loc).map_err(|e| e.explain())?)?);
        }
        let following = Following {
            compartment: members.compartment,
            types: &wanted.types,
            base: &self.base,
            is_member: &|rid| members.rows.parts.iter().any(|part| part.contains(rid)),
        };
        let supporting = following.from(&matches, snapshot)?;
        let next = next.map(|place| wanted.seal(&self.key, snapshot.t(), place)).transpose()?;
        let mut issues = Vec::new();
        if !self.is_kept {
            issues.push(warning(
                "The moment of the first page is no longer kept; this page shows \
                                 the present.",
            ));
        }
        if supporting.is_cut_short {
            issues.push(warning(
                "Not everything that is referred to is on this page: ask for \
                                 fewer resources to a page.",
            ));
        }
        let mut links = vec![("self", wanted.link(&self.base, wanted.token.as_deref()))];
        links.extend(next.as_deref().map(|token| ("next", wanted.link(&self.base, Some(token)))));
        let (matched, included) = (matches.len(), supporting.resources.len());
        let bundle = Searchset {
            base: &self.base,
            total: Some(members.rows.len()),
            links: &links,
            matches: &matches,
            included: &supporting.resources,
            issues: &issues,
        };
        Ok(Done { text: bundle.write(), goes_on: next.is_some(), matches: matched, included })
    }

    /// The rows of the page, and where the next one begins. The order is that of the types, then
    /// of age in the store.
    fn one_page(
        &self,
        members: &Members,
        snapshot: &Snapshot,
    ) -> Result<(Vec<Rid>, Option<Position>), Problem> {
        let count = self.wanted.count;
        let (first, behind) = self.begin(&members.types);
        let mut rids: Vec<(usize, Rid)> = Vec::new();
        for (rank, type_) in members.types.iter().enumerate().skip(first) {
            let own = of_type(members, snapshot, *type_)?;
            let start = behind.filter(|_| rank == first).map_or(0, |rid| rid.saturating_add(1));
            rids.extend(own.range(start..).take(count + 1 - rids.len()).map(|rid| (rank, rid)));
            if rids.len() > count {
                rids.truncate(count);
                let last = rids.last().map(|(rank, rid)| Position {
                    keys: vec![Place::Number(*rank as i64)],
                    rid: *rid,
                });
                return Ok((rids.into_iter().map(|(_, rid)| rid).collect(), last));
            }
        }
        Ok((rids.into_iter().map(|(_, rid)| rid).collect(), None))
    }

    /// The type that the page begins in, and the row of it that it begins behind.
    fn begin(&self, types: &[TypeId]) -> (usize, Option<Rid>) {
        let Some(after) = &self.after else { return (0, None) };
        match after.keys[..] {
            [Place::Number(rank)] => {
                (usize::try_from(rank).unwrap_or(types.len()), Some(after.rid))
            }
            _ => (0, None),
        }
    }
}

fn of_type(
    members: &Members,
    snapshot: &Snapshot,
    type_: TypeId,
) -> Result<RoaringBitmap, Problem> {
    let mut own = RoaringBitmap::new();
    for (part, rows) in snapshot.parts().iter().zip(&members.rows.parts) {
        if !rows.is_empty() {
            own |= part.of_type(type_).map_err(|e| e.explain())? & rows;
        }
    }
    Ok(own)
}

fn warning(words: &str) -> Issue {
    let mut issue = Issue::error(IssueCode::Incomplete, words);
    issue.severity = Severity::Warning;
    issue
}
