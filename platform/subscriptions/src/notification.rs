//! Notifications of the Backport guide on R4: a `history` Bundle whose first entry is a
//! `Parameters` resource of the profile `backport-subscription-status-r4`.

use serde_json::{Value, json};
use tarn_domain::{FreshIds, Ids as _, LogicalId, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::stored;
use tarn_store::{Loc, Snapshot, StoreError};

use crate::change::Trigger;
use crate::resource::Content;
use crate::scan::Event;
use crate::state::Kept;
use crate::status::Status;

/// The profiles of the guide.
const GUIDE: &str =
    "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-";

/// What a notification is for (`SubscriptionStatus.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The first one: does the endpoint answer?
    Handshake,
    /// Nothing happened for a while.
    Heartbeat,
    /// Something happened.
    EventNotification,
    /// The answer of `$status`.
    QueryStatus,
    /// The answer of `$events`.
    QueryEvent,
}

impl Kind {
    /// The guide's code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::Heartbeat => "heartbeat",
            Self::EventNotification => "event-notification",
            Self::QueryStatus => "query-status",
            Self::QueryEvent => "query-event",
        }
    }
}

/// One event as it is told.
#[derive(Clone)]
pub struct Notice {
    /// The event's number.
    pub number: u64,
    /// What happened.
    pub trigger: Trigger,
    /// When the version came.
    pub updated: Timestamp,
    /// The resource's type.
    pub type_: TypeId,
    /// Its id.
    pub id: String,
    /// The version that came.
    pub version: u32,
    /// The resource as JSON; none for deletions.
    pub(crate) resource: Option<Vec<u8>>,
}

impl std::fmt::Debug for Notice {
    /// Without the resource, which is a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Notice({} {} {})", self.number, self.trigger.as_str(), self.type_)
    }
}

impl Notice {
    /// Reads what an event is about. None where the version is there no more.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn read(
        snapshot: &Snapshot,
        number: u64,
        event: Event,
    ) -> Result<Option<Self>, StoreError> {
        let version = match snapshot.read(event.loc) {
            Ok(version) => version,
            // There is nothing left to tell.
            Err(StoreError::Erased) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(id) = version.id().map(str::to_owned) else { return Ok(None) };
        let resource = (!version.deleted).then(|| {
            let mut out = Vec::with_capacity(version.body.len() + 64);
            let (updated, splice) = (version.updated, version.splice);
            stored::render(&version.body, splice, version.version, updated, &mut out);
            out
        });
        Ok(Some(Self {
            number,
            trigger: event.trigger,
            updated: version.updated,
            type_: version.type_,
            id,
            version: version.version,
            resource,
        }))
    }

    /// `Patient/1`
    pub fn reference(&self) -> String {
        format!("{}/{}", self.type_, self.id)
    }
}

/// Reads what events are about; those that are there no more are left out.
///
/// # Errors
/// When the store cannot be read.
pub fn notices(snapshot: &Snapshot, events: &[Kept]) -> Result<Vec<Notice>, StoreError> {
    let read = |kept: &Kept| {
        let event = Event { loc: Loc::from_bits(kept.loc), trigger: kept.trigger };
        Notice::read(snapshot, kept.number, event)
    };
    let read: Result<Vec<_>, _> = events.iter().map(read).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// What a status tells of a subscription.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    /// The store's base URL.
    pub base: &'a str,
    /// The subscription.
    pub subscription: &'a LogicalId,
    /// Where it is in its life.
    pub status: Status,
    /// Its topic.
    pub topic: Option<&'a str>,
    /// The number of its last event.
    pub events: u64,
    /// Why it is in error.
    pub error: Option<&'a str>,
}

/// A `SubscriptionStatus` as `Parameters`.
pub fn write_status(frame: &Frame<'_>, kind: Kind, notices: &[Notice], content: Content) -> Value {
    let Frame { base, subscription, .. } = frame;
    let reference = format!("{base}/Subscription/{subscription}");
    let mut parameters =
        vec![json!({ "name": "subscription", "valueReference": { "reference": reference } })];
    if let Some(topic) = frame.topic {
        parameters.push(json!({ "name": "topic", "valueCanonical": topic }));
    }
    parameters.push(json!({ "name": "status", "valueCode": frame.status.as_str() }));
    parameters.push(json!({ "name": "type", "valueCode": kind.as_str() }));
    let events = frame.events.to_string();
    parameters.push(json!({ "name": "events-since-subscription-start", "valueString": events }));
    for notice in notices {
        let mut part = vec![
            json!({ "name": "event-number", "valueString": notice.number.to_string() }),
            json!({ "name": "timestamp", "valueInstant": notice.updated.to_string() }),
        ];
        if content != Content::Empty {
            let focus = format!("{base}/{}", notice.reference());
            part.push(json!({ "name": "focus", "valueReference": { "reference": focus } }));
        }
        parameters.push(json!({ "name": "notification-event", "part": part }));
    }
    if let Some(error) = frame.error {
        let concept = json!({ "text": error });
        parameters.push(json!({ "name": "error", "valueCodeableConcept": concept }));
    }
    json!({
        "resourceType": "Parameters",
        "id": uuid(),
        "meta": { "profile": [format!("{GUIDE}status-r4")] },
        "parameter": parameters,
    })
}

