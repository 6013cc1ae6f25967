//! `Group/$member-add` and `$member-remove`: who is attributed to whom
//! (<http://hl7.org/fhir/us/davinci-atr/OperationDefinition/member-add>).

use std::convert::Infallible;

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Issue, IssueCode, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Value;
use tarn_fhir::reference::{Reference, parse};
use tarn_fhir::stored::Stored;
use tarn_search::ParseOptions;
use tarn_store::{Expect, Snapshot};

use super::arguments::{Arguments, required, wrong};
use super::docref::escaped;
use super::found::found;
use super::lost;
use super::meta::ours;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::create::{kept, written};
use crate::clinical::draft;
use crate::clinical::read::{live, whole};
use crate::clinical::rewritten::with_member;
use crate::clinical::settle::{Plan, Settled, Weight, Write, settle};
use crate::clinical::target::Target;

/// The parameters of `$member-add`.
pub(super) const ADD: &[&str] =
    &["memberId", "providerNpi", "patientReference", "providerReference", "attributionPeriod"];
/// The parameters of `$member-remove`.
pub(super) const REMOVE: &[&str] =
    &["memberId", "providerNpi", "patientReference", "providerReference"];
/// Where a member says who the provider is (Da Vinci ATR).
const ATTRIBUTED: &str =
    "http://hl7.org/fhir/us/davinci-atr/StructureDefinition/ext-attributedProvider";
/// What a provider can be.
const PROVIDERS: [&str; 3] = ["Practitioner", "PractitionerRole", "Organization"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Add,
    Remove,
}

/// Who is meant: an identifier, or a reference.
#[derive(Debug, Clone)]
enum Named {
    Identifier(Option<String>, String),
    Reference(String),
}

struct Wanted {
    change: Change,
    patient: Named,
    provider: Option<Named>,
    /// The period's JSON.
    period: Option<String>,
    options: ParseOptions,
}

/// Adds a member; the Group as it is then.
pub(super) async fn add(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    change(asking, target, arguments, Change::Add, "AddGroupMember").await
}

/// Takes a member out; the Group as it is then.
pub(super) async fn remove(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    change(asking, target, arguments, Change::Remove, "RemoveGroupMember").await
}

async fn change(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
    change: Change,
    event: &'static str,
) -> Result<Vec<u8>, Problem> {
    let Target::InstanceOperation(type_, id, _) = target else { return Err(lost()) };
    let patient = named(&arguments, "memberId", "patientReference")?;
    let provider = named(&arguments, "providerNpi", "providerReference")?;
    if change == Change::Add && provider.is_none() {
        let name = if arguments.has("memberId") { "providerNpi" } else { "providerReference" };
        required::<()>(name, None)?;
    }
    let wanted = Wanted {
        change,
        patient: required("memberId", patient)?,
        provider,
        period: arguments.json("attributionPeriod", "Period")?.map(str::to_owned),
        options: asking.parse_options(false),
    };
    let what = json!({"resourceType": type_.name(), "resourceId": id.as_str()});
    let act = Act::new(Action::FhirUpdate, event).with(what);
    asking
        .act(act, async |granted, store| {
            let (of_type, of_id) = (*type_, id.clone());
            let plan = move |snapshot: &Snapshot| wanted.plan(snapshot, of_type, &of_id);
            match settle(granted, &store, Weight::Heavy, plan).await? {
                Settled::Answered(never) => match never {},
                Settled::Written(receipt, kept) => {
                    let group = written(*type_, id.clone(), kept, &receipt)?.resource;
                    let mut out = Vec::with_capacity(group.length());
                    group.write(&mut out);
                    Ok(out)
                }
            }
        })
        .await
}

