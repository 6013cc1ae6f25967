//! What members of a compartment refer to and what is in no such compartment itself: the
//! practitioners, organisations, medications and attachments that make a record complete.

use std::collections::HashSet;

use tarn_domain::{Explain as _, Problem};
use tarn_fhir::definitions::{TypeId, definitions};
use tarn_fhir::reference::{Reference, parse};
use tarn_store::{Rid, Snapshot};

use crate::clinical::resource::Resource;

/// So many go along with a page at most.
const MOST: usize = 10_000;

/// What is added to a page, and whether that is all.
pub(super) struct Supporting {
    pub(super) resources: Vec<Resource>,
    pub(super) is_cut_short: bool,
}

/// Which references are followed.
pub(super) struct Following<'a> {
    /// The type whose compartment the page is of.
    pub(super) compartment: TypeId,
    /// The only types wanted; none named means all.
    pub(super) types: &'a [TypeId],
    /// Where the store is served.
    pub(super) base: &'a str,
    /// Rows that are matches, on this page or another.
    pub(super) is_member: &'a dyn Fn(Rid) -> bool,
}

impl Following<'_> {
    /// Gathers what a page's resources refer to, in the order in which it is met.
    pub(super) fn from(
        &self,
        page: &[Resource],
        snapshot: &Snapshot,
    ) -> Result<Supporting, Problem> {
        let mut seen: HashSet<(TypeId, &str)> = HashSet::new();
        let mut resources = Vec::new();
        for (type_, id) in page.iter().flat_map(|resource| self.links(resource)) {
            if !self.is_followed(type_) || !seen.insert((type_, id)) {
                continue;
            }
            let row = snapshot.lookup(type_, id).map_err(|e| e.explain())?;
            let Some(row) = row.filter(|row| !row.deleted && !(self.is_member)(row.rid)) else {
                continue;
            };
            if resources.len() == MOST {
                return Ok(Supporting { resources, is_cut_short: true });
            }
            resources.push(Resource::read(snapshot.read(row.loc).map_err(|e| e.explain())?)?);
        }
        Ok(Supporting { resources, is_cut_short: false })
    }

    /// What is in some patient's compartment is that patient's: their own `$everything` has it,
    /// and another one's must not. An encounter's patient, though, belongs to the encounter.
    fn is_followed(&self, type_: TypeId) -> bool {
        let is_wanted = self.types.is_empty() || self.types.contains(&type_);
        let is_shared = type_ != self.compartment
            && definitions().compartment(self.compartment, type_).is_empty();
        is_wanted && is_shared
    }

    /// The literal references in a body, and the Binaries behind its attachments. Kept bodies have
    /// no white space, and a quote within a string is escaped: what looks like a member is one.
    fn links<'r>(&self, resource: &'r Resource) -> Vec<(TypeId, &'r str)> {
        let Ok(text) = std::str::from_utf8(resource.body()) else { return Vec::new() };
        let values = |key: &'static str| {
            text.match_indices(key).filter_map(move |(at, _)| {
                let rest = text.get(at + key.len()..)?;
                rest.split_once('"').map(|(value, _)| value)
            })
        };
        let local = |value| match parse(value, Some(self.base)) {
            Reference::Relative { type_, id, .. } => Some((type_, id)),
            _ => None,
        };
        let references = values(r#""reference":""#).filter_map(local);
        let attached = values(r#""url":""#).filter_map(local);
        references.chain(attached.filter(|(type_, _)| type_.name() == "Binary")).collect()
    }
}
