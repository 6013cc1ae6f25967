//! `$validate`: whether a resource would be taken, without taking it
//! (<https://hl7.org/fhir/R4/resource-operation-validate.html>): its structure, then R4's own
//! invariants. Profiles come with validation.

use bytes::Bytes;
use serde_json::json;
use tarn_access::Action;
use tarn_domain::{Issue, IssueCode, Kind, LogicalId, Problem, Severity, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Document, Value};
use tarn_fhirpath::invariants;
use tarn_store::Snapshot;

use super::asking::Asking;
use super::draft;
use super::outcome::{all_well, write_issues};
use super::parameters::Parameters;
use super::read::{live, whole};
use super::settle::off_thread;
use crate::Act;

const BASE: &str = "http://hl7.org/fhir/StructureDefinition/";

/// What is to be validated, and for what.
#[derive(Debug)]
struct Question {
    type_: TypeId,
    /// The resource that the URL names.
    id: Option<LogicalId>,
    mode: Option<String>,
    profile: Option<String>,
    /// What was sent; empty for the resource that the URL names.
    body: Bytes,
    now: Timestamp,
}

/// Checks a resource, bare or as the `resource` of Parameters; without one, the current version of
/// the one that the URL names. The OperationOutcome as JSON.
///
/// # Errors
/// Only what is no JSON: whatever is wrong with the resource is the answer, not an error.
pub async fn validate(
    asking: Asking<'_>,
    type_: TypeId,
    id: Option<&LogicalId>,
    parameters: &Parameters,
    body: Bytes,
) -> Result<Vec<u8>, Problem> {
    let given = |name: &str| parameters.get(name).map(str::to_owned);
    let (mode, profile) = (given("mode"), given("profile"));
    let now = asking.platform.clock().now();
    let question = Question { type_, id: id.cloned(), mode, profile, body, now };
    // What is kept is only looked at by those who may read it.
    let action = if id.is_some() { Action::FhirRead } else { Action::FhirCreate };
    let act = Act::new(action, "ValidateResource").with(json!({
        "resourceType": type_.name(),
        "resourceId": id.map(LogicalId::as_str),
    }));
    asking
        .act(act, async |_, store| {
            let snapshot = store.snapshot();
            off_thread(move || {
                let issues = question.answer(&snapshot)?;
                let mut out = Vec::new();
                write_issues(&issues, &mut out);
                Ok(out)
            })
            .await
        })
        .await
}

impl Question {
    fn answer(mut self, snapshot: &Snapshot) -> Result<Vec<Issue>, Problem> {
        let body = std::mem::take(&mut self.body);
        if body.iter().all(u8::is_ascii_whitespace) {
            return self.about_kept(snapshot);
        }
        let document = draft::parse(&body)?;
        let root = document.root();
        let is_parameters = self.type_.name() != "Parameters"
            && root.get("resourceType").and_then(Value::as_str).as_deref() == Some("Parameters");
        if !is_parameters {
            return Ok(self.about(&document));
        }
        self.mode = part(root, "mode", &["valueCode", "valueString"]).or(self.mode);
        let keys = ["valueUri", "valueCanonical", "valueUrl", "valueString"];
        self.profile = part(root, "profile", &keys).or(self.profile);
        match named(root, "resource").and_then(|part| part.get("resource")) {
            None => self.about_kept(snapshot),
            Some(resource) => {
                let inner = Document::parse(resource.raw().as_bytes());
                let inner = inner.map_err(|_| Problem::internal("a part of parsed JSON"))?;
                Ok(self.about(&inner))
            }
        }
    }

    /// About the resource that the URL names, as it is kept.
    fn about_kept(&self, snapshot: &Snapshot) -> Result<Vec<Issue>, Problem> {
        let Some(id) = &self.id else {
            let words = "A resource to validate is needed: bare, or as the parameter `resource`.";
            return Ok(vec![Issue::error(IssueCode::Required, words).at("Parameters.parameter")]);
        };
        let row = match live(snapshot, self.type_, id) {
            Ok(row) => row,
            Err(problem) if matches!(problem.kind, Kind::NotFound | Kind::Gone) => {
                return Ok(problem.issues);
            }
            Err(problem) => return Err(problem),
        };
        if self.mode.as_deref() == Some("delete") {
            return Ok(vec![all_well("The resource is there and could be deleted.")]);
        }
        let mut kept = Vec::new();
        whole(snapshot, &row)?.write(&mut kept);
        let document = Document::parse(&kept).map_err(|_| Problem::internal("a kept body"))?;
        Ok(self.about(&document))
    }

    fn about(&self, document: &Document<'_>) -> Vec<Issue> {
        let mut issues = self.asked_wrongly();
        let structure = draft::check(document, self.type_).and_then(|()| self.check_id(document));
        match structure {
            Ok(()) => issues.extend(invariants::check(document, self.now)),
            // Rules about elements that are not what they should be would only confuse.
            Err(problem) => issues.extend(problem.issues),
        }
        issues.sort_by_key(|issue| issue.severity != Severity::Error);
        if issues.first().is_none_or(|issue| issue.severity != Severity::Error) {
            let words = "Validation successful: structure and R4's own invariants.";
            issues.insert(0, all_well(words));
        }
        issues
    }

    fn check_id(&self, document: &Document<'_>) -> Result<(), Problem> {
        match (&self.id, self.mode.as_deref()) {
            (Some(id), Some("update")) => draft::require_id(document, self.type_, id),
            _ => Ok(()),
        }
    }

    /// What is wrong with the question itself.
    fn asked_wrongly(&self) -> Vec<Issue> {
        let mut issues = Vec::new();
        let mut wrong = |code, words: &str| issues.push(Issue::error(code, words));
        match (self.mode.as_deref(), &self.profile) {
            (None | Some("create" | "update"), _) | (Some("profile"), Some(_)) => {}
            (Some("profile"), None) => {
                wrong(IssueCode::Required, "The mode `profile` needs a `profile`.");
            }
            (Some("delete"), _) => {
                let words = "The mode `delete` is about a kept resource: ask it of the resource's \
                             own URL, without another.";
                wrong(IssueCode::Invalid, words);
            }
            (Some(_), _) => {
                let words = "`mode` must be create, update, delete or profile.";
                wrong(IssueCode::CodeInvalid, words);
            }
        }
        if self.profile.as_deref().is_some_and(|profile| !self.is_base(profile)) {
            let words = "This profile is not known here: only R4's base definitions are.";
            wrong(IssueCode::NotSupported, words);
        }
        issues
    }

    /// Whether a profile is the base definition of the type, or of what it is a kind of.
    fn is_base(&self, profile: &str) -> bool {
        let url = profile.split_once('|').map_or(profile, |(url, _)| url);
        url.strip_prefix(BASE).is_some_and(|name| {
            name == self.type_.name() || name == "Resource" || name == "DomainResource"
        })
    }
}

fn named<'d>(root: Value<'d>, name: &str) -> Option<Value<'d>> {
    let mut parts = root.get("parameter").into_iter().flat_map(Value::items);
    parts.find(|part| part.get("name").and_then(Value::as_str).as_deref() == Some(name))
}

fn part(root: Value<'_>, name: &str, keys: &[&str]) -> Option<String> {
    let part = named(root, name)?;
    keys.iter().find_map(|key| Some(part.get(key)?.as_str()?.into_owned()))
}
