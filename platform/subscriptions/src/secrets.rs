//! What a subscription holds that nobody may read: its headers, and on whose behalf it sends.
//!
//! Both are sealed into an extension of the resource, bound to store and endpoint, so that they are
//! written, versioned and deleted with it, and every way to read it shows masked headers only.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tarn_domain::{OrganizationId, StoreId, Timestamp};
use tarn_keys::DataKey;

/// The extension of ours. What clients send in it is never believed.
const SEALED: &str = "urn:tarn:fhir:subscription-sealed";
/// What tickets are sealed for.
const TICKET: &[u8] = b"ticket";
/// What stands in the place of a header's value.
const MASK: &str = "***";

/// On whose behalf a subscription sends, and what it sends along.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Who wrote the subscription, as audit entries name callers.
    pub principal: String,
    /// `Name: value`
    pub headers: Vec<String>,
}

impl std::fmt::Debug for Owner {
    /// Prints names of headers only: their values are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Owner({}, {} headers)", self.principal, self.headers.len())
    }
}

/// Seals and opens what subscriptions of a store hold.
#[derive(Clone)]
pub struct Secrets {
    key: Arc<DataKey>,
}

impl Secrets {
    /// With a key of this purpose only.
    pub fn new(key: DataKey) -> Self {
        Self { key: Arc::new(key) }
    }

    /// Puts the owner into the resource and masks its headers. `origin` is where they go.
    pub(crate) fn seal(&self, body: &mut Value, owner: &Owner, place: &Place<'_>) {
        take_out(body);
        let plain = serde_json::to_vec(owner).unwrap_or_default();
        let sealed = STANDARD.encode(self.key.seal(&place.label(), &plain));
        let extension = json!({ "url": SEALED, "valueBase64Binary": sealed });
        match body.get_mut("extension").and_then(Value::as_array_mut) {
            Some(all) => all.push(extension),
            None => body["extension"] = json!([extension]),
        }
        if !owner.headers.is_empty() {
            let masked = owner.headers.iter().map(|header| Value::String(mask(header)));
            body["channel"]["header"] = masked.collect();
        }
    }

    /// Whose a subscription is; none where it did not come through the API of this store, or
    /// where its endpoint was changed behind our back.
    pub(crate) fn open(&self, body: &Value, place: &Place<'_>) -> Option<Owner> {
        let all = body["extension"].as_array()?;
        let sealed = all.iter().find(|extension| extension["url"] == SEALED)?;
        let sealed = STANDARD.decode(sealed["valueBase64Binary"].as_str()?).ok()?;
        let plain = self.key.open(&place.label(), &sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Leave to listen to subscriptions, given out for a short time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose store.
    pub organization: OrganizationId,
    /// Which store.
    pub store: StoreId,
    /// Who asked for it, as audit entries name callers.
    pub principal: String,
    /// To which subscriptions.
    pub subscriptions: Vec<String>,
    /// Until when, in microseconds.
    pub until: i64,
}

impl Secrets {
    /// A ticket as a token that only this server can read.
    pub fn token(&self, ticket: &Ticket) -> String {
        let plain = serde_json::to_vec(ticket).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(self.key.seal(TICKET, &plain))
    }

    /// The ticket of a token, if it is one and not too old.
    pub fn ticket(&self, token: &str, now: Timestamp) -> Option<Ticket> {
        let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
        let plain = self.key.open(TICKET, &sealed).ok()?;
        let ticket: Ticket = serde_json::from_slice(&plain).ok()?;
        (now.micros() < ticket.until).then_some(ticket)
    }
}

/// What a sealed owner is bound to.
pub(crate) struct Place<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) store: StoreId,
    /// Scheme, host and port of the endpoint.
    pub(crate) origin: &'a str,
}

impl Place<'_> {
    fn label(&self) -> Vec<u8> {
        format!("subscription {} {} {}", self.organization, self.store, self.origin).into_bytes()
    }
}

