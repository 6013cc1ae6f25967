//! Organisations, members, keys, agreements.

use tarn_domain::{FreshIds, OrganizationId, Secret};
use tarn_registry::{AccessKeyId, Agreement, AgreementState, OrganizationStatus, RegistryError};

use crate::fixture::{Place, at, found, founding};

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.into())
}

fn agreement(organization: OrganizationId, who: &str) -> Agreement {
    Agreement {
        organization,
        state: AgreementState::Signed,
        version: "1".into(),
        document_hash: [5; 32],
        signed_by: who.into(),
        title: "Privacy Officer".into(),
        signed_at: at(5),
    }
}

#[tokio::test]
async fn a_founded_organisation_has_all_it_needs() {
    let (place, mut new) = (Place::new(), founding("Lakeside"));
    let registry = place.open().await;
    let id = new.organization.id;
    new.agreement = Some(agreement(id, "Ada Lovelace"));
    registry.found(new.clone()).await.unwrap();
    let organization = registry.organization(id).await.unwrap().unwrap();
    assert_eq!((organization.name.as_str(), organization.created), ("Lakeside", at(0)));
    assert_eq!(organization.account, new.organization.account);
    assert_eq!(registry.organization_named("Lakeside").await.unwrap(), Some(organization));
    assert_eq!(registry.members(id).await.unwrap()[0].email, "ada@example.org");
    assert_eq!(registry.api_keys(id).await.unwrap()[0].secret_hash, [3; 32]);
    assert_eq!(registry.agreement(id).await.unwrap(), new.agreement);
    let (key, opened) = registry.access_key(&new.access_key.id).await.unwrap().unwrap();
    assert_eq!(key.organization, id);
    assert_eq!(opened.expose(), new.access_key.secret.expose());
}

#[tokio::test]
async fn a_founding_that_fails_leaves_nothing() {
    let place = Place::new();
    let registry = place.open().await;
    let first = founding("One");
    registry.found(first.clone()).await.unwrap();
    let mut second = founding("Two");
    second.api_key.id = first.api_key.id;
    let refused = registry.found(second.clone()).await;
    assert!(matches!(refused, Err(RegistryError::Taken { what: "the API key" })));
    assert_eq!(registry.organization(second.organization.id).await.unwrap(), None);
    assert_eq!(registry.member(second.admin.id).await.unwrap(), None);
}

#[tokio::test]
async fn an_address_is_a_member_of_an_organisation_once() {
    let place = Place::new();
    let registry = place.open().await;
    let (one, two) = (found(&registry, "One").await, found(&registry, "Two").await);
    let mut again = founding("").admin;
    (again.organization, again.email) = (one, "ADA@example.org ".into());
    let refused = registry.add_member(again).await;
    assert!(matches!(refused, Err(RegistryError::Taken { what: "the member" })));
    let memberships = registry.sign_in("ada@example.org", secret("correct horse")).await.unwrap();
    let of: Vec<_> = memberships.iter().map(|member| member.organization).collect();
    assert_eq!(of.len(), 2);
    assert!(of.contains(&one) && of.contains(&two));
}

#[tokio::test]
async fn only_the_right_password_signs_in() {
    let place = Place::new();
    let registry = place.open().await;
    let id = found(&registry, "One").await;
    for (email, password) in [("ada@example.org", "wrong"), ("eve@example.org", "correct horse")] {
        assert_eq!(registry.sign_in(email, secret(password)).await.unwrap(), []);
    }
    let member = registry.members(id).await.unwrap().remove(0);
    registry.set_password(member.id, secret("new one")).await.unwrap();
    assert_eq!(registry.sign_in("Ada@example.org", secret("new one")).await.unwrap(), [member]);
    assert_eq!(registry.sign_in("ada@example.org", secret("correct horse")).await.unwrap(), []);
}

#[tokio::test]
async fn a_revoked_key_stays_revoked_since_the_first_time() {
    let (place, new) = (Place::new(), founding("One"));
    let registry = place.open().await;
    registry.found(new.clone()).await.unwrap();
    let (id, api, access) = (new.organization.id, new.api_key.id, &new.access_key.id);
    for second in [10, 20] {
        registry.revoke_api_key(id, api, at(second)).await.unwrap();
        registry.revoke_access_key(id, access, at(second)).await.unwrap();
    }
    assert_eq!(registry.api_key(api).await.unwrap().unwrap().revoked, Some(at(10)));
    assert_eq!(registry.access_key(access).await.unwrap().unwrap().0.revoked, Some(at(10)));
}

