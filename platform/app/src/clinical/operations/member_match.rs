//! `Patient/$member-match`: whether somebody is a member here, and under which identifier
//! (<http://hl7.org/fhir/us/davinci-hrex/OperationDefinition/member-match>).
//!
//! Whoever is not matched beyond doubt is not matched: the person (family name, a given name, birth
//! date, gender where both know it) and the coverage (an identifier or the subscriber's number)
//! must both agree, and only one member may.

use std::collections::BTreeSet;

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Issue, IssueCode, Kind, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Value;
use tarn_search::ParseOptions;
use tarn_store::Snapshot;

use super::arguments::{Arguments, required, wrong};
use super::docref::escaped;
use super::found::found;
use super::lost;
use super::meta::ours;
use crate::Act;
use crate::clinical::asking::Asking;
use crate::clinical::draft;
use crate::clinical::resource::Resource;
use crate::clinical::settle::off_thread;
use crate::clinical::target::Target;

/// The parameters that it takes: coverages by the names of HRex 1.0 and of HRex 0.2.
pub(super) const TAKEN: &[&str] = &[
    "MemberPatient",
    "CoverageToMatch",
    "CoverageToLink",
    "OldCoverage",
    "NewCoverage",
    "Consent",
];
/// So many people of one name and birth date are looked into at most.
const MOST: u64 = 200;

/// What is known of the person and the coverage.
struct Sought {
    patient: String,
    coverage: String,
}

/// The member's identifier, as Parameters.
pub(super) async fn member_match(
    asking: Asking<'_>,
    target: &Target,
    arguments: Arguments,
) -> Result<Vec<u8>, Problem> {
    let Target::TypeOperation(type_, _) = target else { return Err(lost()) };
    let patient = resource(&arguments, "MemberPatient", "Patient")?;
    let coverage = match resource(&arguments, "CoverageToMatch", "Coverage")? {
        None => resource(&arguments, "OldCoverage", "Coverage")?,
        found => found,
    };
    for name in ["CoverageToLink", "NewCoverage"] {
        resource(&arguments, name, "Coverage")?;
    }
    if let Some(consent) = resource(&arguments, "Consent", "Consent")? {
        honour(&consent, asking.platform.clock().now())?;
    }
    let sought = Sought {
        patient: required("MemberPatient", patient)?,
        coverage: required("CoverageToMatch", coverage)?,
    };
    let act = Act::new(Action::FhirSearch, "PatientMemberMatch");
    let (type_, options) = (*type_, asking.parse_options(false));
    asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let (text, id) = off_thread(move || {
                let member = sought.member(&snapshot, type_, &options)?;
                Ok((answer(&member)?, member.id.to_string()))
            })
            .await?;
            granted.answers(json!({"resourceId": id}));
            Ok(text)
        })
        .await
}

impl Sought {
    /// The one member that is meant.
    fn member(
        &self,
        snapshot: &Snapshot,
        type_: TypeId,
        options: &ParseOptions,
    ) -> Result<Resource, Problem> {
        let patient = draft::parse(self.patient.as_bytes())?;
        let coverage = draft::parse(self.coverage.as_bytes())?;
        let numbers = numbers(coverage.root());
        if numbers.is_empty() {
            let words = "needs an `identifier` or a `subscriberId`";
            return Err(wrong("CoverageToMatch", words));
        }
        let pairs = searched(patient.root())?;
        let mut members = Vec::new();
        for candidate in found(snapshot, type_, &pairs, options, MOST)? {
            let document = ours(candidate.body())?;
            if same_person(patient.root(), document.root())
                && is_covered(snapshot, &candidate, &numbers, options)?
            {
                members.push(candidate);
            }
        }
        match (members.pop(), members.len()) {
            (Some(member), 0) => Ok(member),
            (None, _) => Err(refused("no-match", "No member matches.")),
            (Some(_), _) => {
                Err(refused("multiple-matches", "Several members match, so none is told."))
            }
        }
    }
}

/// A resource among the arguments, checked to be what it should be.
fn resource(
    arguments: &Arguments,
    name: &'static str,
    type_: &'static str,
) -> Result<Option<String>, Problem> {
    let Some(json) = arguments.resource(name)? else { return Ok(None) };
    let document = draft::parse(json.as_bytes())?;
    let type_ = TypeId::parse(type_).ok_or_else(lost)?;
    draft::check(&document, type_)?;
    Ok(Some(json.to_owned()))
}

/// A consent must be in force; nothing is told without it where one is sent.
fn honour(consent: &str, now: Timestamp) -> Result<(), Problem> {
    let document = draft::parse(consent.as_bytes())?;
    let root = document.root();
    let is_active = root.get("status").and_then(Value::as_str).as_deref() == Some("active");
    let period = root.get("provision").and_then(|provision| provision.get("period"));
    let end = |key| {
        let text = period.and_then(|period| period.get(key)).and_then(Value::as_str)?;
        tarn_fhir::date::parse(&text)
    };
    let has_begun = end("start").is_none_or(|start| start.lo <= now.micros());
    let goes_on = end("end").is_none_or(|end| end.last() >= now.micros());
    if is_active && has_begun && goes_on {
        return Ok(());
    }
    Err(refused("consent-not-in-force", "The consent is not in force, so nothing is told."))
}

