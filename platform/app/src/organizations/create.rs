//! Founds an organisation: its records, its audit trail, its admin and its first credentials.
//!
//! Asked by the operator at the machine, who owns the data folder; no door offers it.

use serde_json::json;
use tarn_access::IssuedKey;
use tarn_audit::{Category, Event, Trail, UserIdentity};
use tarn_domain::{
    AccountId, ApiKeyId, Explain, Kind, MemberId, OrganizationId, Problem, RequestId, Secret,
};
use tarn_registry::{AccessKeyId, Founding, NewAccessKey, NewApiKey, NewMember};

use crate::agreements::{BAA, Signature};
use crate::{Platform, TARN};

/// An organisation to be.
#[derive(Debug, Clone)]
pub struct NewOrganization {
    /// Its name.
    pub name: String,
    /// Its first admin's address.
    pub admin_email: String,
    /// Who signs the agreement at once.
    pub signature: Option<Signature>,
}

/// What was made. The secrets are not kept anywhere in this form.
#[derive(Debug)]
pub struct Created {
    /// The organisation's id.
    pub organization: OrganizationId,
    /// Its account, as AWS clients know it.
    pub account: AccountId,
    /// Its admin's address.
    pub admin_email: String,
    /// Its admin's password.
    pub admin_password: Secret<String>,
    /// Its API key.
    pub api_key: Secret<String>,
    /// Its access key's id.
    pub access_key_id: String,
    /// Its access key's secret.
    pub secret_access_key: Secret<String>,
}

/// Founds an organisation, beside a running server or without one.
///
/// # Errors
/// A name or address that is none, or that the disk refused.
pub async fn create(platform: &Platform, new: NewOrganization) -> Result<Created, Problem> {
    let name = name(&new.name)?;
    let admin_email = email(&new.admin_email)?;
    let signature = new.signature.map(Signature::checked).transpose()?;
    let ids = &*platform.ids;
    let created = platform.clock.now();
    let (id, account) = (OrganizationId::fresh(ids), AccountId::fresh(ids));
    let admin_password = AccessKeyId::fresh_secret(ids);
    let api_key = IssuedKey::fresh(ids);
    let role = platform.policies.founder().to_owned();
    let access_key_id = AccessKeyId::fresh(ids);
    let secret_access_key = AccessKeyId::fresh_secret(ids);
    let founding = Founding {
        organization: tarn_registry::NewOrganization { id, account, name: name.clone(), created },
        admin: NewMember {
            id: MemberId::fresh(ids),
            organization: id,
            email: admin_email.clone(),
            password: admin_password.clone(),
            role: role.clone(),
            created,
        },
        api_key: NewApiKey {
            id: api_key.id,
            organization: id,
            secret_hash: api_key.hash,
            label: "first".into(),
            role: role.clone(),
            created,
        },
        access_key: NewAccessKey {
            id: access_key_id.clone(),
            organization: id,
            secret: secret_access_key.clone(),
            role,
            created,
        },
        agreement: signature.clone().map(|signature| signature.record(id, created)),
    };
    let events = events(platform, id, account, &name, api_key.id, signature.as_ref());
    begin_trail(platform, id, events).await?;
    platform.registry.found(founding).await.map_err(|e| e.explain())?;
    Ok(Created {
        organization: id,
        account,
        admin_email,
        admin_password,
        api_key: api_key.text,
        access_key_id: access_key_id.to_string(),
        secret_access_key,
    })
}

/// The trail begins before the organisation does: no organisation is without one.
async fn begin_trail(
    platform: &Platform,
    id: OrganizationId,
    events: Vec<Event>,
) -> Result<(), Problem> {
    let folder = platform.organization_folder(id);
    let masters = platform.masters.clone();
    let beginning = tokio::task::spawn_blocking(move || {
        let mut trail = Trail::create(&folder, id, &*masters)?;
        trail.append(events)
    });
    let done = beginning.await.map_err(Problem::internal)?;
    done.map(drop).map_err(|e| e.explain())
}

fn events(
    platform: &Platform,
    id: OrganizationId,
    account: AccountId,
    name: &str,
    key: ApiKeyId,
    signature: Option<&Signature>,
) -> Vec<Event> {
    let event = |act: &'static str| {
        let (clock, ids) = (&*platform.clock, &*platform.ids);
        let mut event = Event::new(clock, ids, account, TARN, act, Category::Management);
        event.user_identity = operator();
        event.aws_region = platform.settings.region.clone().into();
        event.source_ip_address = "127.0.0.1".into();
        event.user_agent = "tarn command line".into();
        event.request_id = RequestId::fresh(ids).to_string().into();
        event
    };
    let mut founded = event("CreateOrganization");
    founded.request_parameters = Some(json!({ "name": name }));
    founded.response_elements = Some(json!({ "organizationId": id, "apiKeyId": key }));
    let mut events = vec![founded];
    if let Some(signature) = signature {
        let mut signed = event("SignAgreement");
        let asked = json!({
            "name": signature.name, "title": signature.title, "version": BAA.version,
        });
        signed.request_parameters = Some(asked);
        events.push(signed);
    }
    events
}

/// Whoever can run a command in the data folder.
fn operator() -> UserIdentity {
    UserIdentity {
        kind: "AWSService".into(),
        invoked_by: Some("operator".into()),
        ..UserIdentity::default()
    }
}

fn name(given: &str) -> Result<String, Problem> {
    let name = given.trim();
    let length = name.chars().count();
    if !(1..=200).contains(&length) || name.chars().any(char::is_control) {
        let words = "An organisation's name has 1 to 200 characters, no control characters.";
        return Err(Problem::new(Kind::Invalid, "bad-name", words));
    }
    Ok(name.to_owned())
}

/// Something with one `@` between two parts. Whether it is anybody's is found out by writing.
fn email(given: &str) -> Result<String, Problem> {
    let given = given.trim();
    let odd = |c: char| c.is_whitespace() || c.is_control();
    let parts = given.split_once('@').filter(|(who, host)| {
        !who.is_empty() && !host.is_empty() && !host.contains('@') && !given.contains(odd)
    });
    if parts.is_none() || given.len() > 254 {
        let words = "The admin's address looks like ada@example.org.";
        return Err(Problem::new(Kind::Invalid, "bad-email", words));
    }
    Ok(given.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts() {
        assert_eq!(email(" Ada@Example.org ").expect("it is one"), "ada@example.org");
        for bad in ["", "ada", "@x", "x@", "a@b@c", "a b@c", "a@b\nc"] {
            assert!(email(bad).is_err(), "{bad}");
        }
    }
}
