//! `$diff`: what changed between two versions, or between two resources of a type, as a FHIRPath
//! Patch that makes the second of the first (<https://hl7.org/fhir/R4/fhirpatch.html>).
//!
//! R4 has no such operation; names and meaning are those of HAPI's.

mod compare;
mod value;

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::reference::{Reference, parse};
use tarn_store::Snapshot;

use super::arguments::{Arguments, required, wrong};
use super::lost;
use super::meta::ours;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::read::{live, version_of, whole};
use crate::clinical::resource::Resource;
use crate::clinical::settle::off_thread;
use crate::clinical::target::{Target, version_number};
use compare::Comparison;

/// The parameters that it takes.
pub(super) const TAKEN: &[&str] = &["fromVersion", "from", "to", "includeMeta"];

/// Which version of which resource.
struct Named {
    type_: TypeId,
    id: LogicalId,
    /// None: the current one.
    version: Option<u32>,
}

/// What is compared.
enum Asked {
    /// Two versions: the older one is named, or is the one before the newer.
    Versions { of: Named, from: Option<u32> },
    /// Two resources.
    Resources { from: Named, to: Named },
}

/// The differences, as Parameters.
pub(super) async fn diff(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    let asked = asked(asking, target, &arguments)?;
    let with_meta = arguments.boolean("includeMeta")?.unwrap_or(false);
    let shown = |named: &Named| format!("{}/{}", named.type_, named.id);
    let what = match &asked {
        Asked::Versions { of, .. } => json!({"resource": shown(of)}),
        Asked::Resources { from, to } => json!({"from": shown(from), "to": shown(to)}),
    };
    let act = Act::new(Action::FhirHistory, "GetDiff").with(what);
    asking
        .act(act, async |_, store| {
            let snapshot = store.snapshot();
            off_thread(move || {
                let (from, to) = asked.read(&snapshot)?;
                let (from_text, to_text) = (text(&from, with_meta), text(&to, with_meta));
                let (old, new) = (ours(&from_text)?, ours(&to_text)?);
                Ok(Comparison::of(to.type_, old.root(), new.root()))
            })
            .await
        })
        .await
}

impl Asked {
    fn read(&self, snapshot: &Snapshot) -> Result<(Resource, Resource), Problem> {
        match self {
            Self::Resources { from, to } => Ok((from.read(snapshot)?, to.read(snapshot)?)),
            Self::Versions { of, from } => {
                let newer = of.read(snapshot)?;
                let older = from.unwrap_or(newer.version.saturating_sub(1));
                if from.is_none() && older == 0 {
                    return Err(wrong("fromVersion", "is required for a first version"));
                }
                let older = version_of(snapshot, of.type_, &of.id, Some(older))?;
                Ok((older, newer))
            }
        }
    }
}

impl Named {
    fn read(&self, snapshot: &Snapshot) -> Result<Resource, Problem> {
        match self.version {
            None => whole(snapshot, &live(snapshot, self.type_, &self.id)?),
            version => version_of(snapshot, self.type_, &self.id, version),
        }
    }
}

fn asked(asking: Asking<'_>, target: &Target, arguments: &Arguments) -> Result<Asked, Problem> {
    let refuse = |names: &[&'static str], what: &str| match names.iter().find(|n| arguments.has(n))
    {
        Some(name) => Err(wrong(name, what)),
        None => Ok(()),
    };
    let of = match target {
        Target::SystemOperation(_) => {
            refuse(&["fromVersion"], "is for `$diff` of one resource")?;
            let base = asking.base();
            let from = named(required("from", arguments.text("from")?)?, "from", &base)?;
            let to = named(required("to", arguments.text("to")?)?, "to", &base)?;
            if from.type_ != to.type_ {
                return Err(wrong("to", "names a resource of another type than `from`"));
            }
            return Ok(Asked::Resources { from, to });
        }
        Target::InstanceOperation(type_, id, _) => {
            Named { type_: *type_, id: id.clone(), version: None }
        }
        Target::VersionOperation(type_, id, version, _) => {
            // No version of ours has the number 0: it is not found.
            Named { type_: *type_, id: id.clone(), version: Some(version.unwrap_or(0)) }
        }
        _ => return Err(lost()),
    };
    refuse(&["from", "to"], "is for `$diff` of two resources, at the base")?;
    let from = arguments.text("fromVersion")?;
    let from = from.map(|text| {
        version_number(text).ok_or_else(|| wrong("fromVersion", "takes a version's number"))
    });
    Ok(Asked::Versions { of, from: from.transpose()? })
}

fn named(text: &str, name: &str, base: &str) -> Result<Named, Problem> {
    let wrong = || wrong(name, "takes `Type/id` or `Type/id/_history/version` of this store");
    let Reference::Relative { type_, id, version } = parse(text, Some(base)) else {
        return Err(wrong());
    };
    let version = version.map(|version| version_number(version).ok_or_else(wrong)).transpose()?;
    Ok(Named { type_, id: id.parse().map_err(|_| wrong())?, version })
}

/// A resource's text: with version and time where labels are compared, too.
fn text(resource: &Resource, with_meta: bool) -> Vec<u8> {
    if !with_meta {
        let body = resource.body();
        // Kept bodies were documents once.
        return match ours(body) {
            Ok(document) => crate::clinical::rewritten::with_member(document.root(), "meta", None),
            Err(_) => body.to_vec(),
        };
    }
    let mut whole = Vec::with_capacity(resource.length());
    resource.write(&mut whole);
    whole
}
