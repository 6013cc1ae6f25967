//! `$meta`: the profiles, tags and security labels of a resource, of a version of one, or in use
//! in a type or the whole store (<https://hl7.org/fhir/R4/resource-operation-meta.html>).

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Explain as _, Issue, IssueCode, Kind, Problem};
use tarn_fhir::definitions::{TypeId, definitions};
use tarn_fhir::json::{Document, Value};
use tarn_store::{Field, Rid, Snapshot, Variant};

use super::lost;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::condition::Conditions;
use crate::clinical::draft;
use crate::clinical::read::{Reading, read, vread};
use crate::clinical::resource::Resource;
use crate::clinical::settle::off_thread;
use crate::clinical::target::Target;
use crate::clinical::text::object;

/// So many different labels are listed at most.
const MOST: usize = 10_000;
/// The elements of Meta that label, and the search parameters that list them.
pub(super) const LABELS: [(&str, &str); 3] =
    [("profile", "_profile"), ("security", "_security"), ("tag", "_tag")];

/// The Meta, as Parameters.
pub(super) async fn meta(asking: Asking<'_>, target: &Target) -> Result<Vec<u8>, Problem> {
    let conditions = Conditions::default();
    let reading = match target {
        Target::SystemOperation(_) => return in_use(asking, None).await,
        Target::TypeOperation(type_, _) => return in_use(asking, Some(*type_)).await,
        Target::InstanceOperation(type_, id, _) => read(asking, *type_, id, &conditions).await?,
        Target::VersionOperation(type_, id, version, _) => {
            vread(asking, *type_, id, *version, &conditions).await?
        }
        _ => return Err(lost()),
    };
    match reading {
        Reading::Resource(resource) => of(&resource),
        Reading::NotModified { .. } => Err(lost()),
    }
}

/// The Meta of a resource, as Parameters.
pub(super) fn of(resource: &Resource) -> Result<Vec<u8>, Problem> {
    let mut whole = Vec::with_capacity(resource.length());
    resource.write(&mut whole);
    let document = draft::parse(&whole)?;
    let meta = document.root().get("meta").map_or("{}", Value::raw);
    Ok(parameters(meta.as_bytes()))
}

fn parameters(meta: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(meta.len() + 80);
    object(&mut out, |parameters| {
        parameters.plain("resourceType", "Parameters");
        parameters.array("parameter", |list| {
            list.object(|result| {
                result.plain("name", "return");
                result.with("valueMeta", |out| out.extend_from_slice(meta));
            });
        });
    });
    out
}

async fn in_use(asking: Asking<'_>, type_: Option<TypeId>) -> Result<Vec<u8>, Problem> {
    let what = json!({"resourceType": type_.map(TypeId::name)});
    let act = Act::new(Action::FhirRead, "GetMeta").with(what);
    asking
        .act(act, async |_, store| {
            let snapshot = store.snapshot();
            off_thread(move || {
                let labels = labels(&snapshot, type_)?;
                let mut meta = Vec::new();
                write(&labels, &mut meta);
                Ok(parameters(&meta))
            })
            .await
        })
        .await
}

/// For each of [`LABELS`], its values as JSON, each once.
type Labels = [BTreeSet<(String, String)>; 3];

/// Every label in use. The index knows labels by their hash only, so for each hash one resource
/// that carries it is read.
fn labels(snapshot: &Snapshot, type_: Option<TypeId>) -> Result<Labels, Problem> {
    let mut labels = Labels::default();
    for rid in carriers(snapshot, type_)? {
        let Some(row) = snapshot.row(rid).map_err(|e| e.explain())? else { continue };
        let resource = Resource::read(snapshot.read(row.loc).map_err(|e| e.explain())?)?;
        let document = draft::parse(resource.body())?;
        let meta = document.root().get("meta");
        for ((name, _), labels) in LABELS.iter().zip(&mut labels) {
            let all = meta.and_then(|meta| meta.get(name)).into_iter().flat_map(Value::items);
            // Codings that differ in their display only are one label.
            for label in all {
                let identity = identity(label);
                if !labels.iter().any(|(known, _)| *known == identity) {
                    labels.insert((identity, label.raw().to_owned()));
                }
            }
        }
    }
    Ok(labels)
}

/// Rows that together carry every label.
fn carriers(snapshot: &Snapshot, type_: Option<TypeId>) -> Result<BTreeSet<Rid>, Problem> {
    let mut rids = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for (_, code) in LABELS {
        let parameter = definitions().common_parameters().iter().find(|p| p.code == code);
        let Some(parameter) = parameter else { continue };
        let field = Field::new(parameter.field, Variant::Main);
        for part in snapshot.parts() {
            let own = type_.map(|type_| part.of_type(type_)).transpose();
            let own = own.map_err(|e| e.explain())?;
            let mut take = |key, rows: &roaring::RoaringBitmap| {
                let first = match &own {
                    Some(own) => (own & rows).min(),
                    None => rows.min(),
                };
                if let Some(first) = first
                    && seen.insert(key)
                {
                    rids.insert(first);
                }
                if seen.len() > MOST { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            part.each_key(field, &mut take).map_err(|e| e.explain())?;
        }
    }
    if seen.len() > MOST {
        let words = format!("More than {MOST} labels are in use: ask for those of one type.");
        let issue = Issue::error(IssueCode::TooCostly, words);
        return Err(Problem::with_issues(Kind::Unprocessable, "too-costly", vec![issue]));
    }
    Ok(rids)
}

fn write(labels: &Labels, out: &mut Vec<u8>) {
    object(out, |meta| {
        for ((name, _), labels) in LABELS.into_iter().zip(labels).filter(|(_, l)| !l.is_empty()) {
            meta.with(name, |out| {
                let all: Vec<_> = labels.iter().map(|(_, json)| json.as_str()).collect();
                out.extend_from_slice(format!("[{}]", all.join(",")).as_bytes());
            });
        }
    });
}

/// What makes two labels the same: a profile's URL, a coding's system and code.
pub(super) fn identity(label: Value<'_>) -> String {
    let text = |key| label.get(key).and_then(Value::as_str).unwrap_or_default();
    match label.as_str() {
        Some(profile) => profile.into_owned(),
        None => format!("{}|{}", text("system"), text("code")),
    }
}

/// A document of our own making.
pub(super) fn ours(text: &[u8]) -> Result<Document<'_>, Problem> {
    Document::parse(text).map_err(|_| Problem::internal("JSON of our own making"))
}
