//! Opens and closes the platform.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tarn_access::Policies;
use tarn_actors::Directory;
use tarn_bulk::Results;
use tarn_domain::{Clock, Explain, Ids, Problem};
use tarn_jobs::{Notebooks, RequestDesk, Requests, Runner, Slots, Tools, export, import};
use tarn_keys::{DataKey, MasterKeys};
use tarn_mail::Mailer;
use tarn_registry::Registry;
use tarn_search::extract::R4Indexer;
use tarn_subscriptions::{Follower, Rights, Secrets};

use crate::bulk::Bulk;
use crate::callers::Callers;
use crate::subscriptions::AskingRights;
use crate::{Platform, Settings, deferred};

/// How often organisations that sleep are looked for.
const LOOK_FOR_IDLE: Duration = Duration::from_secs(60);

/// What the key of uploads and notes is wrapped for.
const WORK_KEY: &[u8] = b"work";

impl Platform {
    /// Opens what is in the data folder, and makes what is not there yet: the registry and its
    /// schema, and the key that uploads are sealed under. Stores are opened when they are asked.
    ///
    /// # Errors
    /// What keeps the platform from working, in words for the operator.
    pub async fn open(
        settings: Settings,
        masters: Arc<dyn MasterKeys>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Result<Self, Problem> {
        let path = settings.data_dir.join("control.sqlite");
        let registry = Registry::open(&path, Arc::clone(&masters)).await;
        let registry = registry.map_err(|e| e.explain())?;
        let policies = Policies::shipped().map_err(Problem::internal)?;
        let work_key = work_key(&settings.data_dir, &*masters)?;
        let owners = tarn_actors::Settings {
            cache_bytes: settings.store_cache,
            ..tarn_actors::Settings::in_folder(&settings.data_dir)
        };
        let directory = Directory::start(
            owners,
            registry.clone(),
            Arc::clone(&masters),
            Arc::new(R4Indexer),
            Arc::clone(&clock),
        );
        let results = Results::new(settings.data_dir.join("results"), work_key.derive("results"));
        let bulk = Bulk::new(&settings.bulk, work_key.derive("spool"), results);
        let notes = settings.data_dir.join("notes");
        let workers = settings.job_threads;
        let desk = RequestDesk::default();
        let tools = Tools {
            sources: Arc::clone(&bulk.sources),
            outputs: bulk.outputs.clone(),
            spools: bulk.spools.clone(),
            results: bulk.results.clone(),
            requests: desk.clone(),
            notebooks: Notebooks::new(notes, work_key.derive("notes")),
            import: import::Limits { workers, ..import::Limits::default() },
            export: export::Limits { workers, ..export::Limits::default() },
        };
        let runner = Runner::new(
            Arc::clone(&directory),
            registry.clone(),
            Arc::clone(&clock),
            tools,
            Slots(settings.jobs_at_once),
        );
        let mailer = Mailer::new(settings.mail.clone(), work_key.derive("mail"));
        let mailer = Arc::new(mailer.map_err(|e| e.explain())?);
        let secrets = Secrets::new(work_key.derive("subscriptions"));
        let rights = Arc::new(AskingRights {
            directory: Arc::clone(&directory),
            registry: registry.clone(),
            policies: Policies::shipped().map_err(Problem::internal)?,
        });
        let follower = Follower::new(
            settings.subscriptions.clone(),
            Arc::clone(&directory),
            registry.clone(),
            Arc::clone(&rights) as Arc<dyn Rights>,
            Arc::clone(&clock),
            secrets.clone(),
            Arc::clone(&mailer),
        );
        let follower = follower.map_err(Problem::internal)?;
        Ok(Self {
            follower,
            mailer,
            rights,
            secrets,
            bulk,
            desk,
            runner,
            callers: Callers::default(),
            directory,
            registry,
            policies,
            masters,
            clock,
            ids,
            settings,
        })
    }

    /// Begins to run jobs, those that were left open first, and to let go of organisations that
    /// nobody asks for. For the one server of a data folder; commands beside it do not.
    ///
    /// # Errors
    /// When what earlier jobs left cannot be swept.
    pub async fn begin(self: &Arc<Self>) -> Result<(), Problem> {
        self.runner.sweep().await.map_err(|e| e.explain())?;
        deferred::sweep(self, true).await?;
        let requests: Weak<dyn Requests> = Arc::downgrade(&(Arc::clone(self) as _));
        self.desk.open(requests);
        tokio::spawn(Arc::clone(&self.runner).run());
        let follower = Arc::clone(&self.follower);
        follower.follow();
        tokio::spawn(async move {
            if let Err(error) = follower.wake().await {
                tracing::error!(%error, "stores with subscriptions cannot be woken");
            }
        });
        let platform = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(LOOK_FOR_IDLE).await;
                let Some(platform) = platform.upgrade() else { return };
                platform.directory.let_idle_go();
                if let Err(problem) = deferred::sweep(&platform, false).await {
                    let because = problem.internal;
                    tracing::warn!(because, "old results cannot be removed");
                }
            }
        });
        Ok(())
    }

    /// Stops jobs at their next checkpoint; they go on at the next start. False when one did not
    /// within the grace.
    pub async fn stop_jobs(&self, grace: Duration) -> bool {
        tokio::time::timeout(grace, self.runner.stop()).await.is_ok()
    }

    /// Whether it can do its work at this moment.
    ///
    /// # Errors
    /// What keeps it from it.
    pub async fn ready(&self) -> Result<(), Problem> {
        self.registry.ping().await.map_err(|e| e.explain())
    }

    /// Closes stores and registry in good order. What was acknowledged is on the disk either way.
    ///
    /// # Errors
    /// What could not be closed.
    pub async fn close(&self) -> Result<(), Problem> {
        self.directory.close().await;
        self.registry.clone().close().await.map_err(|e| e.explain())
    }
}

/// The key of what lies on the disk between a call and its job. Made on first use; of two
/// processes that make it at once, both end up with the first one's.
fn work_key(data_dir: &Path, masters: &dyn MasterKeys) -> Result<DataKey, Problem> {
    let path = data_dir.join("work.key");
    if !path.exists() {
        let (_, wrapped) = DataKey::generate_wrapped(masters, WORK_KEY).map_err(|e| e.explain())?;
        write_new(&path, &wrapped).map_err(|why| unusable(&path, &why))?;
    }
    let wrapped = fs::read(&path).map_err(|why| unusable(&path, &why))?;
    DataKey::unwrap(masters, &wrapped, WORK_KEY).map_err(|e| e.explain())
}

/// Writes a file whole, or leaves the one that is there.
fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension(format!("draft-{}", std::process::id()));
    let written = fs::write(&draft, bytes)
        .and_then(|()| fs::File::open(&draft)?.sync_all())
        .and_then(|()| fs::hard_link(&draft, path));
    fs::remove_file(&draft)?;
    match written {
        Err(why) if why.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn unusable(path: &Path, why: &io::Error) -> Problem {
    Problem::internal(format_args!("cannot use `{}`: {why}", path.display()))
}
