//! A `Subscription` resource, understood: what it asks for and whether it can be done.

use std::time::Duration;

use serde_json::Value;
use tarn_domain::{Issue, IssueCode, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_search::{ParseOptions, Query};

use crate::change::{Changed, Trigger};
use crate::channel::Channel;
use crate::criteria::Criteria;
use crate::error::SubscriptionError;
use crate::settings::Offers;
use crate::status::Status;
use crate::topic::{Topic, TopicTrigger};

/// The extensions of the Backport guide.
const GUIDE: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-";

/// How much of a resource a notification holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Content {
    /// Nothing: only that something happened.
    Empty,
    /// References.
    IdOnly,
    /// The resources.
    FullResource,
}

impl Content {
    /// The content of that code of the guide.
    pub fn parse(code: &str) -> Option<Self> {
        Some(match code {
            "empty" => Self::Empty,
            "id-only" => Self::IdOnly,
            "full-resource" => Self::FullResource,
            _ => return None,
        })
    }
}

/// How much a kept subscription may be told when it asks: as much as its notifications tell;
/// references where those are bare pings.
pub fn content_of(body: &Value) -> Content {
    let criteria = body["criteria"].as_str().unwrap_or_default();
    let is_topic = is_canonical(criteria);
    match content(&body["channel"], is_topic) {
        Ok(Content::Empty) if !is_topic => Content::IdOnly,
        Ok(content) => content,
        Err(_) => Content::Empty,
    }
}

/// The topic that criteria name; none for R4's own criteria.
pub fn topic_of(body: &Value) -> Option<&str> {
    body["criteria"].as_str().filter(|criteria| is_canonical(criteria))
}

/// A subscription.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// Where it is in its life.
    pub status: Status,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// The topic's canonical URL; none for one of criteria.
    pub topic: Option<String>,
    /// How much of each resource is told.
    pub content: Content,
    pub(crate) channel: Channel,
    pub(crate) rules: Rules,
    /// After so long without a notification, one without an event is sent.
    pub(crate) heartbeat: Option<Duration>,
    /// How long an endpoint may take to answer.
    pub(crate) timeout: Duration,
    /// How many events go into one notification.
    pub(crate) most: usize,
}

/// What a subscriber wants to know of.
#[derive(Debug, Clone)]
pub(crate) enum Rules {
    /// Created or updated resources that match (R4).
    Criteria(Box<Query>),
    /// Whatever fires a topic, if it passes the filters (Backport).
    Topic(Vec<TopicTrigger>, Vec<Query>),
}

/// What a subscription is read against.
pub(crate) struct Reading<'a> {
    pub(crate) options: &'a ParseOptions,
    pub(crate) topics: &'a [Topic],
    pub(crate) offers: Offers,
}

impl Subscription {
    /// Reads a resource that fits R4's structure.
    pub(crate) fn read(body: &Value, reading: &Reading<'_>) -> Result<Self, Vec<Issue>> {
        let mut issues = Vec::new();
        let channel = &body["channel"];
        let criteria = body["criteria"].as_str().unwrap_or_default();
        let topic = is_canonical(criteria).then(|| criteria.to_owned());
        let rules = match &topic {
            Some(url) => topic_rules(url, body, reading),
            None => criteria_rules(criteria, reading.options),
        };
        let rules = rules.map_err(|issue| issues.push(issue)).ok();
        let content = content(channel, topic.is_some()).map_err(|i| issues.push(i)).ok();
        let read = Channel::read(channel, reading.offers).map_err(|i| issues.push(i)).ok();
        let (Some(rules), Some(content), Some(channel_read)) = (rules, content, read) else {
            return Err(issues);
        };
        let number = |name: &str| extension(channel, name).and_then(number);
        if matches!(channel_read, Channel::Message(_)) && content == Content::FullResource {
            let words = "Messages hold references only: give no payload, or the content `id-only`.";
            let issue = Issue::error(IssueCode::Security, words);
            return Err(vec![issue.at("Subscription.channel.payload")]);
        }
        // Criteria subscriptions get the bare resource, so one at a time.
        let alone = topic.is_none() && content == Content::FullResource;
        Ok(Self {
            status: body["status"].as_str().and_then(Status::parse).unwrap_or(Status::Requested),
            end: body["end"]
                .as_str()
                .and_then(tarn_fhir::date::parse)
                .map(|p| Timestamp::from_micros(p.lo)),
            topic,
            content,
            channel: channel_read,
            rules,
            heartbeat: number("heartbeat-period")
                .filter(|seconds| *seconds > 0)
                .map(|seconds| Duration::from_secs(seconds.clamp(1, 86_400))),
            timeout: Duration::from_secs(number("timeout").unwrap_or(10).clamp(1, 30)),
            most: if alone { 1 } else { number("max-count").unwrap_or(20).clamp(1, 200) as usize },
        })
    }
}

impl Rules {
    /// Whether a change of that type can matter.
    pub(crate) fn is_about(&self, type_: TypeId) -> bool {
        match self {
            Self::Criteria(query) => query.clause.types.contains(&type_),
            Self::Topic(triggers, _) => triggers.iter().any(|trigger| trigger.type_ == type_),
        }
    }