/// A person's search: by what every member must agree in.
fn searched(patient: Value<'_>) -> Result<Vec<(String, String)>, Problem> {
    let born = patient.get("birthDate").and_then(Value::as_str);
    let born = born.ok_or_else(|| wrong("MemberPatient", "needs a `birthDate`"))?;
    let families: BTreeSet<_> = names(patient).into_iter().map(|(family, _)| family).collect();
    let families: Vec<_> = families.iter().filter(|f| !f.is_empty()).map(|f| escaped(f)).collect();
    if families.is_empty() {
        return Err(wrong("MemberPatient", "needs a name with a `family`"));
    }
    Ok(vec![("birthdate".to_owned(), born.into_owned()), ("family".to_owned(), families.join(","))])
}

/// Whether two Patients name the same person.
fn same_person(sought: Value<'_>, known: Value<'_>) -> bool {
    let text = |patient: Value<'_>, key| {
        patient.get(key).and_then(Value::as_str).map(|text| text.into_owned())
    };
    let same_gender = match (text(sought, "gender"), text(known, "gender")) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    };
    let known_names = names(known);
    let same_name = names(sought).iter().any(|(family, given)| {
        known_names.iter().any(|(known_family, known_given)| {
            let same_given = given.is_empty() || given.iter().any(|one| known_given.contains(one));
            family == known_family && same_given
        })
    });
    same_gender && same_name && text(sought, "birthDate") == text(known, "birthDate")
}

/// Family and given names, in lower case.
fn names(patient: Value<'_>) -> Vec<(String, Vec<String>)> {
    let lower = |value: Value<'_>| {
        value.as_str().map(|text| text.trim().to_lowercase()).unwrap_or_default()
    };
    let all = patient.get("name").into_iter().flat_map(Value::items);
    all.map(|name| {
        let family = name.get("family").map(lower).unwrap_or_default();
        let given = name.get("given").into_iter().flat_map(Value::items).map(lower).collect();
        (family, given)
    })
    .collect()
}

/// Whether one of a patient's coverages has one of the numbers.
fn is_covered(
    snapshot: &Snapshot,
    patient: &Resource,
    sought: &BTreeSet<String>,
    options: &ParseOptions,
) -> Result<bool, Problem> {
    let type_ = TypeId::parse("Coverage").ok_or_else(lost)?;
    let pairs = [("beneficiary".to_owned(), patient.reference())];
    for coverage in found(snapshot, type_, &pairs, options, MOST)? {
        let document = ours(coverage.body())?;
        if !numbers(document.root()).is_disjoint(sought) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a coverage is known by: identifiers with their system, and the subscriber's number.
fn numbers(coverage: Value<'_>) -> BTreeSet<String> {
    let text = |of: Value<'_>, key| {
        of.get(key).and_then(Value::as_str).map(|text| text.into_owned()).unwrap_or_default()
    };
    let identifiers = coverage.get("identifier").into_iter().flat_map(Value::items);
    let with_value = identifiers.filter(|identifier| identifier.get("value").is_some());
    let identifiers = with_value.map(|i| format!("{}|{}", text(i, "system"), text(i, "value")));
    let subscriber = text(coverage, "subscriberId");
    let subscriber = (!subscriber.is_empty()).then(|| format!("subscriber {subscriber}"));
    identifiers.chain(subscriber).collect()
}

/// The member's identifier: the one marked as a member's number, else a unique one, else the first.
fn answer(member: &Resource) -> Result<Vec<u8>, Problem> {
    let document = ours(member.body())?;
    let identifiers = document.root().get("identifier").into_iter().flat_map(Value::items);
    let all: Vec<_> = identifiers.filter(|identifier| identifier.get("value").is_some()).collect();
    let marked = |wanted: &str| {
        all.iter().find(|identifier| {
            let codings = identifier.get("type").and_then(|type_| type_.get("coding"));
            let mut codes = codings.into_iter().flat_map(Value::items);
            codes.any(|c| c.get("code").and_then(Value::as_str).as_deref() == Some(wanted))
        })
    };
    let chosen = marked("MB").or_else(|| marked("UMB")).or_else(|| all.first());
    let chosen = chosen.ok_or_else(|| refused("no-identifier", "The member has no identifier."))?;
    let reference = json!({"reference": member.reference()});
    let answer = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"MemberIdentifier","valueIdentifier":{}}},{{"name":"MemberId","valueReference":{reference}}}]}}"#,
        chosen.raw(),
    );
    Ok(answer.into_bytes())
}

fn refused(code: &'static str, words: &str) -> Problem {
    let issue = Issue::error(IssueCode::Processing, words);
    Problem::with_issues(Kind::Unprocessable, code, vec![issue])
}
