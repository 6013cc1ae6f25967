//! A store and a control for tests of jobs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tarn_domain::{FreshIds, JobId, OrganizationId, StoreId, SystemClock};
use tarn_keys::Keyring;
use tarn_search::extract::R4Indexer;
use tarn_store::{
    Change, CommitError, Engine, Entries, Erased, Erasure, Expect, LoadBlock, Loader, OpenOptions,
    Receipt, SegmentCache, Snapshot, WriteSet,
};

use crate::{Control, JobError, Progress, Signal, StoreAccess};

/// An engine in a folder of its own.
pub(crate) struct TestStore {
    engine: Mutex<Option<Engine>>,
    options: OpenOptions,
    _folder: tempfile::TempDir,
}

impl TestStore {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            path: folder.path().join("store.sqlite"),
            place: tarn_store::Place {
                organization: OrganizationId::fresh(&FreshIds),
                store: StoreId::fresh(&FreshIds),
            },
            masters: Arc::new(Keyring::open_or_create(folder.path()).unwrap()),
            indexer: Arc::new(R4Indexer),
            clock: Arc::new(SystemClock),
            cache: SegmentCache::with_budget(8 << 20),
        };
        let engine = Mutex::new(Some(Engine::create(options.clone()).unwrap()));
        Self { engine, options, _folder: folder }
    }

    /// As after a kill: opened anew, nothing flushed.
    pub(crate) fn reopen(&self) {
        let mut engine = self.engine.lock().unwrap();
        *engine = None;
        *engine = Some(Engine::open(self.options.clone()).unwrap());
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Engine) -> T) -> T {
        let mut engine = self.engine.lock().unwrap();
        let done = act(engine.as_mut().unwrap());
        maintain(engine.as_mut().unwrap());
        done
    }

    /// Writes a resource.
    pub(crate) fn put(&self, resource: &serde_json::Value) {
        let (type_, id) =
            (resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
        let text = resource.to_string();
        let document = tarn_fhir::json::Document::parse(text.as_bytes()).unwrap();
        let type_ = tarn_fhir::definitions::TypeId::parse(type_).unwrap();
        let mut entries = Entries::default();
        R4Indexer.index(type_, id, &document, self.snapshot().hasher(), 0, &mut entries);
        let change = Change::Put {
            type_,
            id: id.parse().unwrap(),
            stored: tarn_fhir::stored::store(&document, id),
            entries: Arc::new(entries),
            expect: Expect::Any,
        };
        self.commit(WriteSet { changes: vec![change], ..WriteSet::default() }).unwrap();
    }

    pub(crate) fn delete(&self, type_: &str, id: &str) {
        let type_ = tarn_fhir::definitions::TypeId::parse(type_).unwrap();
        let change = Change::Delete { type_, id: id.parse().unwrap(), expect: Expect::Live };
        self.commit(WriteSet { changes: vec![change], ..WriteSet::default() }).unwrap();
    }

    /// Whether a resource is there, and not deleted.
    pub(crate) fn has(&self, type_: &str, id: &str) -> bool {
        let type_ = tarn_fhir::definitions::TypeId::parse(type_).unwrap();
        self.snapshot().lookup(type_, id).unwrap().is_some_and(|row| !row.deleted)
    }
}

/// What the owner does beside commits.
fn maintain(engine: &mut Engine) {
    while let Some(task) = engine.next_task() {
        let mut step = Some(task.run().unwrap());
        while let Some(done) = step {
            step = engine.install(done).unwrap();
        }
    }
    while engine.remove_unread().unwrap() {}
}

impl StoreAccess for TestStore {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.with(|engine| engine.snapshot())
    }

    fn loader(&self) -> Loader {
        self.with(|engine| engine.loader())
    }

    fn load(&self, block: LoadBlock) -> Result<(), JobError> {
        Ok(self.with(|engine| engine.load(block).map(|_| ()))?)
    }

    fn commit(&self, set: WriteSet) -> Result<Receipt, CommitError> {
        self.with(|engine| engine.commit(vec![set]).remove(0))
    }

    fn erase(&self, erasure: Erasure) -> Result<Erased, JobError> {
        Ok(self.with(|engine| engine.erase(erasure))?)
    }

    fn checkpoint(&self, job: JobId) -> Result<Option<Vec<u8>>, JobError> {
        Ok(self.with(|engine| engine.checkpoint(job))?)
    }
}

/// Says `then` after having been asked so many times.
pub(crate) struct After(AtomicUsize, Signal);

impl After {
    pub(crate) fn asked(times: usize, then: Signal) -> Self {
        Self(AtomicUsize::new(times), then)
    }
}

impl Control for After {
    fn signal(&self) -> Signal {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if left.is_ok() { Signal::Go } else { self.1 }
    }

    fn publish(&self, _: Progress) {}
}
