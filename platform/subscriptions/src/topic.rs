//! Topics (`SubscriptionTopic`), kept in R4 as `Basic` resources with cross-version extensions
//! (Subscriptions R5 Backport 1.1, "Topic-Based Subscriptions in FHIR R4").

use serde_json::Value;
use tarn_domain::{Issue, IssueCode};
use tarn_fhir::definitions::TypeId;
use tarn_fhirpath::Expression;
use tarn_search::{Limits, ParseOptions, Query, Scope, matches, parse};
use tarn_store::Snapshot;

use crate::change::{Changed, Trigger};
use crate::criteria::Criteria;
use crate::error::SubscriptionError;

/// What every extension of a topic's elements has in its URL, whatever release it names.
const ELEMENT: &str = "/StructureDefinition/extension-SubscriptionTopic.";

/// A topic, understood.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub(crate) url: String,
    pub(crate) triggers: Vec<TopicTrigger>,
    filters: Vec<FilterBy>,
}

/// `resourceTrigger`
#[derive(Debug, Clone)]
pub(crate) struct TopicTrigger {
    pub(crate) type_: TypeId,
    interactions: Vec<Trigger>,
    previous: Option<Query>,
    current: Option<Query>,
    /// Whether the test of the version before passes where there is none.
    passes_for_create: bool,
    /// Whether the test of the version that came passes where the resource was deleted.
    passes_for_delete: bool,
    require_both: bool,
    /// What must hold besides, of `%previous` and `%current`.
    path: Option<Expression>,
}

/// `canFilterBy`
#[derive(Debug, Clone)]
struct FilterBy {
    type_: Option<TypeId>,
    parameter: String,
}

/// Whether a `Basic` resource is a topic.
pub(crate) fn is_topic(basic: &Value) -> bool {
    let codings = basic["code"]["coding"].as_array();
    codings.is_some_and(|all| all.iter().any(|coding| coding["code"] == "SubscriptionTopic"))
}

/// The topics of a store, those that cannot be read left out: they were checked when they came.
pub(crate) fn all(
    snapshot: &Snapshot,
    options: &ParseOptions,
) -> Result<Vec<Topic>, SubscriptionError> {
    let basic = TypeId::parse("Basic").expect("R4 has the type");
    let code = [("code".to_owned(), "SubscriptionTopic".to_owned())];
    let query = parse(&Scope::Type(basic), &code, options)?;
    let mut topics = Vec::new();
    for rid in matches(&query, snapshot, &Limits::default())?.merged() {
        let Some(row) = snapshot.row(rid)? else { continue };
        let version = snapshot.read(row.loc)?;
        let body: Value =
            serde_json::from_slice(&version.body).map_err(|_| SubscriptionError::Body)?;
        topics.extend(Topic::read(&body, options).ok());
    }
    Ok(topics)
}

impl Topic {
    /// Reads a topic; everything in it that decides when it fires must be understood.
    pub(crate) fn read(basic: &Value, options: &ParseOptions) -> Result<Self, Vec<Issue>> {
        let mut issues = Vec::new();
        let url = elements(basic, "url")
            .find_map(|e| text(e, &["valueUri", "valueUrl", "valueCanonical"]));
        let Some(url) = url else {
            let words = "A topic needs the extension `extension-SubscriptionTopic.url`.";
            return Err(vec![Issue::error(IssueCode::Required, words).at("Basic.extension")]);
        };
        if elements(basic, "eventTrigger").next().is_some() {
            let words = "`eventTrigger` is not supported; `resourceTrigger` is.";
            issues.push(Issue::error(IssueCode::NotSupported, words).at("Basic.extension"));
        }
        let mut triggers = Vec::new();
        for element in elements(basic, "resourceTrigger") {
            match TopicTrigger::read(element, options) {
                Ok(trigger) => triggers.push(trigger),
                Err(issue) => issues.push(issue),
            }
        }
        if triggers.is_empty() && issues.is_empty() {
            let words =
                "A topic needs the extension `extension-SubscriptionTopic.resourceTrigger`.";
            issues.push(Issue::error(IssueCode::Required, words).at("Basic.extension"));
        }
        let filters = elements(basic, "canFilterBy").filter_map(FilterBy::read).collect();
        if issues.is_empty() { Ok(Self { url, triggers, filters }) } else { Err(issues) }
    }

