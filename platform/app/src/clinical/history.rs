//! Tells what changed: in one resource, in one type, in the whole store, newest first.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain as _, Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::date::Period;
use tarn_fhir::definitions::TypeId;
use tarn_search::{Cursor, Place, Position, cursor};
use tarn_store::{Loc, Snapshot, StoreError, Version};

use super::asking::Asking;
use super::links::url;
use super::page_key::page_key;
use super::parameters::{Parameters, refuse_parameter};
use super::read::{known, not_found};
use super::resource::{Resource, View};
use super::search::{CURSOR, moment};
use super::settle::off_thread;
use super::text::object;
use crate::Act;

/// What a history is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Past {
    /// One resource.
    Instance(TypeId, LogicalId),
    /// Every resource of a type.
    Type(TypeId),
    /// Everything.
    System,
}

/// A page of a history, as a Bundle.
///
/// # Errors
/// Not found where the resource never was; invalid for parameters that a history does not take.
pub async fn history(
    asking: Asking<'_>,
    past: Past,
    parameters: &Parameters,
) -> Result<Vec<u8>, Problem> {
    let (event, what) = match &past {
        Past::Instance(type_, id) => (
            "GetHistoryByResourceId",
            json!({"resourceType": type_.name(), "resourceId": id.as_str()}),
        ),
        Past::Type(type_) => ("GetHistoryByType", json!({"resourceType": type_.name()})),
        Past::System => ("GetHistoryBySystem", json!({})),
    };
    let wanted = Wanted::read(parameters, asking)?;
    let act = Act::new(Action::FhirHistory, event).with(what);
    asking
        .act(act, async |_, store| {
            let key = page_key(&store.snapshot());
            let after = wanted.token.as_deref().map(|token| after(&key, token, &past, &wanted));
            let after = after.transpose()?;
            let (snapshot, _) = moment(&store, after.map(|(t, _)| t));
            let base = asking.base();
            let pinned = snapshot.clone();
            let (text, goes_on) = off_thread(move || {
                let page = page(&snapshot, &past, &wanted, after.map(|(_, loc)| loc))?;
                let next = page.next.map(|loc| seal(&key, snapshot.t(), loc, &past, &wanted));
                let next = next.transpose()?;
                let goes_on = next.is_some();
                Ok((write(&page, &past, &wanted, next.as_deref(), &base)?, goes_on))
            })
            .await?;
            if goes_on {
                store.pin(&pinned);
            }
            Ok(text)
        })
        .await
}

/// What is asked of a history.
struct Wanted {
    count: usize,
    since: Option<Timestamp>,
    /// Only versions that were current at some point of it.
    at: Option<Period>,
    token: Option<String>,
    view: View,
    sent: Parameters,
}

impl Wanted {
    fn read(parameters: &Parameters, asking: Asking<'_>) -> Result<Self, Problem> {
        const TAKEN: [&str; 9] = [
            "_count",
            "_since",
            "_at",
            "_sort",
            CURSOR,
            "_format",
            "_pretty",
            "_summary",
            "_elements",
        ];
        if let Some((name, _)) = parameters.iter().find(|(name, _)| !TAKEN.contains(name)) {
            return Err(refuse_parameter(name, "is not taken by a history"));
        }
        let limits = &asking.platform.settings().fhir;
        let count = parameters.number("_count")?.unwrap_or(limits.default_count);
        let since = parameters.get("_since").map(|text| {
            let period = tarn_fhir::date::parse(text);
            period.map(|period| Timestamp::from_micros(period.lo))
        });
        let since = match since {
            Some(None) => return Err(refuse_parameter("_since", "takes an instant")),
            Some(some) => some,
            None => None,
        };
        let at = parameters.get("_at").map(|text| {
            let period = tarn_fhir::date::parse(&text.replace(' ', "+"));
            period.ok_or_else(|| refuse_parameter("_at", "takes a date or an instant"))
        });
        if !matches!(parameters.get("_sort"), None | Some("-_lastUpdated")) {
            let words = "takes `-_lastUpdated`: a history goes from the newest to the oldest";
            return Err(refuse_parameter("_sort", words));
        }
        let mut sent = parameters.clone();
        sent.remove(CURSOR);
        Ok(Self {
            at: at.transpose()?,
            count: count.min(limits.max_count) as usize,
            since,
            token: parameters.get(CURSOR).map(str::to_owned),
            view: View::read(parameters)?,
            sent,
        })
    }
}

struct Page {
    versions: Vec<Resource>,
    next: Option<Loc>,
    total: Option<u64>,
}

fn page(
    snapshot: &Snapshot,
    past: &Past,
    wanted: &Wanted,
    before: Option<Loc>,
) -> Result<Page, Problem> {
    let mut total = None;
    let filter = match past {
        Past::Instance(type_, id) => {
            let row = known(snapshot, *type_, id)?.ok_or_else(|| not_found(*type_, id))?;
            if wanted.since.is_none() && wanted.at.is_none() {
                total = Some(u64::from(row.version));
            }
            let start = match before {
                None => Some(row.loc),
                Some(last) => snapshot.read(last).map_err(|e| e.explain())?.previous,
            };
            return gather(snapshot, older(snapshot, start), wanted, total);
        }
        Past::Type(type_) => Some(*type_),
        Past::System => None,
    };
    gather(snapshot, snapshot.changes(filter, before, wanted.since), wanted, total)
}

/// The versions of a resource from a place on, newest first.
fn older(
    snapshot: &Snapshot,
    mut place: Option<Loc>,
) -> impl Iterator<Item = Result<Version, StoreError>> {
    std::iter::from_fn(move || {
        let version = snapshot.read(place.take()?);
        place = version.as_ref().ok().and_then(|version| version.previous);
        Some(version)
    })
}

