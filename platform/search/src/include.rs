//! `_include` and `_revinclude`: what goes along with a page's matches (R4 §3.1.1.5.4).

use roaring::RoaringBitmap;
use tarn_domain::{Issue, IssueCode, Severity};
use tarn_fhir::definitions::{ParamKind, SearchParameter, TypeId, definitions};
use tarn_store::{Hash96, Key, Row, StoreError, Version};

use crate::error::SearchError;
use crate::extract::{self, Value};
use crate::page::{Hit, Page};
use crate::query::{Include, Query};
use crate::run::{Run, identity_of, main, parsed};

/// `:iterate` goes on from what was included, so often at most.
const MAX_ROUNDS: usize = 32;

/// Adds to a page what its includes ask for, but for the first `skip`: those were on pages before.
///
/// The same snapshot gives the same order, so a page can go on where the one before was full.
pub(crate) fn include(
    run: &Run<'_>,
    query: &Query,
    page: &mut Page,
    skip: usize,
) -> Result<(), SearchError> {
    let known = page.rows.iter().map(|hit| hit.row.rid).collect();
    let most = skip.saturating_add(run.budget.included);
    let mut gathering = Gathering { run, query, known, found: Vec::new(), most, is_full: false };
    // A contained resource has no references of its own to follow from outside.
    for hit in page.rows.iter_mut().filter(|hit| hit.inside == 0) {
        gathering.follow_all(hit, |_| true)?;
    }
    let iterates = query.includes.iter().any(|include| include.iterate);
    let mut done = 0;
    for _ in 0..MAX_ROUNDS {
        let fresh = done..gathering.found.len();
        if fresh.is_empty() || !iterates {
            break;
        }
        done = fresh.end;
        for at in fresh {
            let row = gathering.found[at].row;
            let version = gathering.found[at].version.take();
            let mut hit = Hit { row, version, rank: None, inside: 0 };
            gathering.follow_all(&mut hit, |include| include.iterate)?;
            gathering.found[at].version = hit.version;
        }
    }
    if !gathering.is_full && done < gathering.found.len() && iterates {
        let words = format!("`:iterate` was followed {MAX_ROUNDS} times, and no further.");
        page.issues.push(issue(words, Severity::Warning));
    }
    page.included = gathering.found.split_off(skip.min(gathering.found.len()));
    if gathering.is_full {
        page.resume = Some(most);
        let words = format!(
            "A page takes {} resources by `_include` and `_revinclude`; the next page goes on with \
             those of the same matches.",
            run.budget.included
        );
        page.issues.push(issue(words, Severity::Information));
    }
    Ok(())
}

fn issue(words: String, severity: Severity) -> Issue {
    let mut issue = Issue::error(IssueCode::Incomplete, words);
    issue.severity = severity;
    issue
}

struct Gathering<'r> {
    run: &'r Run<'r>,
    query: &'r Query,
    /// Rows that are on the page already.
    known: RoaringBitmap,
    found: Vec<Hit>,
    /// No more than so many are gathered.
    most: usize,
    is_full: bool,
}

impl Gathering<'_> {
    fn follow_all(
        &mut self,
        hit: &mut Hit,
        applies: impl Fn(&Include) -> bool,
    ) -> Result<(), SearchError> {
        for include in self.query.includes.iter().filter(|include| applies(include)) {
            if self.is_full {
                break;
            }
            if include.reverse {
                self.follow_back(hit, include)?;
            } else if include.source.is_none_or(|source| source == hit.row.type_) {
                self.follow(hit, include)?;
            }
        }
        Ok(())
    }

    /// Adds what a row refers to.
    fn follow(&mut self, hit: &mut Hit, include: &Include) -> Result<(), SearchError> {
        let type_ = hit.row.type_;
        let mut targets = Vec::new();
        {
            let document = parsed(&read(self.run, hit)?.body)?;
            for parameter in followed(include, type_) {
                targets.extend(extract::values(type_, &document, parameter.field));
            }
        }
        for target in targets {
            let Some((type_, id)) = self.ours(target) else { continue };
            if include.target.is_some_and(|only| only != type_) {
                continue;
            }
            self.run.budget.steps(1)?;
            if let Some(row) = self.run.snapshot.lookup(type_, &id)? {
                self.add(row);
            }
        }
        Ok(())
    }

    /// The resource that a reference names, if it is one of this store.
    fn ours(&self, reference: Value) -> Option<(TypeId, String)> {
        match reference {
            Value::Reference { type_, id } => Some((type_, id)),
            Value::Link(url) => {
                let base = self.query.base_url.as_deref()?;
                let (type_, id) = url.strip_prefix(base)?.strip_prefix('/')?.split_once('/')?;
                Some((TypeId::parse(type_)?, id.to_owned()))
            }
            _ => None,
        }
    }

    /// Adds what refers to a row.
    fn follow_back(&mut self, hit: &mut Hit, include: &Include) -> Result<(), SearchError> {
        let type_ = hit.row.type_;
        if include.target.is_some_and(|only| only != type_) {
            return Ok(());
        }
        let names = self.names(hit)?;
        let sources: Vec<TypeId> =
            include.source.map_or_else(|| TypeId::all().collect(), |s| vec![s]);
        for source in sources {
            for parameter in followed(include, source) {
                if !parameter.targets.is_empty() && !parameter.targets.contains(&type_) {
                    continue;
                }
                for name in &names {
                    self.add_referring(parameter, *name)?;
                }
            }
        }
        Ok(())
    }

    /// What a row is called in references: `Type/id`, and the same behind our own address.
    fn names(&self, hit: &mut Hit) -> Result<Vec<Hash96>, SearchError> {
        let type_ = hit.row.type_;
        let version = read(self.run, hit)?;
        let mut names = vec![identity_of(self.run.snapshot, version)?];
        if let (Some(base), Some(id)) = (&self.query.base_url, version.id()) {
            let url = format!("{base}/{type_}/{id}");
            names.push(self.run.snapshot.hasher().reference(&url));
        }
        Ok(names)
    }

    fn add_referring(
        &mut self,
        parameter: &SearchParameter,
        name: Hash96,
    ) -> Result<(), SearchError> {
        let key = Key::reference(main(parameter.field), name);
        for part in self.run.snapshot.parts() {
            self.run.budget.steps(1)?;
            for rid in part.postings(key.only())? - &self.known {
                if self.is_full {
                    return Ok(());
                }
                if let Some(row) = self.run.snapshot.row(rid)? {
                    self.add(row);
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, row: Row) {
        if row.deleted || self.known.contains(row.rid) {
            return;
        }
        if self.found.len() >= self.most {
            self.is_full = true;
            return;
        }
        self.known.insert(row.rid);
        self.found.push(Hit { row, version: None, rank: None, inside: 0 });
    }
}

/// The references of a type that an include follows.
fn followed(include: &Include, type_: TypeId) -> Vec<&'static SearchParameter> {
    match include.parameter {
        Some(parameter) => vec![parameter],
        None => {
            let all = definitions().parameters(type_).iter().copied();
            all.filter(|parameter| parameter.kind == ParamKind::Reference).collect()
        }
    }
}

fn read<'h>(run: &Run<'_>, hit: &'h mut Hit) -> Result<&'h Version, SearchError> {
    if hit.version.is_none() {
        hit.version = Some(run.snapshot.read(hit.row.loc)?);
    }
    hit.version.as_ref().ok_or_else(|| StoreError::Damaged { what: "a body" }.into())
}
