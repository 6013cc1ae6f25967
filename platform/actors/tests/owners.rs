//! Owners that die, stores that are kept shut, and neighbours that never notice.

#![expect(clippy::unwrap_used, reason = "a test says by failing what was not there")]

use std::sync::Arc;

use tarn_access::Permit;
use tarn_actors::{ActorError, Directory, NewStore, Settings, StoreHandle, TenantHandle};
use tarn_audit::Trail;
use tarn_domain::{
    AccountId, ApiKeyId, Clock, FreshIds, LogicalId, MemberId, OrganizationId, Secret, StoreId,
    SystemClock,
};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored;
use tarn_keys::{Keyring, MasterKeys};
use tarn_registry::{
    AccessKeyId, Founding, NewAccessKey, NewApiKey, NewMember, NewOrganization, Registry,
};
use tarn_search::extract::R4Indexer;
use tarn_store::{Change, CommitError, Entries, Expect, Guard, StoreError, WriteSet};
use tempfile::TempDir;

struct World {
    _folder: TempDir,
    directory: Arc<Directory>,
    organization: OrganizationId,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let masters: Arc<dyn MasterKeys> =
            Arc::new(Keyring::open_or_create(folder.path()).unwrap());
        let path = folder.path().join("control.sqlite");
        let registry = Registry::open(&path, Arc::clone(&masters)).await.unwrap();
        let organization = OrganizationId::fresh(&FreshIds);
        let settings = Settings::in_folder(folder.path());
        Trail::create(&settings.organization_dir(organization), organization, &*masters).unwrap();
        registry.found(founding(organization)).await.unwrap();
        let (indexer, clock) = (Arc::new(R4Indexer), Arc::new(SystemClock));
        let directory = Directory::start(settings, registry, masters, indexer, clock);
        Self { _folder: folder, directory, organization }
    }

    fn permit(&self, store: StoreId) -> Permit {
        Permit::system("a test", self.organization, Some(store))
    }

    async fn tenant(&self) -> TenantHandle {
        self.directory.tenant(self.organization).await.unwrap()
    }

    async fn create_store(&self) -> StoreId {
        let id = StoreId::fresh(&FreshIds);
        let new = NewStore { id, name: "a store".to_owned(), synthetic: true, aws_compat: false };
        let permit = Permit::system("a test", self.organization, None);
        self.tenant().await.create_store(&permit, new).await.unwrap();
        id
    }

    async fn put(&self, store: StoreId, id: &str) -> Result<(), CommitError> {
        let handle = self.tenant().await.store(store).await.unwrap();
        handle.commit(&self.permit(store), put(id)).await.map(drop)
    }

    /// Lets the store's engine panic, and waits until its owner is gone.
    async fn kill_owner(&self, store: StoreId) {
        let handle = self.tenant().await.store(store).await.unwrap();
        let question: Arc<tarn_store::Question> = Arc::new(|_| panic!("a test lets it panic"));
        let guard = Guard { question, expected: Vec::new(), seen_at: u64::MAX };
        let set = WriteSet { guards: vec![guard], ..put("never") };
        let answer = handle.commit(&self.permit(store), set).await;
        assert!(matches!(answer, Err(CommitError::Store(StoreError::Unknown))), "{answer:?}");
        while handle.commit(&self.permit(store), WriteSet::default()).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

fn founding(organization: OrganizationId) -> Founding {
    let (created, role) = (SystemClock.now(), "admin".to_owned());
    Founding {
        organization: NewOrganization {
            id: organization,
            account: AccountId::fresh(&FreshIds),
            name: "Test".to_owned(),
            created,
        },
        admin: NewMember {
            id: MemberId::fresh(&FreshIds),
            organization,
            email: "admin@example.org".to_owned(),
            password: Secret::new("a password for tests".to_owned()),
            role: role.clone(),
            created,
        },
        api_key: NewApiKey {
            id: ApiKeyId::fresh(&FreshIds),
            organization,
            secret_hash: [0; 32],
            label: "first".to_owned(),
            role: role.clone(),
            created,
        },
        access_key: NewAccessKey {
            id: AccessKeyId::fresh(&FreshIds),
            organization,
            secret: AccessKeyId::fresh_secret(&FreshIds),
            role,
            created,
        },
        agreement: None,
    }
}

fn put(id: &str) -> WriteSet {
    let type_ = TypeId::parse("Patient").unwrap();
    let text = format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#);
    let stored = stored::store(&Document::parse(text.as_bytes()).unwrap(), id);
    let entries = Arc::new(Entries::default());
    let id: LogicalId = id.parse().unwrap();
    let change = Change::Put { type_, id, stored, entries, expect: Expect::Any };
    WriteSet { changes: vec![change], ..WriteSet::default() }
}

fn count(handle: &StoreHandle) -> u64 {
    handle.snapshot().counts().values().sum()
}

fn in_system(test: impl AsyncFn()) {
    actix_rt::System::new().block_on(test());
}

#[test]
fn a_store_whose_owner_died_is_opened_anew_with_all_that_was_acknowledged() {
    in_system(async || {
        let world = World::new().await;
        let store = world.create_store().await;
        world.put(store, "one").await.unwrap();
        world.kill_owner(store).await;
        world.put(store, "two").await.unwrap();
        let handle = world.tenant().await.store(store).await.unwrap();
        assert_eq!(count(&handle), 2, "the write that failed left nothing");
    });
}

#[test]
fn three_quick_deaths_shut_a_store_and_its_neighbour_never_notices() {
    in_system(async || {
        let world = World::new().await;
        let (bad, good) = (world.create_store().await, world.create_store().await);
        for _ in 0..3 {
            world.kill_owner(bad).await;
            world.put(good, "fine").await.unwrap();
        }
        let shut = world.tenant().await.store(bad).await;
        assert!(matches!(shut, Err(ActorError::Quarantined)), "{shut:?}");
        world.put(good, "still").await.unwrap();
        assert_eq!(count(&world.tenant().await.store(good).await.unwrap()), 2);
    });
}

#[test]
fn a_permit_for_one_store_writes_to_no_other() {
    in_system(async || {
        let world = World::new().await;
        let (one, other) = (world.create_store().await, world.create_store().await);
        let handle = world.tenant().await.store(one).await.unwrap();
        assert!(handle.commit(&world.permit(other), put("x")).await.is_err());
        assert_eq!(count(&handle), 0);
    });
}

#[test]
fn an_organisation_that_is_not_there_is_not_woken() {
    in_system(async || {
        let world = World::new().await;
        let nobody = world.directory.tenant(OrganizationId::fresh(&FreshIds)).await;
        assert!(matches!(nobody, Err(ActorError::NotFound(_))), "{nobody:?}");
        assert_eq!(world.directory.awake(), 0);
    });
}

#[test]
fn an_organisation_is_let_go_when_nobody_needs_it_and_wakes_again() {
    in_system(async || {
        let world = World::new().await;
        let held = world.tenant().await;
        world.directory.let_idle_go();
        assert_eq!(world.directory.awake(), 1, "somebody holds it");
        drop(held);
        world.directory.let_idle_go();
        assert_eq!(world.directory.awake(), 0);
        let store = world.create_store().await;
        world.put(store, "one").await.unwrap();
        world.directory.let_idle_go();
        assert_eq!(world.directory.awake(), 1, "a store is open");
        assert_eq!(count(&world.tenant().await.store(store).await.unwrap()), 1);
    });
}