    /// Reads a subscription's filter: `Encounter?patient=Patient/1`, or without the type where the
    /// topic is of one only.
    pub(crate) fn filter(&self, text: &str, options: &ParseOptions) -> Result<Query, Issue> {
        const AT: &str = "Subscription.criteria.extension";
        let criteria = match (text.contains('?'), &self.triggers[..]) {
            (false, [only]) => Criteria::of_type(only.type_, text, AT)?,
            (false, _) => {
                let words = "The topic is of several types: a filter must name its type.";
                return Err(Issue::error(IssueCode::Value, words).at(AT));
            }
            (true, _) => Criteria::read(text, AT)?,
        };
        for (name, _) in &criteria.pairs {
            let bare = name.split([':', '.']).next().unwrap_or(name);
            let fits = |filter: &FilterBy| {
                filter.parameter == bare && filter.type_.is_none_or(|type_| type_ == criteria.type_)
            };
            if !self.filters.iter().any(fits) {
                let words = format!("The topic cannot be filtered by `{bare}`.");
                return Err(Issue::error(IssueCode::Value, words).at(AT));
            }
        }
        criteria.query(options, AT)
    }
}

impl TopicTrigger {
    fn read(element: &Value, options: &ParseOptions) -> Result<Self, Issue> {
        const AT: &str = "Basic.extension";
        let refuse = |words: &str| Issue::error(IssueCode::Value, words.to_owned()).at(AT);
        let resource = parts(element, "resource").find_map(|e| text(e, &["valueUri", "valueCode"]));
        let type_ = resource.as_deref().and_then(type_named);
        let type_ =
            type_.ok_or_else(|| refuse("A trigger's `resource` must name a type of R4."))?;
        let codes = parts(element, "supportedInteraction").map(|e| text(e, &["valueCode"]));
        let interactions: Option<Vec<Trigger>> =
            codes.map(|code| Trigger::parse(code.as_deref()?)).collect();
        let interactions = interactions
            .ok_or_else(|| refuse("`supportedInteraction` is `create`, `update` or `delete`."))?;
        let path = parts(element, "fhirPathCriteria").find_map(|e| text(e, &["valueString"]));
        let path = path.map(|text| {
            Expression::parse(&text).map_err(|error| {
                Issue::error(IssueCode::Value, format!("`fhirPathCriteria`: {error}.")).at(AT)
            })
        });
        let mut trigger = Self {
            type_,
            interactions,
            previous: None,
            current: None,
            passes_for_create: true,
            passes_for_delete: true,
            require_both: false,
            path: path.transpose()?,
        };
        if let Some(query) = parts(element, "queryCriteria").next() {
            trigger.take_query(query, options)?;
        }
        Ok(trigger)
    }

    fn take_query(&mut self, element: &Value, options: &ParseOptions) -> Result<(), Issue> {
        const AT: &str = "Basic.extension";
        let read = |name: &str| {
            let written = parts(element, name).find_map(|e| text(e, &["valueString"]));
            let read =
                written.map(|query| Criteria::of_type(self.type_, &query, AT)?.query(options, AT));
            read.transpose()
        };
        let (previous, current) = (read("previous")?, read("current")?);
        let result = |name: &str| match parts(element, name).find_map(|e| text(e, &["valueCode"])) {
            None => Ok(true),
            Some(code) if code == "test-passes" => Ok(true),
            Some(code) if code == "test-fails" => Ok(false),
            Some(_) => {
                let words = format!("`{name}` is `test-passes` or `test-fails`.");
                Err(Issue::error(IssueCode::CodeInvalid, words).at(AT))
            }
        };
        self.passes_for_create = result("resultForCreate")?;
        self.passes_for_delete = result("resultForDelete")?;
        self.require_both =
            parts(element, "requireBoth").any(|e| e["valueBoolean"] == Value::Bool(true));
        (self.previous, self.current) = (previous, current);
        Ok(())
    }

    /// Whether a change fires it.
    pub(crate) fn fires(&self, changed: &mut Changed<'_>) -> Result<bool, SubscriptionError> {
        if changed.version.type_ != self.type_ {
            return Ok(false);
        }
        let trigger = changed.trigger()?;
        if !self.interactions.is_empty() && !self.interactions.contains(&trigger) {
            return Ok(false);
        }
        let before = match &self.previous {
            None => None,
            Some(query) => Some(changed.passed(query)?.unwrap_or(self.passes_for_create)),
        };
        let now = match &self.current {
            None => None,
            Some(_) if trigger == Trigger::Delete => Some(self.passes_for_delete),
            Some(query) => Some(changed.passes(query)?),
        };
        let passes = match (before, now) {
            (None, None) => true,
            (Some(only), None) | (None, Some(only)) => only,
            (Some(before), Some(now)) if self.require_both => before && now,
            (Some(before), Some(now)) => before || now,
        };
        match &self.path {
            Some(path) if passes => changed.holds(path),
            _ => Ok(passes),
        }
    }
}

