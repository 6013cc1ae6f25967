use std::fs;
use std::path::PathBuf;

use tarn_access::Permit;
use tarn_actors::{JobView, NewJob, NewStore, Settings};
use tarn_audit::Trail;
use tarn_bulk::{Objects, Outputs, Place, S3Settings, Sources, Spools};
use tarn_domain::{
    AccountId, ApiKeyId, FreshIds, MemberId, OrganizationId, Secret, StoreId, SystemClock,
};
use tarn_keys::{DataKey, Keyring, MasterKeys};
use tarn_registry::{AccessKeyId, Founding, NewAccessKey, NewApiKey, NewMember, NewOrganization};
use tarn_search::extract::R4Indexer;
use tempfile::TempDir;

use super::*;
use crate::Notebooks;
use crate::export::{self, ExportPlan};
use crate::import::{self, ImportPlan, Validation};

struct World {
    folder: TempDir,
    directory: Arc<Directory>,
    runner: Arc<Runner>,
    tools: Tools,
    organization: OrganizationId,
    store: StoreId,
}

fn in_system(test: impl AsyncFn()) {
    actix_rt::System::new().block_on(test());
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inbox")).unwrap();
        let masters: Arc<dyn MasterKeys> =
            Arc::new(Keyring::open_or_create(folder.path()).unwrap());
        let path = folder.path().join("control.sqlite");
        let registry = Registry::open(&path, Arc::clone(&masters)).await.unwrap();
        let organization = OrganizationId::fresh(&FreshIds);
        let settings = Settings::in_folder(folder.path());
        Trail::create(&settings.organization_dir(organization), organization, &*masters).unwrap();
        registry.found(founding(organization)).await.unwrap();
        let directory = Directory::start(
            settings,
            registry.clone(),
            masters,
            Arc::new(R4Indexer),
            Arc::new(SystemClock),
        );
        let tools = tools(&folder);
        let clock = Arc::new(SystemClock);
        let runner = Runner::new(Arc::clone(&directory), registry, clock, tools.clone(), Slots(2));
        let store = StoreId::fresh(&FreshIds);
        let world = Self { folder, directory, runner, tools, organization, store };
        let tenant = world.tenant().await;
        let new =
            NewStore { id: store, name: "one".to_owned(), synthetic: true, aws_compat: false };
        tenant.create_store(&world.permit(), new).await.unwrap();
        world
    }

    fn permit(&self) -> Permit {
        Permit::system("a test", self.organization, None)
    }

    async fn tenant(&self) -> TenantHandle {
        self.directory.tenant(self.organization).await.unwrap()
    }

    fn inbox(&self) -> PathBuf {
        self.folder.path().join("inbox")
    }

    fn patients(&self, count: usize) -> String {
        let one = |n| format!("{{\"resourceType\":\"Patient\",\"id\":\"p{n}\"}}\n");
        (0..count).map(one).collect()
    }

    fn import_plan(&self, input: Place) -> serde_json::Value {
        let output = self.tools.outputs.default_place();
        let plan = ImportPlan { input, output, validation: Validation::Strict };
        serde_json::to_value(plan).unwrap()
    }

    async fn submit(&self, kind: JobKind, plan: serde_json::Value) -> JobId {
        let new = NewJob { id: JobId::fresh(&FreshIds), kind, store: self.store, plan };
        self.tenant().await.jobs().submit(&self.permit(), new).await.unwrap().id
    }

    async fn submit_import(&self) -> JobId {
        let plan = self.import_plan(Place::Disk(self.inbox()));
        self.submit(JobKind::Import, plan).await
    }

    async fn job(&self, id: JobId) -> JobView {
        self.tenant().await.jobs().job(id).await.unwrap().unwrap()
    }

    async fn ended(&self, id: JobId) -> JobView {
        for _ in 0..1_000 {
            let job = self.job(id).await;
            if job.status.is_final() {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the job does not end");
    }

    async fn stored(&self) -> u64 {
        let store = self.tenant().await.store(self.store).await.unwrap();
        store.snapshot().counts().values().sum()
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

fn tools(folder: &TempDir) -> Tools {
    let settings = tarn_bulk::Settings {
        import_roots: vec![folder.path().join("inbox")],
        export_root: folder.path().join("outbox"),
        spool: folder.path().join("spool"),
        s3: S3Settings::default(),
    };
    let objects = Arc::new(Objects::s3(S3Settings::default()));
    let spools = Spools::new(settings.spool.clone(), DataKey::generate());
    Tools {
        sources: Arc::new(Sources::new(&settings, Arc::clone(&objects), spools.clone())),
        outputs: Outputs::new(&settings, objects),
        spools,
        results: tarn_bulk::Results::new(folder.path().join("results"), DataKey::generate()),
        requests: crate::RequestDesk::default(),
        notebooks: Notebooks::new(folder.path().join("jobs"), DataKey::generate()),
        import: import::Limits { block_lines: 100, ..import::Limits::default() },
        export: export::Limits::default(),
    }
}

#[test]
fn jobs_run_one_after_the_other_and_leave_only_their_results() {
    in_system(async || {
        let world = World::new().await;
        fs::write(world.inbox().join("a.ndjson"), world.patients(500) + "bad\n").unwrap();
        let running = tokio::spawn(Arc::clone(&world.runner).run());
        let import = world.submit_import().await;
        let plan = ExportPlan {
            output: world.tools.outputs.default_place(),
            types: Vec::new(),
            since_us: None,
        };
        let export = world.submit(JobKind::Export, serde_json::to_value(plan).unwrap()).await;

        let import = world.ended(import).await;
        assert_eq!(import.status, JobStatus::CompletedWithErrors);
        assert!(import.error.unwrap().starts_with("1 of 501 resources"));
        assert_eq!(import.progress.resources_done, 500);
        assert!(import.output.unwrap().starts_with("file:///"));
        let export = world.ended(export).await;
        assert_eq!(export.status, JobStatus::Completed);
        assert_eq!(export.progress.resources_done, 500);
        assert!(export.started >= import.ended);
        assert_eq!(fs::read_dir(world.folder.path().join("outbox")).unwrap().count(), 2);
        world.runner.stop().await;
        running.await.unwrap();
        assert_eq!(fs::read_dir(world.folder.path().join("jobs")).unwrap().count(), 0);
    });
}

#[test]
fn an_upload_is_imported_and_thrown_away() {
    in_system(async || {
        let world = World::new().await;
        let request = RequestId::fresh(&FreshIds);
        let mut writer = world.tools.spools.create(request, 1 << 20).unwrap();
        writer.write(world.patients(300).as_bytes()).unwrap();
        writer.finish().unwrap();
        let stray = RequestId::fresh(&FreshIds);
        world.tools.spools.create(stray, 10).unwrap().finish().unwrap();
        let plan = world.import_plan(Place::upload(request, "p.ndjson"));
        let job = world.submit(JobKind::Import, plan).await;
        world.runner.sweep().await.unwrap();
        assert!(world.tools.spools.size(stray).is_err());
        let running = tokio::spawn(Arc::clone(&world.runner).run());
        assert_eq!(world.ended(job).await.status, JobStatus::Completed);
        assert_eq!(world.stored().await, 300);
        world.runner.stop().await;
        running.await.unwrap();
        assert!(world.tools.spools.size(request).is_err());
    });
}

#[test]
fn a_job_that_cannot_run_fails_in_words() {
    in_system(async || {
        let world = World::new().await;
        let running = tokio::spawn(Arc::clone(&world.runner).run());
        let nothing = world.ended(world.submit_import().await).await;
        assert_eq!(nothing.status, JobStatus::Failed);
        assert!(nothing.error.unwrap().contains("no files to import"));
        let outside = world.import_plan(Place::Disk("/etc".into()));
        let outside = world.ended(world.submit(JobKind::Import, outside).await).await;
        assert!(outside.error.unwrap().contains("import roots"));
        let nonsense = world.submit(JobKind::Export, serde_json::json!({"output": 7})).await;
        assert_eq!(world.ended(nonsense).await.status, JobStatus::Failed);
        world.runner.stop().await;
        running.await.unwrap();
    });
}

#[test]
fn a_running_job_stops_with_the_server_and_goes_on_with_the_next() {
    in_system(async || {
        let world = World::new().await;
        fs::write(world.inbox().join("a.ndjson"), world.patients(30_000)).unwrap();
        let running = tokio::spawn(Arc::clone(&world.runner).run());
        let job = world.submit_import().await;
        while world.job(job).await.status != JobStatus::InProgress || world.stored().await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.runner.stop().await;
        running.await.unwrap();
        let waiting = world.job(job).await;
        assert_eq!(waiting.status, JobStatus::Submitted);
        let before = world.stored().await;
        assert!((1..30_000).contains(&before), "{before}");

        let next = Runner::new(
            Arc::clone(&world.directory),
            world.runner.registry.clone(),
            Arc::new(SystemClock),
            world.tools.clone(),
            Slots(1),
        );
        let running = tokio::spawn(Arc::clone(&next).run());
        assert_eq!(world.ended(job).await.status, JobStatus::Completed);
        let store = world.tenant().await.store(world.store).await.unwrap();
        let snapshot = store.snapshot();
        assert_eq!(snapshot.counts().values().sum::<u64>(), 30_000);
        let versions = snapshot.changes(None, None, None).map(|v| v.unwrap().version);
        assert!(versions.into_iter().all(|version| version == 1));
        next.stop().await;
        running.await.unwrap();
    });
}

#[test]
fn a_running_job_is_cancelled_between_blocks() {
    in_system(async || {
        let world = World::new().await;
        fs::write(world.inbox().join("a.ndjson"), world.patients(30_000)).unwrap();
        let running = tokio::spawn(Arc::clone(&world.runner).run());
        let job = world.submit_import().await;
        while world.stored().await == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.tenant().await.jobs().cancel(&world.permit(), job).await.unwrap();
        let cancelled = world.ended(job).await;
        assert_eq!(cancelled.status, JobStatus::Cancelled);
        assert!(cancelled.progress.resources_done < 30_000);
        assert_eq!(cancelled.progress.resources_done, world.stored().await);
        world.runner.stop().await;
        running.await.unwrap();
    });
}
