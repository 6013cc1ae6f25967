//! Writes a Bundle of type `searchset` around resources that are at hand.

use tarn_domain::Issue;

use crate::clinical::outcome::write_issues;
use crate::clinical::resource::Resource;
use crate::clinical::text::{Array, object};

/// What the Bundle says.
pub(super) struct Searchset<'a> {
    /// The store's base URL.
    pub(super) base: &'a str,
    /// How many matches there are in all.
    pub(super) total: Option<u64>,
    /// Relations and URLs.
    pub(super) links: &'a [(&'static str, String)],
    /// What was asked for.
    pub(super) matches: &'a [Resource],
    /// What goes along.
    pub(super) included: &'a [Resource],
    /// What the caller should know.
    pub(super) issues: &'a [Issue],
}

impl Searchset<'_> {
    /// Writes it.
    pub(super) fn write(&self) -> Vec<u8> {
        let all = self.matches.iter().chain(self.included);
        let mut out = Vec::with_capacity(all.map(|r| r.length() + 160).sum::<usize>() + 512);
        object(&mut out, |bundle| {
            bundle.plain("resourceType", "Bundle");
            bundle.plain("type", "searchset");
            if let Some(total) = self.total {
                bundle.value("total", total);
            }
            bundle.array("link", |list| {
                for (relation, url) in self.links {
                    list.object(|link| {
                        link.plain("relation", relation);
                        link.text("url", url);
                    });
                }
            });
            if !(self.matches.is_empty() && self.included.is_empty() && self.issues.is_empty()) {
                bundle.array("entry", |entries| self.write_entries(entries));
            }
        });
        out
    }

    fn write_entries(&self, entries: &mut Array<'_>) {
        let matches = self.matches.iter().map(|resource| (resource, "match"));
        let included = self.included.iter().map(|resource| (resource, "include"));
        for (resource, mode) in matches.chain(included) {
            entries.object(|entry| {
                entry.text("fullUrl", &format!("{}/{}", self.base, resource.reference()));
                entry.with("resource", |out| resource.write(out));
                entry.object("search", |search| search.plain("mode", mode));
            });
        }
        if !self.issues.is_empty() {
            entries.object(|entry| {
                entry.with("resource", |out| write_issues(self.issues, out));
                entry.object("search", |search| search.plain("mode", "outcome"));
            });
        }
    }
}
