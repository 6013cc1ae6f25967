//! One entry of the chain: the exact bytes of a record.

use tarn_domain::Timestamp;

use crate::{AuditError, Event};

const TEXT_LIMIT: usize = 1_024;
const VALUE_LIMIT: usize = 16 * 1_024;
/// More than all parts at their longest, each character escaped.
const ENTRY_LIMIT: usize = 1_024 * 1_024;

/// A record's canonical bytes: what the chain hashes, what an export writes as a line.
///
/// They are made once, by [`Entry::of`]; on their way through a store's outbox they stay bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    bytes: Vec<u8>,
    time: Timestamp,
}

impl Entry {
    /// The bytes of a record. Overlong texts from outside are cut, overlong parameters left out,
    /// so that no call can make an entry too big to be written.
    pub fn of(event: &Event) -> Result<Self, AuditError> {
        let bytes = match bounded(event) {
            Some(cut) => serde_json::to_vec(&cut),
            None => serde_json::to_vec(event),
        };
        let bytes = bytes.map_err(|e| AuditError::NotAnEntry(e.to_string()))?;
        Self::checked(bytes, event.event_time)
    }

    /// Takes up again what [`Entry::bytes`] gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, AuditError> {
        let event: Event =
            serde_json::from_slice(&bytes).map_err(|e| AuditError::NotAnEntry(e.to_string()))?;
        Self::checked(bytes, event.event_time)
    }

    fn checked(bytes: Vec<u8>, time: Timestamp) -> Result<Self, AuditError> {
        if bytes.len() > ENTRY_LIMIT || bytes.contains(&b'\n') {
            return Err(AuditError::NotAnEntry("too long, or more than a line".into()));
        }
        Ok(Self { bytes, time })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, to keep.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// When it happened.
    pub fn time(&self) -> Timestamp {
        self.time
    }
}

/// The event with its overlong parts cut, or nothing when all fits (the usual case).
fn bounded(event: &Event) -> Option<Event> {
    let texts = [&event.user_agent, &event.source_ip_address, &event.request_id];
    let values =
        [&event.request_parameters, &event.response_elements, &event.additional_event_data];
    let long_message = event.error_message.as_ref().is_some_and(|m| m.len() > TEXT_LIMIT);
    let long_text = long_message || texts.iter().any(|text| text.len() > TEXT_LIMIT);
    let long_value = values.iter().any(|value| value.as_ref().is_some_and(is_long));
    if !long_text && !long_value && event.resources.len() <= 100 {
        return None;
    }
    let mut cut = event.clone();
    for text in [&mut cut.user_agent, &mut cut.source_ip_address, &mut cut.request_id] {
        shorten(text);
    }
    if let Some(message) = &mut cut.error_message {
        shorten(message);
    }
    cut.resources.truncate(100);
    for value in
        [&mut cut.request_parameters, &mut cut.response_elements, &mut cut.additional_event_data]
    {
        if value.as_ref().is_some_and(is_long) {
            *value = Some(serde_json::json!({ "omitted": true }));
        }
    }
    Some(cut)
}

fn shorten(text: &mut std::borrow::Cow<'static, str>) {
    if text.len() > TEXT_LIMIT {
        let end = text.floor_char_boundary(TEXT_LIMIT);
        text.to_mut().truncate(end);
    }
}

/// Whether a value is too long to keep. Counted with an estimate: nothing is written for it.
fn is_long(value: &serde_json::Value) -> bool {
    fn size(value: &serde_json::Value) -> usize {
        match value {
            serde_json::Value::String(text) => text.len() + 2,
            serde_json::Value::Array(items) => 2 + items.iter().map(|v| size(v) + 1).sum::<usize>(),
            serde_json::Value::Object(members) => {
                2 + members.iter().map(|(k, v)| k.len() + size(v) + 4).sum::<usize>()
            }
            _ => 8,
        }
    }
    size(value) > VALUE_LIMIT
}
