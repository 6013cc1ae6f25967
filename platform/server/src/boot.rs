//! Opens the platform for a server or a command.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tarn_app::Platform;
use tarn_bulk::{S3Credentials, S3Settings};
use tarn_domain::{Explain, FreshIds, Secret, SystemClock};
use tarn_keys::Keyring;

use crate::cli::SettingFlags;
use crate::error::Failure;
use crate::settings::{self, Given, Settings};

/// Where a run of the binary finds its data and its settings.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    data_dir: PathBuf,
    config: Option<PathBuf>,
}

impl Place {
    /// From flags, else from the environment, else where they usually are.
    pub(crate) fn find(data_dir: Option<PathBuf>, config: Option<PathBuf>) -> Self {
        let stated = |name: &str| std::env::var_os(name).filter(|v: &OsString| !v.is_empty());
        let data_dir = data_dir.or_else(|| stated("TARN_DATA_DIR").map(PathBuf::from));
        let config = config.or_else(|| stated("TARN_CONFIG").map(PathBuf::from));
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from("./tarn-data"));
        // Made absolute once: `file://` URIs and messages name it.
        Self { data_dir: std::path::absolute(&data_dir).unwrap_or(data_dir), config }
    }

    /// The settings of this run.
    pub(crate) fn settings(&self, flags: &SettingFlags) -> Result<Settings, Failure> {
        let file = settings::file(self.config.clone());
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let given = Given::gather(&flags.0, variables, file.as_deref())?;
        Ok(Settings::check(&given, &self.data_dir)?)
    }

    /// The data folder.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }
}

/// Opens the platform as the settings say. `bound` is where the server listens, or would.
pub(crate) async fn open(settings: &Settings, bound: SocketAddr) -> Result<Arc<Platform>, Failure> {
    let data_dir = &settings.data_dir;
    let masters = Keyring::open_or_create(data_dir).map_err(|e| Failure::from(e.explain()))?;
    let wanted = tarn_app::Settings {
        data_dir: data_dir.clone(),
        public_url: settings.public_url(bound),
        region: settings.region.clone(),
        bulk: tarn_bulk::Settings {
            import_roots: settings.import_roots.clone(),
            export_root: settings.export_root.clone(),
            spool: data_dir.join("spool"),
            s3: s3(settings),
        },
        upload_limit: settings.http.upload,
        fhir: settings.fhir.clone(),
        job_threads: settings.job_threads.unwrap_or_else(cores),
        jobs_at_once: settings.jobs_at_once,
        results_kept: settings.results_kept,
        store_cache: settings.store_cache,
        mail: tarn_mail::Settings {
            smtp_url: settings.smtp_url.clone(),
            from: settings.mail_from.clone(),
            folder: data_dir.join("mail"),
        },
        subscriptions: tarn_subscriptions::Settings {
            public_url: settings.public_url(bound),
            region: settings.region.clone(),
            offers: tarn_subscriptions::Offers {
                private_endpoints: settings.subscriptions.allow_private_endpoints,
                messages: settings.redis_url.is_some(),
            },
            redis_url: settings.redis_url.clone(),
            first_pause: settings.subscriptions.first_pause,
            longest_pause: settings.subscriptions.longest_pause,
            attempts: settings.subscriptions.attempts,
        },
    };
    let opened =
        Platform::open(wanted, Arc::new(masters), Arc::new(SystemClock), Arc::new(FreshIds)).await;
    Ok(Arc::new(opened?))
}

/// Makes the data folder, for its owner only.
pub(crate) fn make_data_dir(data_dir: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data_dir)
}

/// How many threads the machine runs at once.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// The usual AWS variables carry the credentials.
fn s3(settings: &Settings) -> S3Settings {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let credentials = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY"));
    S3Settings {
        endpoint: settings.s3_endpoint.clone(),
        region: variable("AWS_REGION").unwrap_or_else(|| settings.region.clone()),
        credentials: credentials.map(|(id, secret)| S3Credentials {
            access_key_id: id,
            secret_access_key: Secret::new(secret),
            session_token: variable("AWS_SESSION_TOKEN").map(Secret::new),
        }),
    }
}
