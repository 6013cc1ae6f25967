//! A store's moment, as the GraphQL engine reads and searches it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tarn_domain::{Explain as _, Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::reference::{self, Reference};
use tarn_graphql::{Entry, Page, Refusal, Resources, Search};
use tarn_search::{Cursor, Hit, Limits, ParseOptions, Scope, cursor, page, parse};
use tarn_store::Snapshot;

use crate::clinical::read::{known, whole};
use crate::clinical::resource::Resource;

/// What one of a query's many searches may cost in steps: a search of its own may ten times that.
const STEPS: u64 = 5_000_000;
/// How long all searches of a query may take.
const TIME: Duration = Duration::from_secs(20);
/// Parameters that shape a Bundle, which a query does not answer with.
const SHAPING: [&str; 9] = [
    "_include",
    "_revinclude",
    "_summary",
    "_elements",
    "_contained",
    "_containedType",
    "_format",
    "_pretty",
    "_total",
];

/// A moment of a store, with what was done on it.
pub(super) struct Store<'s> {
    snapshot: &'s Snapshot,
    options: ParseOptions,
    base: String,
    key: [u8; 32],
    /// What failed on our side: no fault of the query's.
    failed: Option<Problem>,
    begun: Instant,
    reads: usize,
    searches: Vec<Value>,
}

impl<'s> Store<'s> {
    pub(super) fn new(
        snapshot: &'s Snapshot,
        options: ParseOptions,
        base: String,
        key: [u8; 32],
    ) -> Self {
        let (failed, reads, searches) = (None, 0, Vec::new());
        Self { snapshot, options, base, key, failed, begun: Instant::now(), reads, searches }
    }

    /// What the audit trail says of what was done: names of parameters, never their values.
    pub(super) fn finish(self) -> Result<Value, Problem> {
        match self.failed {
            Some(problem) => Err(problem),
            None => Ok(json!({"resourcesRead": self.reads, "searches": self.searches})),
        }
    }

    fn refuse(&mut self, problem: Problem) -> Refusal {
        let words = problem.public().to_owned();
        let is_ours = matches!(
            problem.kind,
            Kind::Internal | Kind::OutcomeUnknown | Kind::Busy(_) | Kind::Unavailable(_)
        );
        if is_ours {
            self.failed = Some(problem);
        }
        Refusal(words)
    }

    fn one(&self, type_: TypeId, id: &LogicalId) -> Result<Option<Vec<u8>>, Problem> {
        let row = known(self.snapshot, type_, id)?.filter(|row| !row.deleted);
        let Some(row) = row else { return Ok(None) };
        let mut json = Vec::new();
        whole(self.snapshot, &row)?.write(&mut json);
        Ok(Some(json))
    }

    fn matches(&self, search: &Search) -> Result<Page, Problem> {
        let mut pairs = search.parameters.clone();
        if let Some((name, _)) = pairs.iter().find(|(name, _)| SHAPING.contains(&name.as_str())) {
            let words = format!("`{name}` is not taken: a query says itself what it wants.");
            return Err(Problem::new(Kind::Invalid, "not-in-graphql", words));
        }
        let wanted = search.offset.saturating_add(search.count);
        if wanted > self.options.max_count as usize {
            let words = format!(
                "`_offset` and `_count` may come to {} at most: go on by `_cursor`.",
                self.options.max_count
            );
            return Err(Problem::new(Kind::Invalid, "too-many", words));
        }
        pairs.push(("_count".to_owned(), wanted.to_string()));
        let total = if search.wants_total { "accurate" } else { "none" };
        pairs.push(("_total".to_owned(), total.to_owned()));
        let scope = Scope::Type(search.type_);
        let query = parse(&scope, &pairs, &self.options).map_err(|e| e.explain())?;
        let (before, position) = match search.cursor.as_deref() {
            Some(sent) => self.open(sent)?,
            None => (0, None),
        };
        let position = position.map(|cursor| cursor.place_in(&query)).transpose();
        // Nothing is included, so no page breaks off within its includes.
        let (position, _) = position.map_err(|e| e.explain())?.unwrap_or_default();
        let time = TIME.saturating_sub(self.begun.elapsed());
        let limits = Limits { steps: STEPS, time, ..Limits::default() };
        let page = page(&query, self.snapshot, position.as_ref(), &limits);
        let page = page.map_err(|e| e.explain())?;
        let shown = before + page.rows.len();
        let next = page.next.map(|position| {
            let cursor = Cursor::after(&query, self.snapshot.t(), position);
            let sealed = cursor::seal(&self.key, &cursor).map_err(|e| e.explain())?;
            Ok::<_, Problem>(format!("{shown}-{sealed}"))
        });
        let mut entries = Vec::with_capacity(page.rows.len());
        for hit in page.rows.into_iter().skip(search.offset) {
            entries.push(self.entry(hit)?);
        }
        Ok(Page {
            total: page.total,
            offset: before + search.offset,
            size: search.count,
            entries,
            first: Some("0".to_owned()),
            next: next.transpose()?,
        })
    }

    fn entry(&self, hit: Hit) -> Result<Entry, Problem> {
        let resource = match hit.version {
            Some(version) => Resource::read(version)?,
            None => Resource::read(self.snapshot.read(hit.row.loc).map_err(|e| e.explain())?)?,
        };
        let mut json = Vec::with_capacity(resource.length());
        resource.write(&mut json);
        Ok(Entry { json })
    }

    /// A cursor: how many matches were shown before, and behind which one to go on.
    fn open(&self, sent: &str) -> Result<(usize, Option<Cursor>), Problem> {
        if sent == "0" {
            return Ok((0, None));
        }
        let parts = sent.split_once('-').and_then(|(n, rest)| Some((n.parse().ok()?, rest)));
        let (before, sealed) = parts.ok_or_else(|| {
            Problem::new(Kind::Invalid, "bad-page-token", "The cursor is none that was given out.")
        })?;
        let cursor = cursor::open(&self.key, sealed).map_err(|e| e.explain())?;
        Ok((before, Some(cursor)))
    }
}

impl Resources for Store<'_> {
    fn read(&mut self, type_: TypeId, id: &str) -> Result<Option<Vec<u8>>, Refusal> {
        let Ok(id) = id.parse::<LogicalId>() else { return Ok(None) };
        self.reads += 1;
        self.one(type_, &id).map_err(|problem| self.refuse(problem))
    }

    fn search(&mut self, search: &Search) -> Result<Page, Refusal> {
        let page = self.matches(search).map_err(|problem| self.refuse(problem))?;
        let names: Vec<_> = search.parameters.iter().map(|(name, _)| name.as_str()).collect();
        self.searches.push(json!({
            "resourceType": search.type_.name(), "parameters": names, "matches": page.entries.len(),
        }));
        Ok(page)
    }

    fn target(&self, text: &str) -> Option<(TypeId, String)> {
        match reference::parse(text, Some(&self.base)) {
            Reference::Relative { type_, id, version: None } => Some((type_, id.to_owned())),
            _ => None,
        }
    }

    fn now(&self) -> Timestamp {
        self.options.now
    }
}
