//! Bulk files as verbs need them.

use std::sync::Arc;

use tarn_bulk::{Objects, Outputs, Settings, Sources, Spools};
use tarn_keys::DataKey;

/// Inputs, outputs and waiting uploads.
pub(crate) struct Bulk {
    pub(crate) sources: Arc<Sources>,
    pub(crate) outputs: Outputs,
    pub(crate) spools: Spools,
}

impl Bulk {
    /// As the operator set it; uploads are sealed under `key`.
    pub(crate) fn new(settings: &Settings, key: DataKey) -> Self {
        let objects = Arc::new(Objects::s3(settings.s3.clone()));
        let spools = Spools::new(settings.spool.clone(), key);
        let sources = Arc::new(Sources::new(settings, Arc::clone(&objects), spools.clone()));
        Self { sources, outputs: Outputs::new(settings, objects), spools }
    }
}
