use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tarn_bulk::{LineLimits, Objects, Outputs, Place, S3Settings, Settings, Sources, Spools};
use tarn_domain::{FreshIds, JobId, LogicalId, OrganizationId, StoreId, SystemClock};
use tarn_fhir::json::Document;
use tarn_fhir::stored;
use tarn_keys::{DataKey, Keyring};
use tarn_search::extract::R4Indexer;
use tarn_store::{
    Change, Engine, Entries, Expect, LoadBlock, Loader, OpenOptions, SegmentCache, WriteSet,
};
use tempfile::TempDir;

use super::*;
use crate::import::{self, Import, ImportPlan};
use crate::{Control, Ending, JobError, Notebooks, Outcome, Progress, Signal};
use crate::{StoreAccess, StoreTarget};

struct World {
    folder: TempDir,
    sources: Sources,
    outputs: Outputs,
    notebooks: Notebooks,
    options: OpenOptions,
    engine: Mutex<Engine>,
}

impl StoreAccess for World {
    fn snapshot(&self) -> Arc<tarn_store::Snapshot> {
        self.engine.lock().unwrap().snapshot()
    }

    fn loader(&self) -> Loader {
        self.engine.lock().unwrap().loader()
    }

    fn load(&self, block: LoadBlock) -> Result<(), JobError> {
        Ok(self.engine.lock().unwrap().load(block).map(|_| ())?)
    }

    fn commit(
        &self,
        set: tarn_store::WriteSet,
    ) -> Result<tarn_store::Receipt, tarn_store::CommitError> {
        self.engine.lock().unwrap().commit(vec![set]).remove(0)
    }

    fn erase(&self, erasure: tarn_store::Erasure) -> Result<tarn_store::Erased, JobError> {
        Ok(self.engine.lock().unwrap().erase(erasure)?)
    }

    fn checkpoint(&self, job: JobId) -> Result<Option<Vec<u8>>, JobError> {
        Ok(self.engine.lock().unwrap().checkpoint(job)?)
    }
}

/// Says `then` after having been asked so many times.
struct After(AtomicUsize, Signal);

impl Control for After {
    fn signal(&self) -> Signal {
        let left = self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if left.is_ok() { Signal::Go } else { self.1 }
    }

    fn publish(&self, _: Progress) {}
}

fn go() -> After {
    After(AtomicUsize::new(usize::MAX), Signal::Go)
}

