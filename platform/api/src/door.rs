//! What every handler of this door can reach, and the table of its paths.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::web::{self, ServiceConfig};
use tarn_app::Platform;
use tarn_domain::Secret;

use crate::{fhir, operations, root, v1};

/// The platform, and what the server says about this door. One per process, shared by workers.
pub struct Door {
    /// What answers.
    pub platform: Arc<Platform>,
    /// What opens `/metrics` to others than loopback.
    pub metrics_token: Option<Secret<String>>,
    /// Renders the metrics.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
    /// Whether clients reach us through TLS: then browsers are told to stay with it.
    pub tls: bool,
    /// Set when the server has begun to stop: `/readyz` says so, and proxies look elsewhere.
    pub stopping: AtomicBool,
}

impl Door {
    /// From now on `/readyz` answers that this server is leaving.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }
}

/// Lays out all paths.
pub fn configure(config: &mut ServiceConfig) {
    config
        .configure(fhir::configure)
        .configure(v1::configure)
        .configure(operations::configure)
        .configure(root::configure)
        .default_service(web::route().to(root::nothing_here));
}
