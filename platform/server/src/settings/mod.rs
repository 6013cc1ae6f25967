//! The server's settings: flag before environment before file before default, each checked.

mod key;
mod source;
mod value;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tarn_app::clinical::Limits;
use tarn_domain::Secret;

pub(crate) use key::{KEYS, Key};
pub(crate) use source::{Given, file};

use crate::error::Refusal;
use value::Value;

/// Everything that can be set, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    /// Where to listen; port 0 picks one.
    pub(crate) listen: SocketAddr,
    /// Base of every URL, when it is not `http://<listen>`.
    pub(crate) public_url: Option<String>,
    /// The region in ARNs and events.
    pub(crate) region: String,
    /// Folders that `file://` inputs may read.
    pub(crate) import_roots: Vec<PathBuf>,
    /// Folder that `file://` outputs may write.
    pub(crate) export_root: PathBuf,
    /// An S3-compatible service in place of AWS's own.
    pub(crate) s3_endpoint: Option<String>,
    /// Certificate chain and private key.
    pub(crate) tls: Option<(PathBuf, PathBuf)>,
    /// How long requests may finish after a signal.
    pub(crate) shutdown_grace: Duration,
    /// What is logged.
    pub(crate) log_filter: String,
    /// Whether the log is JSON lines.
    pub(crate) log_json: bool,
    /// What opens `/metrics` to others than loopback.
    pub(crate) metrics_token: Option<Secret<String>>,
    /// Limits of the HTTP door.
    pub(crate) http: Http,
    /// Limits of the FHIR surface.
    pub(crate) fhir: Limits,
    /// Threads of one job.
    pub(crate) job_threads: Option<usize>,
    /// How many jobs run at once.
    pub(crate) jobs_at_once: usize,
    /// How long what came of a deferred request is kept.
    pub(crate) results_kept: Duration,
    /// Memory for decoded index parts.
    pub(crate) store_cache: u64,
    /// Redis server for messages.
    pub(crate) redis_url: Option<Secret<String>>,
    /// Mail server.
    pub(crate) smtp_url: Option<Secret<String>>,
    /// Who mails come from.
    pub(crate) mail_from: String,
    /// How subscriptions deliver.
    pub(crate) subscriptions: Subscriptions,
}

/// How subscriptions deliver.
#[derive(Debug)]
pub(crate) struct Subscriptions {
    /// Whether private networks may be called, and endpoints without TLS.
    pub(crate) allow_private_endpoints: bool,
    /// The wait before the second try.
    pub(crate) first_pause: Duration,
    /// The longest wait between two tries.
    pub(crate) longest_pause: Duration,
    /// Tries before a subscription is in error.
    pub(crate) attempts: u32,
}

/// Limits of the HTTP door.
#[derive(Debug)]
pub(crate) struct Http {
    /// Threads that serve requests.
    pub(crate) workers: Option<usize>,
    /// Connections held at once.
    pub(crate) connections: usize,
    /// Largest upload.
    pub(crate) upload: u64,
    /// How long a request's head may take.
    pub(crate) header_timeout: Duration,
    /// How long an idle connection is kept.
    pub(crate) keep_alive: Duration,
}

impl Settings {
    /// Checks what was given. The first thing that is wrong is refused in one line.
    pub(crate) fn check(given: &Given, data_dir: &Path) -> Result<Self, Refusal> {
        refuse_unbuilt(given)?;
        let log_format = required(given, "log.format", |text| {
            ["text", "json"].contains(&text).then(|| text == "json")
        })?;
        Ok(Self {
            data_dir: data_dir.to_owned(),
            listen: required(given, "listen", value::address)?,
            public_url: optional(given, "public_url", value::url)?,
            region: required(given, "region", value::region)?,
            import_roots: import_roots(given, data_dir)?,
            export_root: export_root(given, data_dir),
            s3_endpoint: optional(given, "s3.endpoint", value::url)?,
            tls: tls(given)?,
            shutdown_grace: required(given, "shutdown_grace", value::span)?,
            log_filter: required(given, "log.filter", filter)?,
            log_json: log_format,
            metrics_token: metrics_token(given)?,
            http: Http::check(given)?,
            fhir: fhir(given)?,
            job_threads: optional(given, "jobs.threads", value::count)?,
            jobs_at_once: required(given, "jobs.at_once", value::count)?,
            results_kept: required(given, "jobs.results_kept", value::keeping)?,
            store_cache: required(given, "store.cache", value::size)?,
            redis_url: secret_url(given, "redis_url", &["redis://", "rediss://"])?,
            smtp_url: secret_url(given, "smtp_url", &["smtp://", "smtps://"])?,
            mail_from: required(given, "mail.from", value::mailbox)?,
            subscriptions: Subscriptions::check(given)?,
        })
    }

    /// The base of URLs, once it is known which port was picked.
    pub(crate) fn public_url(&self, bound: SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{bound}"))
    }
}

impl Http {
    fn check(given: &Given) -> Result<Self, Refusal> {
        Ok(Self {
            workers: optional(given, "http.workers", value::count)?,
            connections: required(given, "http.connections", value::count)?,
            upload: required(given, "http.upload", value::size)?,
            header_timeout: required(given, "http.header_timeout", value::span)?,
            keep_alive: required(given, "http.keep_alive", value::span)?,
        })
    }
}

