//! A data folder with a keyring, and an organisation to put into it.

use std::sync::Arc;

use tarn_domain::{
    AccountId, ApiKeyId, FreshIds, MemberId, OrganizationId, Secret, StoreId, Timestamp,
};
use tarn_keys::{Keyring, MasterKeys};
use tarn_registry::{
    AccessKeyId, Founding, NewAccessKey, NewApiKey, NewMember, NewOrganization, NewStore, Registry,
    StoreStatus,
};

pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) keys: Arc<dyn MasterKeys>,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = Arc::new(Keyring::open_or_create(dir.path()).unwrap());
        Self { dir, keys }
    }

    pub(crate) async fn open(&self) -> Registry {
        let path = self.dir.path().join("control.sqlite");
        Registry::open(&path, Arc::clone(&self.keys)).await.unwrap()
    }
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_micros(1_767_225_600_000_000 + second * 1_000_000)
}

pub(crate) fn founding(name: &str) -> Founding {
    let id = OrganizationId::fresh(&FreshIds);
    Founding {
        organization: NewOrganization {
            id,
            account: AccountId::fresh(&FreshIds),
            name: name.into(),
            created: at(0),
        },
        admin: NewMember {
            id: MemberId::fresh(&FreshIds),
            organization: id,
            email: "Ada@Example.org".into(),
            password: Secret::new("correct horse".into()),
            role: "admin".into(),
            created: at(0),
        },
        api_key: NewApiKey {
            id: ApiKeyId::fresh(&FreshIds),
            organization: id,
            secret_hash: [3; 32],
            label: "first".into(),
            role: "admin".into(),
            created: at(0),
        },
        access_key: NewAccessKey {
            id: AccessKeyId::fresh(&FreshIds),
            organization: id,
            secret: AccessKeyId::fresh_secret(&FreshIds),
            role: "admin".into(),
            created: at(0),
        },
        agreement: None,
    }
}

pub(crate) async fn found(registry: &Registry, name: &str) -> OrganizationId {
    let new = founding(name);
    let id = new.organization.id;
    registry.found(new).await.unwrap();
    id
}

pub(crate) async fn store(registry: &Registry, organization: OrganizationId) -> StoreId {
    let id = StoreId::fresh(&FreshIds);
    let (name, status) = ("Main".to_string(), StoreStatus::Active);
    let new = NewStore {
        id,
        organization,
        name,
        synthetic: false,
        aws_compat: false,
        status,
        created: at(1),
    };
    registry.add_store(new).await.unwrap();
    id
}