/// Takes one page, and sees whether there is more.
fn gather(
    snapshot: &Snapshot,
    versions: impl Iterator<Item = Result<Version, StoreError>>,
    wanted: &Wanted,
    total: Option<u64>,
) -> Result<Page, Problem> {
    let mut page = Page { versions: Vec::new(), next: None, total };
    let mut last = None;
    for version in versions {
        let version = version.map_err(|e| e.explain())?;
        if wanted.since.is_some_and(|since| version.updated < since) {
            break;
        }
        if let Some(at) = wanted.at
            && !was_current(snapshot, &version, at)?
        {
            continue;
        }
        if page.versions.len() == wanted.count {
            page.next = last;
            break;
        }
        last = Some(version.loc);
        page.versions.push(Resource::read(version)?);
    }
    Ok(page)
}

/// Whether a version was the current one at some point of a period: it had come by its end, and
/// the next one had not come before it began (R4 §3.1.0.9.1).
fn was_current(snapshot: &Snapshot, version: &Version, at: Period) -> Result<bool, Problem> {
    if version.updated.micros() > at.last() {
        return Ok(false);
    }
    if version.updated.micros() >= at.lo {
        return Ok(true);
    }
    let row = snapshot.row(version.rid).map_err(|e| e.explain())?;
    let Some(row) = row else { return Ok(false) };
    let mut next = None;
    for newer in snapshot.history(row) {
        let newer = newer.map_err(|e| e.explain())?;
        if newer.version <= version.version {
            break;
        }
        next = Some(newer.updated.micros());
    }
    Ok(next.is_none_or(|next| next > at.lo))
}

fn write(
    page: &Page,
    past: &Past,
    wanted: &Wanted,
    next: Option<&str>,
    base: &str,
) -> Result<Vec<u8>, Problem> {
    let path = match past {
        Past::Instance(type_, id) => format!("{type_}/{id}/_history"),
        Past::Type(type_) => format!("{type_}/_history"),
        Past::System => "_history".to_owned(),
    };
    let mut out =
        Vec::with_capacity(page.versions.iter().map(Resource::length).sum::<usize>() + 512);
    let mut failed = None;
    object(&mut out, |bundle| {
        bundle.plain("resourceType", "Bundle");
        bundle.plain("type", "history");
        if let Some(total) = page.total {
            bundle.value("total", total);
        }
        bundle.array("link", |links| {
            let mut link = |relation: &str, url: String| {
                links.object(|o| {
                    o.text("relation", relation);
                    o.text("url", &url);
                });
            };
            let given = wanted.token.as_deref().map(|token| (CURSOR, token));
            link("self", url(base, &path, wanted.sent.iter().chain(given)));
            if let Some(token) = next {
                link("next", url(base, &path, wanted.sent.iter().chain([(CURSOR, token)])));
            }
        });
        if page.versions.is_empty() {
            return;
        }
        bundle.array("entry", |entries| {
            for version in &page.versions {
                entries.object(|entry| {
                    let done = write_entry(version, &wanted.view, base, entry);
                    failed = failed.take().or(done.err());
                });
            }
        });
    });
    failed.map_or(Ok(out), Err)
}

/// One version. The store does not know whether a first version came by POST; PUT is what makes
/// the same resource again.
fn write_entry(
    version: &Resource,
    view: &View,
    base: &str,
    entry: &mut super::text::Object<'_>,
) -> Result<(), Problem> {
    let mut done = Ok(());
    entry.text("fullUrl", &format!("{base}/{}", version.reference()));
    if !version.deleted {
        entry.with("resource", |out| done = view.write(version, out));
    }
    entry.object("request", |request| {
        request.plain("method", if version.deleted { "DELETE" } else { "PUT" });
        request.text("url", &version.reference());
    });
    entry.object("response", |response| {
        let status = match (version.deleted, version.version) {
            (true, _) => "204",
            (false, 1) => "201",
            (false, _) => "200",
        };
        response.plain("status", status);
        response.text("etag", &format!("W/\"{}\"", version.version));
        response.plain("lastModified", version.updated);
    });
    done
}

fn fingerprint(past: &Past, wanted: &Wanted) -> [u8; 16] {
    let scope = match past {
        Past::Instance(type_, id) => format!("{type_}/{id}"),
        Past::Type(type_) => type_.to_string(),
        Past::System => String::new(),
    };
    let since = wanted.since.map_or(i64::MIN, Timestamp::micros);
    let at = wanted.at.map(|at| (at.lo, at.last()));
    let hash = blake3::hash(format!("history {scope} {since} {at:?}").as_bytes());
    let mut out = [0; 16];
    out.copy_from_slice(&hash.as_bytes()[..16]);
    out
}

fn seal(key: &[u8; 32], t: u64, loc: Loc, past: &Past, wanted: &Wanted) -> Result<String, Problem> {
    let place = Place::Number(loc.to_bits().cast_signed());
    let position = Some(Position { keys: vec![place], rid: 0 });
    let cursor = Cursor { t, fingerprint: fingerprint(past, wanted), position, included: 0 };
    cursor::seal(key, &cursor).map_err(|e| e.explain())
}

fn after(key: &[u8; 32], token: &str, past: &Past, wanted: &Wanted) -> Result<(u64, Loc), Problem> {
    let cursor = cursor::open(key, token).map_err(|e| e.explain())?;
    match cursor.position.map(|position| position.keys).unwrap_or_default()[..] {
        [Place::Number(bits)] if cursor.fingerprint == fingerprint(past, wanted) => {
            Ok((cursor.t, Loc::from_bits(bits.cast_unsigned())))
        }
        _ => Err(Problem::new(Kind::Invalid, "invalid-page-token", "Invalid page token.")),
    }
}