#[tokio::test]
async fn another_organisation_cannot_revoke_a_key() {
    let (place, new) = (Place::new(), founding("One"));
    let registry = place.open().await;
    registry.found(new.clone()).await.unwrap();
    let other = found(&registry, "Two").await;
    let api = registry.revoke_api_key(other, new.api_key.id, at(1)).await;
    let access = registry.revoke_access_key(other, &new.access_key.id, at(1)).await;
    assert!(matches!(api, Err(RegistryError::Missing { .. })));
    assert!(matches!(access, Err(RegistryError::Missing { .. })));
}

#[tokio::test]
async fn a_keys_use_is_noted_once_a_minute() {
    let (place, new) = (Place::new(), founding("One"));
    let registry = place.open().await;
    registry.found(new.clone()).await.unwrap();
    for (now, noted) in [(100, 100), (130, 100), (161, 161)] {
        registry.note_api_key_use(new.api_key.id, at(now)).await.unwrap();
        let key = registry.api_key(new.api_key.id).await.unwrap().unwrap();
        assert_eq!(key.last_used, Some(at(noted)));
    }
}

#[tokio::test]
async fn a_second_signer_gets_conflict() {
    let place = Place::new();
    let registry = place.open().await;
    let id = found(&registry, "One").await;
    assert_eq!(registry.agreement(id).await.unwrap(), None);
    registry.sign_agreement(agreement(id, "Ada")).await.unwrap();
    let second = registry.sign_agreement(agreement(id, "Eve")).await;
    assert!(matches!(second, Err(RegistryError::Taken { what: "the signed agreement" })));
    assert_eq!(registry.agreement(id).await.unwrap().unwrap().signed_by, "Ada");
}

#[tokio::test]
async fn an_organisation_can_be_suspended() {
    let place = Place::new();
    let registry = place.open().await;
    let id = found(&registry, "One").await;
    registry.set_organization_status(id, OrganizationStatus::Suspended).await.unwrap();
    let status = registry.organization(id).await.unwrap().unwrap().status;
    assert_eq!(status, OrganizationStatus::Suspended);
}

#[tokio::test]
async fn secrets_are_not_readable_in_the_file() {
    let (place, new) = (Place::new(), founding("One"));
    let registry = place.open().await;
    registry.found(new.clone()).await.unwrap();
    let opened = new.access_key.secret.expose().as_bytes();
    for file in std::fs::read_dir(place.dir.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(opened.len()).any(|window| window == opened));
        assert!(!bytes.windows(13).any(|window| window == b"correct horse"));
    }
}

#[tokio::test]
async fn a_sealed_secret_does_not_open_at_another_key() {
    let (place, one, two) = (Place::new(), founding("One"), founding("Two"));
    let registry = place.open().await;
    registry.found(one.clone()).await.unwrap();
    registry.found(two.clone()).await.unwrap();
    let db = rusqlite::Connection::open(place.dir.path().join("control.sqlite")).unwrap();
    let swap = "UPDATE access_keys SET sealed_secret = \
                (SELECT sealed_secret FROM access_keys WHERE id = ?1) WHERE id = ?2";
    db.execute(swap, [one.access_key.id.as_str(), two.access_key.id.as_str()]).unwrap();
    let opened = registry.access_key(&two.access_key.id).await;
    assert!(matches!(opened, Err(RegistryError::Key(_))));
}

#[test]
fn an_access_key_id_looks_like_awss() {
    let id = AccessKeyId::fresh(&FreshIds);
    assert_eq!(id.as_str().len(), 20);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(AccessKeyId::fresh_secret(&FreshIds).expose().len(), 40);
    for bad in ["AKIA", "AKIAabcdefghijklmnop", "XKIAABCDEFGHIJKLMNOP", ""] {
        assert_eq!(bad.parse::<AccessKeyId>(), Err(()));
    }
}
