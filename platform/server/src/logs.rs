//! The log: standard error, one line an event, as text or JSON.

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::util::TryInitError;

/// Keeps what a panic says to itself: its words may hold a piece of a resource. Where it happened
/// is enough to find it.
pub(crate) fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        if tracing::dispatcher::has_been_set() {
            tracing::error!(place, thread, "panicked");
        } else {
            eprintln!("tarn: panicked at {place}");
        }
    }));
}

/// Third parties whose story nobody asked for.
const QUIET: &str = "actix_server=warn,sea_orm_migration=warn,sqlx=warn";

/// Begins to log. What is logged is written out before the guard is dropped.
///
/// # Errors
/// Somebody began before.
pub(crate) fn start(filter: &str, json: bool) -> Result<WorkerGuard, TryInitError> {
    // What the operator says of these comes later, and wins.
    let filter =
        EnvFilter::try_new(format!("{QUIET},{filter}")).unwrap_or_else(|_| EnvFilter::new("info"));
    // A thread of its own writes: a request never waits for whoever reads the log. Where lines
    // come faster than they are read, they wait; none is dropped.
    let (writer, guard) = NonBlockingBuilder::default().lossy(false).finish(std::io::stderr());
    let log = fmt().with_env_filter(filter).with_writer(writer);
    if json {
        log.json().flatten_event(true).with_current_span(false).finish().try_init()?;
    } else {
        let colours = std::io::IsTerminal::is_terminal(&std::io::stderr());
        log.with_ansi(colours).finish().try_init()?;
    }
    Ok(guard)
}