impl Subscriptions {
    fn check(given: &Given) -> Result<Self, Refusal> {
        let count = |text: &str| u32::try_from(value::count(text)?).ok();
        let private = "subscriptions.allow_private_endpoints";
        Ok(Self {
            allow_private_endpoints: required(given, private, value::flag)?,
            first_pause: required(given, "subscriptions.first_pause", value::span)?,
            longest_pause: required(given, "subscriptions.longest_pause", value::span)?,
            attempts: required(given, "subscriptions.attempts", count)?,
        })
    }
}

fn fhir(given: &Given) -> Result<Limits, Refusal> {
    let bytes = |text: &str| usize::try_from(value::size(text)?).ok();
    let page = |text: &str| u32::try_from(value::count(text)?).ok();
    Ok(Limits {
        resource_bytes: required(given, "fhir.resource", bytes)?,
        bundle_bytes: required(given, "fhir.bundle", bytes)?,
        bundle_entries: required(given, "fhir.bundle_entries", value::count)?,
        default_count: required(given, "fhir.page", page)?,
        max_count: required(given, "fhir.page_most", page)?,
    })
}

/// Settings of rooms that are not built are refused: a silent `database_url` would lose data.
fn refuse_unbuilt(given: &Given) -> Result<(), Refusal> {
    let unbuilt = KEYS.iter().find(|key| !key.built && given.get(key.name).is_some());
    unbuilt.map_or(Ok(()), |key| Err(Refusal::not_built(key.name, key.what)))
}

fn optional<T>(
    given: &Given,
    name: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let (text, place) = match given.get(name) {
        Some((Value::Text(text), place)) => (text.clone(), place.as_str()),
        Some((list, place)) => (list.shown(), place.as_str()),
        None => match known(name).default {
            "" => return Ok(None),
            default => (default.to_owned(), "default"),
        },
    };
    match read(text.trim()) {
        Some(value) => Ok(Some(value)),
        None => Err(Refusal::impossible(&format!("{name} ({place})"), &text, known(name).takes)),
    }
}

fn required<T>(
    given: &Given,
    name: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, Refusal> {
    optional(given, name, read)?
        .ok_or_else(|| Refusal::impossible(name, "nothing", known(name).takes))
}

fn known(name: &str) -> &'static Key {
    key::find(name).expect("settings are only read by names of the list")
}

fn import_roots(given: &Given, data_dir: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let Some((value, _)) = given.get("import_roots") else {
        return Ok(vec![data_dir.join("inbox")]);
    };
    let roots = value.paths();
    let missing = roots.iter().find(|root| !root.is_dir());
    if roots.is_empty() || missing.is_some() {
        let got = missing.map_or_else(|| value.shown(), |root| root.display().to_string());
        return Err(Refusal::impossible("import_roots", &got, known("import_roots").takes));
    }
    Ok(roots)
}

fn export_root(given: &Given, data_dir: &Path) -> PathBuf {
    match given.get("export_root") {
        Some((value, _)) => PathBuf::from(value.shown()),
        None => data_dir.join("outbox"),
    }
}

fn tls(given: &Given) -> Result<Option<(PathBuf, PathBuf)>, Refusal> {
    let file = |text: &str| Some(PathBuf::from(text)).filter(|path| path.is_file());
    let cert = optional(given, "tls.cert", file)?;
    let key = optional(given, "tls.key", file)?;
    match (cert, key) {
        (Some(cert), Some(key)) => Ok(Some((cert, key))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Refusal::impossible("tls.key", "nothing", known("tls.key").takes)),
        (None, Some(_)) => Err(Refusal::impossible("tls.cert", "nothing", known("tls.cert").takes)),
    }
}

fn metrics_token(given: &Given) -> Result<Option<Secret<String>>, Refusal> {
    let long = |text: &str| (text.len() >= 16).then(|| Secret::new(text.to_owned()));
    // The token itself must not show in a refusal.
    if given.get("metrics.token").is_some_and(|(value, _)| long(value.shown().trim()).is_none()) {
        return Err(Refusal::impossible(
            "metrics.token",
            "a shorter one",
            known("metrics.token").takes,
        ));
    }
    let from_file = |text: &str| long(std::fs::read_to_string(text).ok()?.trim());
    let stated = optional(given, "metrics.token", long)?;
    Ok(stated.or(optional(given, "metrics.token_file", from_file)?))
}

/// A URL that may hold a password, so that it must not show in a refusal.
fn secret_url(
    given: &Given,
    name: &'static str,
    schemes: &[&str],
) -> Result<Option<Secret<String>>, Refusal> {
    let Some((value, _)) = given.get(name) else { return Ok(None) };
    let text = value.shown();
    if schemes.iter().any(|scheme| text.trim().starts_with(scheme)) {
        return Ok(Some(Secret::new(text.trim().to_owned())));
    }
    Err(Refusal::impossible(name, "something else", known(name).takes))
}

fn filter(text: &str) -> Option<String> {
    tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
}

#[cfg(test)]
mod tests;
