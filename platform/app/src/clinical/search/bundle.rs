//! Writes a page of a search as a Bundle of type `searchset`.

use tarn_domain::{Explain as _, Issue, Problem};
use tarn_search::{Hit, Page, Plan, Query, Rank, SearchError};
use tarn_store::Snapshot;

use super::explain::write_plan;
use super::token::Sealed;
use crate::clinical::links::url;
use crate::clinical::outcome::write_issues;
use crate::clinical::resource::{Resource, View};
use crate::clinical::text::{Object, object};

/// A page has no more bytes than that, whatever `_count` says.
const PAGE_BYTES: usize = 64 * 1024 * 1024;
/// What an entry has around its resource, more or less.
const ENTRY_BYTES: usize = 160;

/// What the Bundle's links are made of.
pub(super) struct Links<'a> {
    pub(super) base: &'a str,
    pub(super) path: &'a str,
    pub(super) token_name: &'a str,
    pub(super) query: &'a Query,
    pub(super) posted: bool,
    /// The token of this page, where it is not the first.
    pub(super) sent: Option<&'a str>,
    /// The token of the next page.
    pub(super) next: Option<&'a Sealed>,
    /// How the page was found, where that was asked for.
    pub(super) plan: Option<&'a Plan>,
}

impl Links<'_> {
    fn this_page(&self) -> String {
        self.url(self.sent, self.posted && self.sent.is_some())
    }

    fn next_page(&self) -> Option<String> {
        self.next.map(|next| self.url(Some(&next.text), next.holds_search))
    }

    /// What was really used: the page size is the one that was given, not the one asked for.
    fn url(&self, token: Option<&str>, token_alone: bool) -> String {
        let count = self.query.count.to_string();
        let applied = self.query.applied.iter().filter(|_| !token_alone);
        let real = applied.map(|(name, value)| match name.as_str() {
            "_count" => ("_count", count.as_str()),
            name => (name, value.as_str()),
        });
        url(self.base, self.path, real.chain(token.map(|token| (self.token_name, token))))
    }
}

/// Writes the Bundle.
pub(super) fn write(
    snapshot: &Snapshot,
    page: Page,
    links: &Links<'_>,
    view: &View,
    issues: &[Issue],
) -> Result<Vec<u8>, Problem> {
    let ranks: Vec<Option<Rank>> = page.rows.iter().map(|hit| hit.rank).collect();
    let mut bytes = 0;
    let matches = read_all(snapshot, page.rows, &mut bytes)?;
    let included = read_all(snapshot, page.included, &mut bytes)?;
    let mut out = Vec::with_capacity(bytes + 512);
    let mut done = Ok(());
    object(&mut out, |bundle| {
        bundle.plain("resourceType", "Bundle");
        bundle.plain("type", "searchset");
        if let Some(total) = page.total {
            bundle.value("total", total);
        }
        write_links(bundle, links);
        let is_bare = issues.is_empty() && links.plan.is_none();
        if matches.is_empty() && included.is_empty() && is_bare {
            return;
        }
        bundle.array("entry", |entries| {
            let mut entry = |found: &Found, view: &View, mode: &str, rank: Option<Rank>| {
                entries.object(|o| {
                    o.text("fullUrl", &format!("{}/{}", links.base, found.reference()));
                    o.with("resource", |out| {
                        if done.is_ok() {
                            done = found.write(view, out);
                        }
                    });
                    o.object("search", |search| write_search(search, mode, rank));
                });
            };
            let ranked = matches.iter().zip(ranks);
            ranked.for_each(|(resource, rank)| entry(resource, view, "match", rank));
            let view = view.of_included();
            included.iter().for_each(|resource| entry(resource, &view, "include", None));
            if !issues.is_empty() {
                entries.object(|o| {
                    o.with("resource", |out| write_issues(issues, out));
                    o.object("search", |search| search.plain("mode", "outcome"));
                });
            }
            if let Some(plan) = links.plan {
                entries.object(|o| {
                    o.with("resource", |out| write_plan(plan, out));
                    o.object("search", |search| search.plain("mode", "outcome"));
                });
            }
        });
    });
    done.map(|()| out)
}

/// Why an entry is there, with its distance as R4's extension says it, or its score.
fn write_search(search: &mut Object<'_>, mode: &str, rank: Option<Rank>) {
    if let Some(Rank::Kilometres(kilometres)) = rank {
        search.array("extension", |list| {
            list.object(|extension| {
                let url = "http://hl7.org/fhir/StructureDefinition/location-distance";
                extension.plain("url", url);
                extension.object("valueDistance", |distance| {
                    // To the metre: positions are seldom known better.
                    distance.value("value", (kilometres * 1_000.0).round() / 1_000.0);
                    distance.plain("unit", "km");
                    distance.plain("system", tarn_ucum::SYSTEM);
                    distance.plain("code", "km");
                });
            });
        });
    }
    search.plain("mode", mode);
    if let Some(Rank::Score(score)) = rank {
        search.value("score", (score * 10_000.0).round() / 10_000.0);
    }
}

fn write_links(bundle: &mut Object<'_>, links: &Links<'_>) {
    bundle.array("link", |list| {
        let mut link = |relation: &str, url: String| {
            list.object(|o| {
                o.plain("relation", relation);
                o.text("url", &url);
            });
        };
        link("self", links.this_page());
        if let Some(next) = links.next_page() {
            link("next", next);
        }
    });
}

/// A resource of the page.
struct Found {
    resource: Resource,
    /// The resource inside it that is meant: its id and its text.
    contained: Option<(String, String)>,
}

impl Found {
    fn reference(&self) -> String {
        let reference = self.resource.reference();
        match &self.contained {
            Some((id, _)) => format!("{reference}#{id}"),
            None => reference,
        }
    }

    fn write(&self, view: &View, out: &mut Vec<u8>) -> Result<(), Problem> {
        match &self.contained {
            Some((_, text)) => view.write_contained(text, out),
            None => view.write(&self.resource, out),
        }
    }
}

/// Reads the bodies of a page, which are counted: a page has its limit in bytes too.
fn read_all(snapshot: &Snapshot, hits: Vec<Hit>, bytes: &mut usize) -> Result<Vec<Found>, Problem> {
    let mut all = Vec::with_capacity(hits.len());
    for hit in hits {
        let inside = hit.inside;
        let resource = read(snapshot, hit)?;
        *bytes += resource.length() + ENTRY_BYTES;
        if *bytes > PAGE_BYTES {
            let narrow = "ask for fewer with `_count`";
            let (budget, limit, asked) = ("bytes of a page", PAGE_BYTES as u64, *bytes as u64);
            return Err(SearchError::TooCostly { budget, limit, asked, narrow }.explain());
        }
        let contained = resource.contained(inside);
        all.push(Found { resource, contained });
    }
    Ok(all)
}

fn read(snapshot: &Snapshot, hit: Hit) -> Result<Resource, Problem> {
    match hit.version {
        Some(version) => Resource::read(version),
        None => Resource::read(snapshot.read(hit.row.loc).map_err(|e| e.explain())?),
    }
}