impl FilterBy {
    fn read(element: &Value) -> Option<Self> {
        let parameter =
            parts(element, "filterParameter").find_map(|e| text(e, &["valueString"]))?;
        let named = parts(element, "resource").find_map(|e| text(e, &["valueUri"]));
        Some(Self { type_: named.as_deref().and_then(type_named), parameter })
    }
}

/// `Encounter`, or its canonical URL.
fn type_named(text: &str) -> Option<TypeId> {
    TypeId::parse(text.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or(text))
}

/// The extensions that stand for a topic's element.
fn elements<'v>(basic: &'v Value, name: &'static str) -> impl Iterator<Item = &'v Value> {
    let all = ["extension", "modifierExtension"].into_iter();
    let all = all.filter_map(|list| basic[list].as_array()).flatten();
    all.filter(move |extension| {
        let url = extension["url"].as_str().unwrap_or_default();
        url.rsplit_once(ELEMENT).is_some_and(|(_, element)| element == name)
    })
}

/// The parts of such an element.
fn parts<'v>(element: &'v Value, name: &'v str) -> impl Iterator<Item = &'v Value> {
    let all = element["extension"].as_array().into_iter().flatten();
    all.filter(move |part| part["url"] == name)
}

fn text(element: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| element[*name].as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn topic(trigger: Value) -> Result<Topic, Vec<Issue>> {
        let url = |release: &str, name: &str| {
            format!(
                "http://hl7.org/fhir/{release}/StructureDefinition/extension-SubscriptionTopic.{name}"
            )
        };
        let basic = json!({
            "resourceType": "Basic",
            "code": { "coding": [{ "code": "SubscriptionTopic" }] },
            "extension": [
                { "url": url("5.0", "url"), "valueUri": "http://example.org/topics/encounters" },
                { "url": url("4.3", "resourceTrigger"), "extension": trigger },
                { "url": url("4.3", "canFilterBy"), "extension": [
                    { "url": "resource", "valueUri": "Encounter" },
                    { "url": "filterParameter", "valueString": "patient" },
                ] },
            ],
        });
        assert!(is_topic(&basic));
        Topic::read(&basic, &ParseOptions::default())
    }

    fn encounters() -> Value {
        json!([
            { "url": "resource", "valueUri": "http://hl7.org/fhir/StructureDefinition/Encounter" },
            { "url": "supportedInteraction", "valueCode": "update" },
            { "url": "queryCriteria", "extension": [
                { "url": "previous", "valueString": "status:not=finished" },
                { "url": "current", "valueString": "status=finished" },
                { "url": "requireBoth", "valueBoolean": true },
            ] },
        ])
    }

    #[test]
    fn a_topic_of_the_guides_shape_is_understood() {
        let topic = topic(encounters()).unwrap();
        assert_eq!(topic.url, "http://example.org/topics/encounters");
        let trigger = &topic.triggers[0];
        assert_eq!(trigger.interactions, [Trigger::Update]);
        assert!(trigger.require_both && trigger.previous.is_some() && trigger.current.is_some());
    }

    #[test]
    fn what_cannot_be_evaluated_is_refused() {
        for (part, value) in [
            ("supportedInteraction", json!({ "valueCode": "read" })),
            ("resource", json!({ "valueUri": "Nothing" })),
            ("fhirPathCriteria", json!({ "valueString": "%current.status = (" })),
            (
                "queryCriteria",
                json!({ "extension": [{ "url": "current", "valueString": "colour=red" }] }),
            ),
        ] {
            let mut trigger = encounters();
            let list = trigger.as_array_mut().unwrap();
            list.retain(|known| known["url"] != part);
            let mut value = value;
            value["url"] = part.into();
            list.push(value);
            assert!(topic(trigger).is_err(), "{part}");
        }
    }

    #[test]
    fn filters_are_those_that_the_topic_allows() {
        let topic = topic(encounters()).unwrap();
        let options = ParseOptions::default();
        for good in
            ["Encounter?patient=Patient/1", "patient=Patient/1", "Encounter?patient:Patient=1"]
        {
            assert!(topic.filter(good, &options).is_ok(), "{good}");
        }
        for bad in ["Encounter?status=finished", "Patient?patient=1", "class=AMB"] {
            assert!(topic.filter(bad, &options).is_err(), "{bad}");
        }
    }
}