    /// Whether a change is to be told, and as what.
    pub(crate) fn wants(
        &self,
        changed: &mut Changed<'_>,
    ) -> Result<Option<Trigger>, SubscriptionError> {
        let trigger = changed.trigger()?;
        let wanted = match self {
            Self::Criteria(query) => trigger != Trigger::Delete && changed.passes(query)?,
            Self::Topic(triggers, filters) => {
                fires(triggers, changed)? && passes_filters(filters, changed, trigger)?
            }
        };
        Ok(wanted.then_some(trigger))
    }
}

fn fires(triggers: &[TopicTrigger], changed: &mut Changed<'_>) -> Result<bool, SubscriptionError> {
    for trigger in triggers {
        if trigger.fires(changed)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Filters speak of the resource as it is; of a deleted one, as it was.
fn passes_filters(
    filters: &[Query],
    changed: &mut Changed<'_>,
    trigger: Trigger,
) -> Result<bool, SubscriptionError> {
    let type_ = changed.version.type_;
    for filter in filters.iter().filter(|filter| filter.clause.types.contains(&type_)) {
        let passes = match trigger {
            Trigger::Delete => changed.passed(filter)?.unwrap_or(false),
            Trigger::Create | Trigger::Update => changed.passes(filter)?,
        };
        if !passes {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether criteria name a topic.
fn is_canonical(criteria: &str) -> bool {
    ["http://", "https://", "urn:"].iter().any(|scheme| criteria.starts_with(scheme))
}

fn criteria_rules(criteria: &str, options: &ParseOptions) -> Result<Rules, Issue> {
    let at = "Subscription.criteria";
    let query = Criteria::read(criteria, at)?.query(options, at)?;
    Ok(Rules::Criteria(Box::new(query)))
}

fn topic_rules(url: &str, body: &Value, reading: &Reading<'_>) -> Result<Rules, Issue> {
    let bare = url.split('|').next().unwrap_or(url);
    let topic = reading.topics.iter().find(|topic| topic.url == bare).ok_or_else(|| {
        let words = "There is no such topic here: topics are `Basic` resources with the code \
                     `SubscriptionTopic`.";
        Issue::error(IssueCode::NotFound, words).at("Subscription.criteria")
    })?;
    let filters = extensions(&body["_criteria"], "filter-criteria")
        .map(|filter| {
            topic.filter(filter["valueString"].as_str().unwrap_or_default(), reading.options)
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Rules::Topic(topic.triggers.clone(), filters))
}

fn content(channel: &Value, is_topic: bool) -> Result<Content, Issue> {
    let payload = channel["payload"].as_str();
    let known =
        ["application/fhir+json", "application/json", "application/fhir+json; fhirVersion=4.0"];
    if payload.is_some_and(|media| !known.contains(&media)) {
        let words = "The payload is `application/fhir+json`, or not given.";
        return Err(Issue::error(IssueCode::NotSupported, words).at("Subscription.channel.payload"));
    }
    if !is_topic {
        return Ok(if payload.is_some() { Content::FullResource } else { Content::Empty });
    }
    let Some(code) = extension(&channel["_payload"], "payload-content") else {
        return Ok(Content::IdOnly);
    };
    code["valueCode"].as_str().and_then(Content::parse).ok_or_else(|| {
        let words = "The payload content is `empty`, `id-only` or `full-resource`.";
        Issue::error(IssueCode::CodeInvalid, words).at("Subscription.channel.payload.extension")
    })
}

fn extensions<'v>(element: &'v Value, name: &'v str) -> impl Iterator<Item = &'v Value> {
    let all = element["extension"].as_array().into_iter().flatten();
    all.filter(move |it| it["url"].as_str().and_then(|url| url.strip_prefix(GUIDE)) == Some(name))
}

fn extension<'v>(element: &'v Value, name: &'v str) -> Option<&'v Value> {
    extensions(element, name).next()
}

fn number(extension: &Value) -> Option<u64> {
    ["valueUnsignedInt", "valuePositiveInt", "valueInteger"]
        .iter()
        .find_map(|name| extension[*name].as_u64())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: &Value) -> Result<Subscription, Vec<Issue>> {
        let options = ParseOptions::default();
        Subscription::read(
            body,
            &Reading { options: &options, topics: &[], offers: Offers::default() },
        )
    }

    fn classic() -> Value {
        json!({
            "resourceType": "Subscription", "status": "requested", "reason": "test",
            "criteria": "Observation?code=http://loinc.org|1975-2",
            "channel": { "type": "rest-hook", "endpoint": "https://example.org/hook" },
        })
    }

    #[test]
    fn a_payload_means_the_resource_and_none_means_a_ping() {
        let subscription = read(&classic()).unwrap();
        assert_eq!((subscription.content, subscription.most), (Content::Empty, 20));
        let mut body = classic();
        body["channel"]["payload"] = "application/fhir+json".into();
        let subscription = read(&body).unwrap();
        assert_eq!((subscription.content, subscription.most), (Content::FullResource, 1));
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let mut body = classic();
        body["criteria"] = "Observation?colour=red".into();
        body["channel"] = json!({ "type": "sms", "payload": "text/plain" });
        let places: Vec<_> =
            read(&body).unwrap_err().into_iter().filter_map(|issue| issue.expression).collect();
        assert_eq!(
            places,
            ["Subscription.criteria", "Subscription.channel.payload", "Subscription.channel.type"]
        );
    }

    #[test]
    fn a_topic_that_is_not_there_is_refused() {
        let mut body = classic();
        body["criteria"] = "http://example.org/topics/none".into();
        assert!(read(&body).unwrap_err()[0].diagnostics.contains("no such topic"));
    }
}