impl Wanted {
    fn plan(
        &self,
        snapshot: &Snapshot,
        type_: TypeId,
        id: &LogicalId,
    ) -> Result<Plan<Infallible, Stored>, Problem> {
        let row = live(snapshot, type_, id)?;
        let mut group = Vec::new();
        whole(snapshot, &row)?.write(&mut group);
        let document = ours(&group)?;
        let patient = self.reference(snapshot, &self.patient, &["Patient"], "memberId")?;
        let provider = self.provider.as_ref();
        let provider =
            provider.map(|named| self.reference(snapshot, named, &PROVIDERS, "providerNpi"));
        let provider = provider.transpose()?;
        let is_meant = |member: &Value<'_>| {
            entity(*member).as_deref() == Some(&*patient)
                && provider.as_ref().is_none_or(|p| attributed(*member).as_ref() == Some(p))
        };
        let members: Vec<_> =
            document.root().get("member").into_iter().flat_map(Value::items).collect();
        let others = members.iter().filter(|member| !is_meant(member));
        let mut all: Vec<_> = others.map(|member| member.raw().to_owned()).collect();
        match (self.change, provider) {
            (Change::Remove, _) if all.len() == members.len() => {
                return Err(unprocessable("not-a-member", "This is no member of the Group."));
            }
            (Change::Add, Some(provider)) => all.push(self.member(&patient, &provider)?),
            _ => {}
        }
        let list = format!("[{}]", all.join(","));
        let text = with_member(document.root(), "member", (!all.is_empty()).then_some(&list));
        let changed = ours(&text)?;
        draft::check(&changed, type_)?;
        let expect = Expect::Version(row.version);
        let put = draft::put(&changed, type_, id, snapshot.hasher(), expect);
        let kept = kept(&put);
        let mut write = Write::one(put, kept);
        write.ours.push(0);
        Ok(Plan::Write(write))
    }

    fn member(&self, patient: &str, provider: &str) -> Result<String, Problem> {
        let mut member = json!({
            "extension": [{ "url": ATTRIBUTED, "valueReference": { "reference": provider } }],
            "entity": { "reference": patient },
            "inactive": false,
        });
        if let Some(period) = &self.period {
            member["period"] = serde_json::from_str(period).map_err(Problem::internal)?;
        }
        Ok(member.to_string())
    }

    /// The one resource that is meant, as a reference.
    fn reference(
        &self,
        snapshot: &Snapshot,
        named: &Named,
        types: &[&str],
        parameter: &str,
    ) -> Result<String, Problem> {
        let types = types.iter().filter_map(|name| TypeId::parse(name));
        match named {
            Named::Reference(text) => {
                let parsed = parse(text, self.options.base_url.as_deref());
                let Reference::Relative { type_, id, .. } = parsed else {
                    return Err(wrong(parameter, "takes a reference into this store"));
                };
                let id: LogicalId = id.parse().map_err(Problem::internal)?;
                if !types.into_iter().any(|known| known == type_) {
                    return Err(wrong(parameter, "refers to a resource of another type"));
                }
                live(snapshot, type_, &id).map_err(|_| nobody())?;
                Ok(format!("{type_}/{id}"))
            }
            Named::Identifier(system, value) => {
                let token = match system {
                    Some(system) => format!("{}|{}", escaped(system), escaped(value)),
                    None => escaped(value),
                };
                let pairs = [("identifier".to_owned(), token)];
                let mut all = Vec::new();
                for type_ in types {
                    all.extend(found(snapshot, type_, &pairs, &self.options, 10)?);
                }
                match &all[..] {
                    [] => Err(nobody()),
                    [one] => Ok(one.reference()),
                    _ => {
                        let words = "The identifier is that of several resources.";
                        Err(unprocessable("multiple-matches", words))
                    }
                }
            }
        }
    }
}

/// Who is meant by an identifier or by a reference; both at once could contradict each other.
fn named(
    arguments: &Arguments,
    identifier: &str,
    reference: &str,
) -> Result<Option<Named>, Problem> {
    let by_identifier = arguments.json(identifier, "Identifier")?;
    let by_reference = arguments.json(reference, "Reference")?;
    match (by_identifier, by_reference) {
        (Some(_), Some(_)) => {
            Err(wrong(reference, &format!("cannot be combined with `{identifier}`")))
        }
        (Some(json), None) => {
            let document = draft::parse(json.as_bytes())?;
            let text = |key| document.root().get(key).and_then(Value::as_str);
            let value = text("value").ok_or_else(|| wrong(identifier, "needs a `value`"))?;
            let system = text("system").map(|system| system.into_owned());
            Ok(Some(Named::Identifier(system, value.into_owned())))
        }
        (None, Some(json)) => {
            let document = draft::parse(json.as_bytes())?;
            let text = document.root().get("reference").and_then(Value::as_str);
            let text = text.ok_or_else(|| wrong(reference, "needs a `reference`"))?;
            Ok(Some(Named::Reference(text.into_owned())))
        }
        (None, None) => Ok(None),
    }
}

fn entity(member: Value<'_>) -> Option<std::borrow::Cow<'_, str>> {
    member.get("entity")?.get("reference").and_then(Value::as_str)
}

fn attributed(member: Value<'_>) -> Option<String> {
    let extensions = member.get("extension").into_iter().flat_map(Value::items);
    let is_attribution =
        |e: &Value<'_>| e.get("url").and_then(Value::as_str).as_deref() == Some(ATTRIBUTED);
    let extension = extensions.into_iter().find(is_attribution)?;
    let reference = extension.get("valueReference")?.get("reference").and_then(Value::as_str)?;
    Some(reference.into_owned())
}

fn nobody() -> Problem {
    unprocessable("no-match", "There is nobody of that name in this store.")
}

fn unprocessable(code: &'static str, words: &str) -> Problem {
    let issue = Issue::error(IssueCode::NotFound, words);
    Problem::with_issues(Kind::Unprocessable, code, vec![issue])
}
