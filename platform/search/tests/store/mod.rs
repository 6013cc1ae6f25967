//! A real store in a folder of its own, for tests.

use std::sync::Arc;

use serde_json::Value;
use tarn_domain::{FreshIds, LogicalId, ManualClock, OrganizationId, StoreId, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored;
use tarn_keys::Keyring;
use tarn_search::extract::R4Indexer;
use tarn_store::{
    Change, Engine, Entries, Expect, OpenOptions, Place, SegmentCache, Snapshot, WriteSet,
};

pub(crate) struct Store {
    engine: Option<Engine>,
    options: OpenOptions,
    pub(crate) clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

pub(crate) fn type_id(name: &str) -> TypeId {
    TypeId::parse(name).expect("a type")
}

impl Store {
    pub(crate) fn at(now: Timestamp) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::at(now));
        let options = OpenOptions {
            path: folder.path().join("store.sqlite"),
            place: Place {
                organization: OrganizationId::fresh(&FreshIds),
                store: StoreId::fresh(&FreshIds),
            },
            masters: Arc::new(Keyring::open_or_create(folder.path()).expect("a keyring")),
            indexer: Arc::new(R4Indexer),
            clock: clock.clone(),
            cache: SegmentCache::with_budget(1 << 20),
        };
        let engine = Some(Engine::create(options.clone()).expect("a store"));
        Self { engine, options, clock, _folder: folder }
    }

    pub(crate) fn engine(&mut self) -> &mut Engine {
        self.engine.as_mut().expect("open")
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.engine.as_ref().expect("open").snapshot()
    }

    /// As after a kill.
    pub(crate) fn reopen(&mut self) {
        self.engine = None;
        self.engine = Some(Engine::open(self.options.clone()).expect("a store"));
    }

    pub(crate) fn put(&self, resource: &Value) -> Change {
        let text = resource.to_string();
        let document = Document::parse(text.as_bytes()).expect("JSON");
        let type_ = type_id(resource["resourceType"].as_str().expect("a type"));
        let id: LogicalId = resource["id"].as_str().expect("an id").parse().expect("an id");
        let mut entries = Entries::default();
        let hasher = *self.snapshot().hasher();
        R4Indexer.index(type_, id.as_str(), &document, &hasher, 0, &mut entries);
        let stored = stored::store(&document, id.as_str());
        Change::Put { type_, id, stored, entries: Arc::new(entries), expect: Expect::Any }
    }

    pub(crate) fn delete(type_: &str, id: &str) -> Change {
        let id = id.parse().expect("an id");
        Change::Delete { type_: type_id(type_), id, expect: Expect::Any }
    }

    pub(crate) fn commit(&mut self, changes: Vec<Change>) {
        let set = WriteSet { changes, ..WriteSet::default() };
        for receipt in self.engine().commit(vec![set]) {
            receipt.expect("a receipt");
        }
    }
}
