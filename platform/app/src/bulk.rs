//! Bulk files as verbs need them.

use std::sync::Arc;

use tarn_bulk::{Objects, Outputs, Results, Settings, Sources, Spools};
use tarn_keys::DataKey;

/// Inputs, outputs, waiting uploads and kept results.
pub(crate) struct Bulk {
    pub(crate) sources: Arc<Sources>,
    pub(crate) outputs: Outputs,
    pub(crate) spools: Spools,
    pub(crate) results: Results,
}

impl Bulk {
    /// As the operator set it; uploads are sealed under `key`.
    pub(crate) fn new(settings: &Settings, key: DataKey, results: Results) -> Self {
        let objects = Arc::new(Objects::s3(settings.s3.clone()));
        let spools = Spools::new(settings.spool.clone(), key);
        let sources = Arc::new(Sources::new(settings, Arc::clone(&objects), spools.clone()));
        let outputs = Outputs::new(settings, objects).keeping(results.clone());
        Self { sources, outputs, spools, results }
    }
}