/// Takes our extension out.
pub(crate) fn take_out(body: &mut Value) {
    let Some(members) = body.as_object_mut() else { return };
    let Some(all) = members.get_mut("extension").and_then(Value::as_array_mut) else { return };
    all.retain(|extension| extension["url"] != SEALED);
    if all.is_empty() {
        members.remove("extension");
    }
}

/// Headers as a caller sent them, masked ones replaced by what they were before. An error names
/// the header that was not known.
pub(crate) fn unmasked(sent: &[String], before: &[String]) -> Result<Vec<String>, String> {
    let name = |header: &str| header.split(':').next().unwrap_or_default().trim().to_owned();
    let real = |header: &String| {
        if !is_masked(header) {
            return Ok(header.clone());
        }
        let wanted = name(header);
        let known = before.iter().find(|known| name(known).eq_ignore_ascii_case(&wanted));
        known.cloned().ok_or(wanted)
    };
    sent.iter().map(real).collect()
}

fn mask(header: &str) -> String {
    format!("{}: {MASK}", header.split(':').next().unwrap_or_default().trim())
}

fn is_masked(header: &str) -> bool {
    header.split_once(':').is_some_and(|(_, value)| value.trim() == MASK)
}

/// `Name: value` in characters that cannot break out of a header.
pub(crate) fn is_header(header: &str) -> bool {
    let Some((name, value)) = header.split_once(':') else { return false };
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let name = name.trim();
    let visible = value.bytes().all(|b| (0x20..0x7f).contains(&b));
    !name.is_empty() && name.bytes().all(token) && visible && header.len() <= 8_192
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(origin: &str) -> Place<'_> {
        let organization = OrganizationId::from_bytes([1; 16]);
        Place { organization, store: StoreId::from_bytes([2; 16]), origin }
    }

    #[test]
    fn a_sealed_owner_opens_for_its_endpoint_only() {
        let secrets = Secrets::new(DataKey::generate());
        let owner = Owner {
            principal: "api-key/1".into(),
            headers: vec!["Authorization: Bearer hush".into()],
        };
        let mut body =
            json!({ "resourceType": "Subscription", "channel": { "header": owner.headers } });
        secrets.seal(&mut body, &owner, &place("https://a.example"));
        assert!(!body.to_string().contains("hush"), "{body}");
        assert_eq!(body["channel"]["header"][0], "Authorization: ***");
        assert_eq!(secrets.open(&body, &place("https://a.example")), Some(owner.clone()));
        assert_eq!(secrets.open(&body, &place("https://b.example")), None);
        let mut again = body.clone();
        secrets.seal(&mut again, &owner, &place("https://a.example"));
        assert_eq!(again["extension"].as_array().map(Vec::len), Some(1));
        assert!(!format!("{owner:?}").contains("hush"));
    }

    #[test]
    fn a_ticket_is_good_for_its_time_only() {
        let secrets = Secrets::new(DataKey::generate());
        let ticket = Ticket {
            organization: OrganizationId::from_bytes([1; 16]),
            store: StoreId::from_bytes([2; 16]),
            principal: "api-key/1".into(),
            subscriptions: vec!["s".into()],
            until: 100,
        };
        let token = secrets.token(&ticket);
        let at = Timestamp::from_micros;
        assert_eq!(
            secrets.ticket(&token, at(99)).map(|it| it.subscriptions),
            Some(vec!["s".into()])
        );
        assert!(secrets.ticket(&token, at(100)).is_none());
        assert!(Secrets::new(DataKey::generate()).ticket(&token, at(1)).is_none());
        assert!(secrets.ticket("nonsense", at(1)).is_none());
    }

    #[test]
    fn a_masked_header_stays_what_it_was() {
        let before = vec!["Authorization: Bearer hush".to_owned()];
        let sent = vec!["authorization: ***".to_owned(), "X-New: 1".to_owned()];
        let real = unmasked(&sent, &before).unwrap();
        assert_eq!(real, ["Authorization: Bearer hush", "X-New: 1"]);
        assert_eq!(unmasked(&["X-Other: ***".to_owned()], &before), Err("X-Other".to_owned()));
    }
}
