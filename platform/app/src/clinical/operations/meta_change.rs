//! `$meta-add` and `$meta-delete`: change a resource's profiles, tags and security labels, and
//! nothing else of it (<https://hl7.org/fhir/R4/resource-operation-meta-add.html>).
//!
//! What is kept is never rewritten, so a change of labels makes a new version; where nothing would
//! change, none is made. For the same reason labels of old versions cannot be changed.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Value, escape_into};
use tarn_fhir::stored::Stored;
use tarn_store::{Expect, Snapshot};

use super::arguments::{Arguments, required};
use super::lost;
use super::meta::{LABELS, identity, of, ours};
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::create::{kept, written};
use crate::clinical::draft;
use crate::clinical::read::{live, whole};
use crate::clinical::resource::Resource;
use crate::clinical::rewritten::with_member;
use crate::clinical::settle::{Plan, Settled, Weight, Write, settle};
use crate::clinical::target::Target;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Delete,
}

/// Adds labels.
pub(super) async fn add(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    change(asking, target, arguments, Change::Add, "AddMeta").await
}

/// Takes labels away.
pub(super) async fn delete(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    change(asking, target, arguments, Change::Delete, "DeleteMeta").await
}

async fn change(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
    change: Change,
    event: &'static str,
) -> Result<Vec<u8>, Problem> {
    let Target::InstanceOperation(type_, id, _) = target else { return Err(lost()) };
    let labels = required("meta", arguments.json("meta", "Meta")?)?.to_owned();
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirUpdate, event).with(what);
    asking
        .act(act, async |granted, store| {
            let (of_type, of_id) = (*type_, id.clone());
            let plan = move |snapshot: &Snapshot| plan(snapshot, of_type, &of_id, &labels, change);
            match settle(granted, &store, Weight::Light, plan).await? {
                Settled::Answered(unchanged) => of(&unchanged),
                Settled::Written(receipt, kept) => {
                    of(&written(*type_, id.clone(), kept, &receipt)?.resource)
                }
            }
        })
        .await
}

fn plan(
    snapshot: &Snapshot,
    type_: TypeId,
    id: &LogicalId,
    labels: &str,
    change: Change,
) -> Result<Plan<Resource, Stored>, Problem> {
    let row = live(snapshot, type_, id)?;
    let current = whole(snapshot, &row)?;
    let document = ours(current.body())?;
    let given = draft::parse(labels.as_bytes())?;
    let Some(text) = relabelled(&document, given.root(), change) else {
        return Ok(Plan::Answer(current));
    };
    let relabelled = ours(&text)?;
    draft::check(&relabelled, type_)?;
    let expect = Expect::Version(row.version);
    let put = draft::put(&relabelled, type_, id, snapshot.hasher(), expect);
    let kept = kept(&put);
    let mut write = Write::one(put, kept);
    write.ours.push(0);
    Ok(Plan::Write(write))
}

/// The resource with its labels changed; none where that changes nothing.
fn relabelled(document: &Document<'_>, given: Value<'_>, change: Change) -> Option<Vec<u8>> {
    let root = document.root();
    let meta = root.get("meta");
    let mut members: Vec<(String, String)> = Vec::new();
    let is_label = |key: &str| LABELS.iter().any(|(name, _)| key.trim_start_matches('_') == *name);
    for (key, value) in meta.into_iter().flat_map(Value::members) {
        if !is_label(&key) {
            members.push((key.into_owned(), value.raw().to_owned()));
        }
    }
    let mut is_changed = false;
    for (name, _) in LABELS {
        let (old, old_extra) = (items(meta, name), items(meta, &format!("_{name}")));
        let named = items(Some(given), name);
        let has = |all: &[Value<'_>], label| all.iter().any(|a| identity(*a) == identity(label));
        let stays = |label| change == Change::Add || !has(&named, label);
        let kept: Vec<usize> = (0..old.len()).filter(|at| stays(old[*at])).collect();
        let mut list: Vec<String> = kept.iter().map(|at| old[*at].raw().to_owned()).collect();
        if change == Change::Add {
            let mut fresh = Vec::new();
            for label in named {
                if !has(&old, label) && !has(&fresh, label) {
                    fresh.push(label);
                }
            }
            list.extend(fresh.iter().map(|label| label.raw().to_owned()));
        }
        is_changed |= list.len() != old.len();
        push_list(&mut members, name.to_owned(), &list);
        // What is said of each item beside it stays with the item.
        let extra = kept.iter().filter_map(|at| old_extra.get(*at));
        let extra: Vec<_> = extra.map(|value| value.raw().to_owned()).collect();
        if extra.iter().any(|value| value != "null") {
            push_list(&mut members, format!("_{name}"), &extra);
        }
    }
    is_changed.then(|| with_meta(root, &members))
}

fn items<'d>(of: Option<Value<'d>>, key: &str) -> Vec<Value<'d>> {
    of.and_then(|meta| meta.get(key)).into_iter().flat_map(Value::items).collect()
}

fn push_list(members: &mut Vec<(String, String)>, name: String, list: &[String]) {
    if !list.is_empty() {
        members.push((name, format!("[{}]", list.join(","))));
    }
}

fn with_meta(root: Value<'_>, meta: &[(String, String)]) -> Vec<u8> {
    let mut json = Vec::new();
    for (key, value) in meta {
        json.push(if json.is_empty() { b'{' } else { b',' });
        escape_into(key, &mut json);
        json.push(b':');
        json.extend_from_slice(value.as_bytes());
    }
    json.push(b'}');
    let json = String::from_utf8(json).unwrap_or_default();
    with_member(root, "meta", (!meta.is_empty()).then_some(json.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: &str = r#"{"resourceType":"Patient","id":"1","meta":{"source":"s","profile":["p","q"],"_profile":[null,{"id":"x"}],"tag":[{"system":"a","code":"1","display":"One"}]},"active":true}"#;

    fn changed(given: &str, change: Change) -> Option<serde_json::Value> {
        let document = Document::parse(PATIENT.as_bytes()).unwrap();
        let given = Document::parse(given.as_bytes()).unwrap();
        let text = relabelled(&document, given.root(), change)?;
        Some(serde_json::from_slice(&text).unwrap())
    }

    #[test]
    fn labels_are_sets() {
        let given = r#"{"profile":["q","r","r"],"tag":[{"system":"a","code":"1","display":"Eins"}],
            "security":[{"system":"c","code":"R"}]}"#;
        let added = changed(given, Change::Add).unwrap();
        let meta = &added["meta"];
        assert_eq!(meta["profile"], json!(["p", "q", "r"]));
        assert_eq!(meta["tag"], json!([{"system":"a","code":"1","display":"One"}]));
        assert_eq!(meta["security"][0]["code"], "R");
        assert_eq!((&meta["source"], &added["active"]), (&json!("s"), &json!(true)));
        assert!(changed(r#"{"profile":["p"]}"#, Change::Add).is_none());
    }

    #[test]
    fn what_is_deleted_takes_what_was_said_of_it_along() {
        let given = r#"{"profile":["p"],"tag":[{"system":"a","code":"1"}]}"#;
        let meta = changed(given, Change::Delete).unwrap()["meta"].clone();
        assert_eq!(meta["profile"], json!(["q"]));
        assert_eq!(meta["_profile"], json!([{"id": "x"}]));
        assert!(meta.get("tag").is_none());
        assert!(changed(r#"{"tag":[{"system":"b","code":"1"}]}"#, Change::Delete).is_none());
    }
}
