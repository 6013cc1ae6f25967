//! Answers one page of a search on a snapshot.

use tarn_domain::{Explain as _, Issue, IssueCode, LogicalId, Problem, Severity};
use tarn_fhir::definitions::TypeId;
use tarn_search::{Cursor, Limits, ParseOptions, explained, parse, resumed};
use tarn_store::Snapshot;

use super::bundle::{Links, write};
use super::{Search, path, token};
use crate::clinical::parameters::Parameters;
use crate::clinical::read::live;
use crate::clinical::resource::View;

/// A search with all that answering it takes.
pub(super) struct Asked {
    pub(super) search: Search,
    /// What must be there for there to be an answer.
    pub(super) about: Option<(TypeId, LogicalId)>,
    pub(super) options: ParseOptions,
    pub(super) base: String,
    /// What page tokens are called here.
    pub(super) token_name: &'static str,
    /// The token that was sent.
    pub(super) sent: Option<String>,
    pub(super) cursor: Option<Cursor>,
    pub(super) key: [u8; 32],
    /// Whether the snapshot is still that of the first page.
    pub(super) is_kept: bool,
}

/// A page.
pub(super) struct Done {
    /// The Bundle.
    pub(super) text: Vec<u8>,
    /// Whether another page follows.
    pub(super) goes_on: bool,
    pub(super) matches: usize,
    pub(super) included: usize,
}

impl Asked {
    /// Answers it.
    pub(super) fn answer(self, snapshot: &Snapshot) -> Result<Done, Problem> {
        if let Some((type_, id)) = &self.about {
            live(snapshot, *type_, id)?;
        }
        let Search { scope, parameters, posted, .. } = &self.search;
        let options = self.options.on(snapshot);
        let query = parse(scope, parameters.pairs(), &options).map_err(|e| e.explain())?;
        let view = View::read(parameters)?;
        let place = self.cursor.map(|cursor| cursor.place_in(&query)).transpose();
        let (after, skip) = place.map_err(|e| e.explain())?.unwrap_or_default();
        let (place, limits) = (after.as_ref(), Limits::default());
        let answered = match self.search.explain {
            false => resumed(&query, snapshot, place, skip, &limits).map(|page| (page, None)),
            true => explained(&query, snapshot, place, skip, &limits)
                .map(|(page, plan)| (page, Some(plan))),
        };
        let (mut page, plan) = answered.map_err(|e| e.explain())?;
        let next = match (page.resume, page.next.take()) {
            (Some(skip), _) => Some(Cursor::resuming(&query, snapshot.t(), after, skip)),
            (None, next) => next.map(|next| Cursor::after(&query, snapshot.t(), next)),
        };
        let next = next.map(|cursor| {
            // Only what was understood: the next page may be asked for strictly.
            let posted = posted.then(|| Parameters::from(query.applied.clone()));
            token::seal(&self.key, &cursor, posted.as_ref())
        });
        let next = next.transpose()?;
        let mut issues = query.ignored.clone();
        issues.append(&mut page.issues);
        if !self.is_kept {
            issues.push(moved_on());
        }
        let (matches, included) = (page.rows.len(), page.included.len());
        let links = Links {
            base: &self.base,
            token_name: self.token_name,
            path: &path(scope),
            query: &query,
            posted: *posted,
            sent: self.sent.as_deref(),
            next: next.as_ref(),
            plan: plan.as_ref(),
        };
        let text = write(snapshot, page, &links, &view, &issues)?;
        Ok(Done { text, goes_on: next.is_some(), matches, included })
    }
}

fn moved_on() -> Issue {
    let words = "The moment of the first page is no longer kept; this page shows the present.";
    let mut issue = Issue::error(IssueCode::Incomplete, words);
    issue.severity = Severity::Warning;
    issue
}