fn job(n: u8) -> JobId {
    JobId::from_bytes([n; 16])
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        let settings = Settings {
            import_roots: vec![folder.path().join("inbox")],
            export_root: folder.path().join("outbox"),
            spool: folder.path().join("spool"),
            s3: S3Settings::default(),
        };
        let objects = Arc::new(Objects::s3(S3Settings::default()));
        let spools = Spools::new(settings.spool.clone(), DataKey::generate());
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
        Self {
            sources: Sources::new(&settings, Arc::clone(&objects), spools),
            outputs: Outputs::new(&settings, objects),
            notebooks: Notebooks::new(folder.path().join("jobs"), DataKey::generate()),
            engine: Mutex::new(Engine::create(options.clone()).unwrap()),
            options,
            folder,
        }
    }

    fn write(&self, name: &str, resources: &[Value]) {
        let lines: String = resources.iter().map(|resource| format!("{resource}\n")).collect();
        fs::write(self.folder.path().join("inbox").join(name), lines).unwrap();
    }

    fn import(&self, from: &Path, n: u8, control: &dyn Control) -> Result<Outcome, JobError> {
        let plan = ImportPlan {
            input: Place::Disk(from.to_owned()),
            output: self.outputs.default_place(),
            validation: import::Validation::Strict,
        };
        let lines = LineLimits { batch_lines: 20, ..LineLimits::default() };
        let import = Import {
            store: StoreId::from_bytes([1; 16]),
            job: job(n),
            plan: &plan,
            sources: &self.sources,
            outputs: &self.outputs,
            notebooks: &self.notebooks,
            limits: import::Limits { lines, block_lines: 50, ..import::Limits::default() },
        };
        import::run(&import, &StoreTarget::new(self, job(n)), control)
    }

    fn import_inbox(&self, n: u8) -> Outcome {
        self.import(&self.folder.path().join("inbox"), n, &go()).unwrap()
    }

    fn export(&self, n: u8, plan: ExportPlan, control: &dyn Control) -> Result<Outcome, JobError> {
        let export = Export {
            store: StoreId::from_bytes([1; 16]),
            job: job(n),
            plan: &plan,
            wanted: None,
            snapshot: &self.snapshot(),
            moment: self.options.clock.now(),
            outputs: &self.outputs,
            limits: Limits { workers: 2, batch: 16, shard_bytes: 2_000 },
        };
        run(&export, control)
    }

    fn all(&self) -> ExportPlan {
        ExportPlan { output: self.outputs.default_place(), types: Vec::new(), since_us: None }
    }

    fn folder_of(&self, n: u8) -> PathBuf {
        let name = report::folder_name(StoreId::from_bytes([1; 16]), job(n));
        self.folder.path().join("outbox").join(name)
    }

    /// The exported resources by type and id, checked against the manifest.
    fn exported(&self, n: u8) -> BTreeMap<String, Value> {
        let folder = self.folder_of(n);
        let manifest = fs::read_to_string(folder.join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        let mut found = BTreeMap::new();
        for file in manifest["output"].as_array().unwrap() {
            let path = file["url"].as_str().unwrap().strip_prefix("file://").unwrap();
            let text = fs::read_to_string(path).unwrap();
            assert!(text.len() <= 2_000 || text.lines().count() == 1);
            assert_eq!(file["count"], text.lines().count());
            for line in text.lines() {
                let resource: Value = serde_json::from_str(line).unwrap();
                assert_eq!(resource["resourceType"], file["type"]);
                let key = format!(
                    "{}/{}",
                    file["type"].as_str().unwrap(),
                    resource["id"].as_str().unwrap()
                );
                assert!(found.insert(key, resource).is_none());
            }
        }
        found
    }
}

fn population() -> Vec<Value> {
    let mut all: Vec<Value> = (0..120)
        .map(|n| json!({"resourceType": "Patient", "id": format!("p{n}"), "multipleBirthInteger": n}))
        .collect();
    all.extend((0..300).map(|n| {
        json!({"resourceType": "Observation", "id": format!("o{n}"), "status": "final",
            "subject": {"reference": format!("Patient/p{}", n % 120)},
            "code": {"coding": [{"system": "http://loinc.org", "code": format!("{n}-1")}]}})
    }));
    all
}

fn without_own_meta(mut resource: Value) -> Value {
    if let Some(meta) = resource["meta"].as_object_mut() {
        meta.remove("versionId");
        meta.remove("lastUpdated");
        if meta.is_empty() {
            resource.as_object_mut().unwrap().remove("meta");
        }
    }
    resource
}