/// A notification as a Bundle.
pub fn write_bundle(
    frame: &Frame<'_>,
    kind: Kind,
    notices: &[Notice],
    content: Content,
    now: Timestamp,
) -> Vec<u8> {
    let Frame { base, subscription, .. } = frame;
    let status = write_status(frame, kind, notices, content);
    let own = status["id"].as_str().unwrap_or_default();
    let head = json!({
        "fullUrl": format!("urn:uuid:{own}"),
        "resource": status,
        "request": {
            "method": "GET",
            "url": format!("{base}/Subscription/{subscription}/$status"),
        },
        "response": { "status": "200" },
    });
    let mut out = format!(
        "{{\"resourceType\":\"Bundle\",\"id\":\"{}\",\"meta\":{{\"profile\":[\"{GUIDE}notification-r4\"]}},\
         \"type\":\"history\",\"timestamp\":\"{now}\",\"entry\":[{head}",
        uuid(),
    )
    .into_bytes();
    if content != Content::Empty {
        for notice in notices {
            out.push(b',');
            write_entry(base, notice, content, &mut out);
        }
    }
    out.extend_from_slice(b"]}");
    out
}

fn write_entry(base: &str, notice: &Notice, content: Content, out: &mut Vec<u8>) {
    let reference = notice.reference();
    let (method, url, status) = match notice.trigger {
        Trigger::Create => ("POST", notice.type_.name().to_owned(), "201"),
        Trigger::Update => ("PUT", reference.clone(), "200"),
        Trigger::Delete => ("DELETE", reference.clone(), "204"),
    };
    let full_url = json!(format!("{base}/{reference}"));
    out.extend_from_slice(format!("{{\"fullUrl\":{full_url}").as_bytes());
    if let (Content::FullResource, Some(resource)) = (content, &notice.resource) {
        out.extend_from_slice(b",\"resource\":");
        out.extend_from_slice(resource);
    }
    let request = json!({ "method": method, "url": url });
    let response = json!({
        "status": status,
        "etag": format!("W/\"{}\"", notice.version),
        "lastModified": notice.updated.to_string(),
    });
    out.extend_from_slice(format!(",\"request\":{request},\"response\":{response}}}").as_bytes());
}

fn uuid() -> String {
    let hex = format!("{:032x}", FreshIds.fresh());
    let cut = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    cut.join("-")
}

#[cfg(test)]
mod tests {
    use tarn_fhir::json::Document;

    use super::*;

    fn bundle(content: Content, trigger: Trigger) -> Value {
        let subscription: LogicalId = "s1".parse().unwrap();
        let frame = Frame {
            base: "https://tarn.example/datastore/x/r4",
            subscription: &subscription,
            status: Status::Active,
            topic: Some("http://example.org/topics/encounters"),
            events: 7,
            error: None,
        };
        let deleted = trigger == Trigger::Delete;
        let resource =
            br#"{"resourceType":"Encounter","id":"e1","status":"finished","class":{"code":"AMB"}}"#;
        let notice = Notice {
            number: 7,
            trigger,
            updated: Timestamp::default(),
            type_: TypeId::parse("Encounter").unwrap(),
            id: "e1".into(),
            version: 3,
            resource: (!deleted).then(|| resource.to_vec()),
        };
        let text =
            write_bundle(&frame, Kind::EventNotification, &[notice], content, Timestamp::default());
        let document = Document::parse(&text).unwrap();
        assert_eq!(tarn_fhir::check::check(&document).map(TypeId::name), Ok("Bundle"));
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn each_content_tells_as_much_as_it_says() {
        let empty = bundle(Content::Empty, Trigger::Create);
        assert_eq!(empty["entry"].as_array().map(Vec::len), Some(1));
        assert!(!empty.to_string().contains("e1"), "{empty}");
        let ids = bundle(Content::IdOnly, Trigger::Create);
        let focus = "https://tarn.example/datastore/x/r4/Encounter/e1";
        assert_eq!(ids["entry"][1]["fullUrl"], focus);
        assert!(ids["entry"][1]["resource"].is_null() && ids.to_string().contains(focus));
        let full = bundle(Content::FullResource, Trigger::Update);
        assert_eq!(full["entry"][1]["resource"]["status"], "finished");
        assert_eq!(full["entry"][1]["request"]["method"], "PUT");
    }

    #[test]
    fn a_deletion_is_told_without_a_body() {
        let deleted = bundle(Content::FullResource, Trigger::Delete);
        assert_eq!(deleted["entry"][1]["request"]["method"], "DELETE");
        assert!(deleted["entry"][1]["resource"].is_null());
    }

    #[test]
    fn the_status_counts_in_strings() {
        let bundle = bundle(Content::IdOnly, Trigger::Create);
        assert_eq!(bundle["type"], "history");
        let status = &bundle["entry"][0]["resource"];
        let named = |name: &str| {
            let all = status["parameter"].as_array().unwrap();
            all.iter().find(|parameter| parameter["name"] == name).unwrap().clone()
        };
        assert_eq!(named("events-since-subscription-start")["valueString"], "7");
        assert_eq!(named("type")["valueCode"], "event-notification");
        assert_eq!(named("notification-event")["part"][0]["valueString"], "7");
    }
}
