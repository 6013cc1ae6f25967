//! How much the FHIR surface takes and gives at once.

/// Limits of one store's FHIR surface.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest single resource in a request, in bytes.
    pub resource_bytes: usize,
    /// The largest batch or transaction, in bytes.
    pub bundle_bytes: usize,
    /// The most entries of a batch or transaction.
    pub bundle_entries: usize,
    /// Matches to a page where `_count` does not say.
    pub default_count: u32,
    /// The most matches to a page.
    pub max_count: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            resource_bytes: 5 * 1024 * 1024,
            bundle_bytes: 50 * 1024 * 1024,
            bundle_entries: 5_000,
            default_count: 50,
            max_count: 1_000,
        }
    }
}