#[test]
fn what_was_imported_is_exported_and_can_be_imported_again() {
    let world = World::new();
    let all = population();
    world.write("a.ndjson", &all);
    assert_eq!(world.import_inbox(1).ending, Ending::Completed { with_errors: false });
    let outcome = world.export(2, world.all(), &go()).unwrap();
    assert_eq!(outcome.ending, Ending::Completed { with_errors: false });
    assert_eq!(outcome.figures.resources_done, 420);

    let exported = world.exported(2);
    assert!(outcome.figures.files > 5);
    assert_eq!(outcome.figures.files as usize, files_below(&world.folder_of(2)).len() - 1);
    for resource in all {
        let key = format!(
            "{}/{}",
            resource["resourceType"].as_str().unwrap(),
            resource["id"].as_str().unwrap()
        );
        assert_eq!(exported[&key]["meta"]["versionId"], "1");
        assert_eq!(without_own_meta(exported[&key].clone()), resource);
    }
    let other = World::new();
    for (n, file) in files_below(&world.folder_of(2)).iter().enumerate() {
        let name = file.file_name().unwrap().to_string_lossy();
        fs::copy(file, other.folder.path().join("inbox").join(format!("{n}-{name}"))).unwrap();
    }
    let again = other.import_inbox(1);
    assert_eq!(again.ending, Ending::Completed { with_errors: false });
    assert_eq!(other.snapshot().counts(), world.snapshot().counts());
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn only_current_versions_are_exported() {
    let world = World::new();
    world.write("a.ndjson", &population());
    world.import_inbox(1);
    let changed: Vec<Value> = (0..40)
        .map(|n| json!({"resourceType": "Patient", "id": format!("p{n}"), "active": true}))
        .collect();
    world.write("a.ndjson", &changed);
    world.import_inbox(2);
    delete(&world, "Patient", "p50");
    put(&world, &json!({"resourceType": "Patient", "id": "single"}));

    world.export(3, world.all(), &go()).unwrap();
    let exported = world.exported(3);
    assert_eq!(exported.len(), 420);
    assert!(!exported.contains_key("Patient/p50"));
    assert_eq!(exported["Patient/p7"]["meta"]["versionId"], "2");
    assert_eq!(exported["Patient/p7"]["active"], true);
    assert_eq!(exported["Patient/single"]["meta"]["versionId"], "1");
}

fn put(world: &World, resource: &Value) {
    let text = resource.to_string();
    let doc = Document::parse(text.as_bytes()).unwrap();
    let (type_, id) =
        key_of(resource["resourceType"].as_str().unwrap(), resource["id"].as_str().unwrap());
    let mut entries = Entries::default();
    world.options.indexer.index(type_, &doc, world.snapshot().hasher(), 0, &mut entries);
    let stored = stored::store(&doc, id.as_str());
    let change = Change::Put { type_, id, stored, entries: Arc::new(entries), expect: Expect::Any };
    commit(world, change);
}

fn delete(world: &World, type_: &str, id: &str) {
    let (type_, id) = key_of(type_, id);
    commit(world, Change::Delete { type_, id, expect: Expect::Any });
}

fn key_of(type_: &str, id: &str) -> (tarn_fhir::definitions::TypeId, LogicalId) {
    (tarn_fhir::definitions::TypeId::parse(type_).unwrap(), id.parse().unwrap())
}

fn commit(world: &World, change: Change) {
    let set = WriteSet { changes: vec![change], ..WriteSet::default() };
    let mut engine = world.engine.lock().unwrap();
    for done in engine.commit(vec![set]) {
        done.unwrap();
    }
}

#[test]
fn types_and_since_narrow_an_export() {
    let world = World::new();
    world.write("a.ndjson", &population());
    world.import_inbox(1);
    let plan = ExportPlan { types: vec!["Patient".to_owned()], ..world.all() };
    world.export(2, plan, &go()).unwrap();
    assert_eq!(world.exported(2).len(), 120);

    std::thread::sleep(std::time::Duration::from_millis(5));
    let since = world.options.clock.now();
    put(&world, &json!({"resourceType": "Patient", "id": "p1", "active": false}));
    let plan = ExportPlan { since_us: Some(since.micros()), ..world.all() };
    world.export(3, plan, &go()).unwrap();
    let keys: BTreeSet<String> = world.exported(3).into_keys().collect();
    assert_eq!(keys, BTreeSet::from(["Patient/p1".to_owned()]));

    let plan = ExportPlan { types: vec!["Nonsense".to_owned()], ..world.all() };
    assert!(matches!(world.export(4, plan, &go()), Err(JobError::Refused(_))));
}

#[test]
fn an_export_that_was_stopped_leaves_nothing_and_starts_anew() {
    let world = World::new();
    world.write("a.ndjson", &population());
    world.import_inbox(1);
    for (signal, ending) in [(Signal::Stop, Ending::Stopped), (Signal::Cancel, Ending::Cancelled)] {
        let control = After(AtomicUsize::new(3), signal);
        assert_eq!(world.export(2, world.all(), &control).unwrap().ending, ending);
        assert!(!world.folder_of(2).exists());
    }
    // What a killed process leaves is cleared.
    fs::create_dir_all(world.folder_of(2).join("Patient")).unwrap();
    fs::write(world.folder_of(2).join("Patient/.Patient-1.ndjson.partial"), "{").unwrap();
    world.export(2, world.all(), &go()).unwrap();
    assert_eq!(world.exported(2).len(), 420);
}

#[test]
fn an_empty_store_exports_a_manifest_without_files() {
    let world = World::new();
    let outcome = world.export(1, world.all(), &go()).unwrap();
    assert_eq!(outcome.ending, Ending::Completed { with_errors: false });
    assert_eq!(world.exported(1).len(), 0);
}

#[test]
fn an_import_into_a_real_store_goes_on_after_a_stop_and_a_reopening() {
    let world = World::new();
    world.write("a.ndjson", &population());
    let inbox = world.folder.path().join("inbox");
    let mut stops = 0;
    while world.import(&inbox, 1, &After(AtomicUsize::new(5), Signal::Stop)).unwrap().ending
        == Ending::Stopped
    {
        stops += 1;
        let mut engine = world.engine.lock().unwrap();
        // A store is owned by one engine at a time.
        let other = Engine::create(OpenOptions {
            path: world.folder.path().join(format!("other-{stops}.sqlite")),
            ..world.options.clone()
        });
        drop(std::mem::replace(&mut *engine, other.unwrap()));
        *engine = Engine::open(world.options.clone()).unwrap();
    }
    assert!(stops > 0);
    world.export(2, world.all(), &go()).unwrap();
    let exported = world.exported(2);
    assert_eq!(exported.len(), 420);
    assert!(exported.values().all(|resource| resource["meta"]["versionId"] == "1"));
}

#[test]
fn conditional_references_are_resolved_against_a_real_store() {
    let world = World::new();
    let practitioner = |id: &str, system: &str, value: &str| {
        let identifier = json!([{"system": system, "value": value}]);
        json!({"resourceType": "Practitioner", "id": id, "identifier": identifier})
    };
    world.write(
        "a.ndjson",
        &[practitioner("a", "s", "1"), practitioner("b", "t", "1"), practitioner("c", "s", "2")],
    );
    world.import_inbox(1);
    let references = [
        ("Practitioner?identifier=s|1", "Practitioner/a"),
        ("Practitioner?identifier=t|1", "Practitioner/b"),
        ("Practitioner?identifier=2", "Practitioner/c"),
        ("Practitioner?identifier=1", "Practitioner?identifier=1"),
        ("Practitioner?identifier=|2", "Practitioner?identifier=|2"),
        ("Practitioner?identifier=u|1", "Practitioner?identifier=u|1"),
    ];
    let entries: Vec<Value> = references
        .iter()
        .enumerate()
        .map(|(n, (given, _))| {
            let seen_by = json!([{"reference": given}]);
            json!({"resource": {"resourceType": "Patient", "id": format!("p{n}"), "generalPractitioner": seen_by}})
        })
        .collect();
    world
        .write("a.ndjson", &[json!({"resourceType": "Bundle", "type": "batch", "entry": entries})]);
    world.import_inbox(2);
    world.export(3, world.all(), &go()).unwrap();
    let exported = world.exported(3);
    for (n, (given, expected)) in references.iter().enumerate() {
        let patient = &exported[&format!("Patient/p{n}")];
        assert_eq!(patient["generalPractitioner"][0]["reference"], *expected, "{given}");
    }
}
