//! `Composition/$document`: a composition with all that it refers to, as one document
//! (<https://hl7.org/fhir/R4/composition-operation-document.html>).
//!
//! What the composition itself refers to must be in the document, or there is none; what those
//! resources refer to goes along where it is there.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Issue, IssueCode, Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::reference::{Reference, parse};
use tarn_search::ParseOptions;
use tarn_store::Snapshot;

use super::arguments::{Arguments, required, wrong};
use super::meta::ours;
use super::walk::{Gathered, Target as Link, graph, links};
use super::{Answer, lost};
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::create::create;
use crate::clinical::read::live;
use crate::clinical::resource::Resource;
use crate::clinical::settle::off_thread;
use crate::clinical::target::Target;
use crate::clinical::text::object;
use crate::clinical::writing::Writing;

/// The parameters that it takes.
pub(super) const TAKEN: &[&str] = &["id", "persist", "graph"];

/// The document, as a Bundle; kept as one, too, where that is asked for.
pub(super) async fn document(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Answer, Problem> {
    let (type_, id) = named(asking, target, &arguments)?;
    let graph = arguments.text("graph")?.map(str::to_owned);
    let is_kept = arguments.boolean("persist")?.unwrap_or(false);
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirSearch, "GetDocument").with(what);
    let (base, options) = (asking.base(), asking.parse_options(false));
    let (name, now) = (LogicalId::fresh(asking.platform.ids()), asking.platform.clock().now());
    let text = asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let (text, count) = off_thread(move || {
                let all = gather(&snapshot, type_, &id, graph.as_deref(), &options)?;
                Ok((write(&all, &name, now, &base), all.len()))
            })
            .await?;
            granted.answers(json!({"resources": count}));
            Ok(text)
        })
        .await?;
    if !is_kept {
        return Ok(text.into());
    }
    let bundle = TypeId::parse("Bundle").ok_or_else(lost)?;
    let kept = create(asking, bundle, text.into(), None, &Writing::default()).await?.resource;
    let mut body = Vec::with_capacity(kept.length());
    kept.write(&mut body);
    Ok(Answer { body, location: Some(kept.versioned_reference()) })
}

/// Which composition: by the path, or by `id`, which may be a URL of this store.
fn named(
    asking: Asking<'_>,
    target: &Target,
    arguments: &Arguments,
) -> Result<(TypeId, LogicalId), Problem> {
    let given = arguments.text("id")?;
    match target {
        Target::InstanceOperation(type_, id, _) => match given {
            None => Ok((*type_, id.clone())),
            Some(_) => Err(wrong("id", "is not taken where the path names a composition")),
        },
        Target::TypeOperation(type_, _) => {
            let given = required("id", given)?;
            let id = match parse(given, Some(&asking.base())) {
                Reference::Relative { type_: named, id, .. } if named == *type_ => id,
                _ => given,
            };
            let id = id.parse().map_err(|_| {
                wrong("id", "takes the id of a composition of this store; no other is fetched")
            })?;
            Ok((*type_, id))
        }
        _ => Err(lost()),
    }
}

fn gather(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    by_graph: Option<&str>,
    options: &ParseOptions,
) -> Result<Vec<Resource>, Problem> {
    live(snapshot, type_, id)?;
    let mut gathered = Gathered::new(snapshot, options);
    let start = gathered.add(type_, id.as_str())?.ok_or_else(lost)?;
    let direct = links(&gathered.resources[start], options.base_url.as_deref())?;
    for (place, link) in direct {
        let is_there = match link {
            Link::Within => true,
            Link::Elsewhere => false,
            Link::Local(type_, id) => gathered.add(type_, &id)?.is_some(),
        };
        if !is_there {
            return Err(unresolved(&place));
        }
    }
    match by_graph {
        Some(name) => {
            let definition = graph(snapshot, options, name)?;
            gathered.follow_graph(start, ours(definition.body())?.root())?;
        }
        None => gathered.follow_everything()?,
    }
    Ok(gathered.resources)
}

fn write(all: &[Resource], name: &LogicalId, now: Timestamp, base: &str) -> Vec<u8> {
    let length = all.iter().map(|resource| resource.length() + 160).sum::<usize>();
    let mut out = Vec::with_capacity(length + 256);
    object(&mut out, |bundle| {
        bundle.plain("resourceType", "Bundle");
        bundle.plain("id", name);
        bundle.object("identifier", |identifier| {
            identifier.plain("system", "urn:ietf:rfc:3986");
            identifier.plain("value", format_args!("urn:uuid:{name}"));
        });
        bundle.plain("type", "document");
        bundle.plain("timestamp", now);
        bundle.array("entry", |entries| {
            for resource in all {
                entries.object(|entry| {
                    entry.text("fullUrl", &format!("{base}/{}", resource.reference()));
                    entry.with("resource", |out| resource.write(out));
                });
            }
        });
    });
    out
}

fn unresolved(place: &str) -> Problem {
    let words = "The composition refers to what is not in this store, so its document cannot be \
                 whole.";
    let issue = Issue::error(IssueCode::NotFound, words).at(place);
    Problem::with_issues(Kind::Unprocessable, "unresolved-reference", vec![issue])
}
