//! `tarn serve`: listens, serves, and stops in good order.

use std::fs::{File, TryLockError};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tarn_api::{Door, Front};
use tarn_app::Platform;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use crate::boot::{self, Place};
use crate::cli::SettingFlags;
use crate::error::Failure;
use crate::out::say;
use crate::settings::Settings;
use crate::{logs, tls};

/// Seconds, from a quick read to a large search.
const BUCKETS: [f64; 12] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Runs the server until a signal ends it.
pub(crate) fn run(place: &Place, flags: &SettingFlags) -> Result<(), Failure> {
    let settings = place.settings(flags)?;
    let _log = logs::start(&settings.log_filter, settings.log_json).map_err(Failure::new)?;
    actix_rt::System::new().block_on(async {
        let running = start(&settings).await?;
        say(format_args!("listening on {}", running.url));
        running.until_told().await
    })
}

/// A server that answers.
pub(crate) struct Running {
    /// What it serves.
    pub(crate) platform: Arc<Platform>,
    /// Where it listens.
    pub(crate) url: String,
    door: Data<Door>,
    handle: ServerHandle,
    serving: actix_rt::task::JoinHandle<std::io::Result<()>>,
    grace: Duration,
    /// Held as long as the server runs.
    _lock: File,
}

/// Starts the server. It answers when this returns.
pub(crate) async fn start(settings: &Settings) -> Result<Running, Failure> {
    let begun = std::time::Instant::now();
    let tls = settings.tls.as_ref().map(|(cert, key)| tls::config(cert, key)).transpose()?;
    // First of all, so that an address in use is found before anything is opened.
    let listener = listen(settings.listen)?;
    let bound = listener.local_addr()?;
    let metrics = metrics_recorder()?;
    let lock = lock(&settings.data_dir)?;
    let platform = boot::open(settings, bound).await?;
    platform.begin().await?;
    let door = Data::new(Door {
        platform: Arc::clone(&platform),
        metrics_token: settings.metrics_token.clone(),
        metrics: Box::new(move || metrics.render()),
        tls: settings.tls.is_some(),
        stopping: AtomicBool::new(false),
    });
    let server = server(settings, listener, tls, door.clone())?;
    let handle = server.handle();
    let serving = actix_rt::spawn(server);
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{bound}");
    info!(
        url,
        version = env!("CARGO_PKG_VERSION"),
        duration_ms = begun.elapsed().as_millis() as u64,
        "serving",
    );
    let grace = settings.shutdown_grace;
    Ok(Running { platform, url, door, handle, serving, grace, _lock: lock })
}

fn server(
    settings: &Settings,
    listener: TcpListener,
    tls: Option<rustls::ServerConfig>,
    door: Data<Door>,
) -> Result<Server, Failure> {
    let http = &settings.http;
    let workers = http.workers.unwrap_or_else(boot::cores);
    let application =
        move || App::new().app_data(door.clone()).wrap(Front).configure(tarn_api::configure);
    let server = HttpServer::new(application)
        .workers(workers)
        // The limit is each worker's own.
        .max_connections(http.connections.div_ceil(workers))
        .backlog(2_048)
        .client_request_timeout(http.header_timeout)
        .client_disconnect_timeout(Duration::from_secs(2))
        .keep_alive(http.keep_alive)
        .shutdown_timeout(settings.shutdown_grace.as_secs().max(1))
        .disable_signals();
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .map_err(|why| Failure::new(format_args!("cannot listen on {address}: {why}")))
}

/// One server owns a data folder. The system lets go of the lock when the process ends, however
/// it ends.
fn lock(data_dir: &Path) -> Result<File, Failure> {
    let path = data_dir.join("server.lock");
    boot::make_data_dir(data_dir)?;
    let file = File::options().create(true).truncate(false).write(true).open(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let folder = data_dir.display();
            Err(Failure::new(format_args!("another server uses the data folder `{folder}`")))
        }
        Err(TryLockError::Error(why)) => Err(why.into()),
    }
}

fn metrics_recorder() -> Result<PrometheusHandle, Failure> {
    let name = Matcher::Suffix("_seconds".into());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(name, &BUCKETS);
    let handle = builder.and_then(PrometheusBuilder::install_recorder).map_err(Failure::new)?;
    // Samples pile up until somebody counts them: nobody may ever ask for the metrics.
    let counted = handle.clone();
    actix_rt::spawn(async move {
        let mut often = actix_rt::time::interval(Duration::from_secs(5));
        loop {
            often.tick().await;
            counted.run_upkeep();
        }
    });
    Ok(handle)
}

impl Running {
    /// Serves until SIGTERM or SIGINT, then stops: no new connections, requests run to their
    /// end within the grace, jobs stop at their checkpoint, stores are flushed. A second signal
    /// ends it at once; what was acknowledged is on the disk either way.
    pub(crate) async fn until_told(self) -> Result<(), Failure> {
        let mut term = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = term.recv() => info!("told to stop"),
            _ = interrupt.recv() => info!("interrupted"),
        }
        tokio::select! {
            stopped = self.stop() => stopped,
            _ = term.recv() => at_once(),
            _ = interrupt.recv() => at_once(),
        }
    }

    /// Stops in good order.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        let begun = std::time::Instant::now();
        self.door.stop();
        let jobs = self.platform.stop_jobs(self.grace);
        let doors = tokio::time::timeout(self.grace, self.handle.stop(true));
        let (jobs, doors) = tokio::join!(jobs, doors);
        if doors.is_err() {
            warn!("requests were cut off at the end of the grace");
            self.handle.stop(false).await;
        }
        if !jobs {
            warn!("a job did not stop within the grace; it goes on from its checkpoint next time");
        }
        self.serving.abort();
        self.platform.close().await?;
        info!(duration_ms = begun.elapsed().as_millis() as u64, "stopped");
        Ok(())
    }
}

fn at_once() -> Result<(), Failure> {
    Err(Failure::new("told twice to stop: stopped at once"))
}

/// The folders that inputs are read from, as `file://` URIs and people name them.
pub(crate) fn first_import_root(settings: &Settings) -> Option<&PathBuf> {
    settings.import_roots.first()
}
