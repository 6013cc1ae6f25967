//! What owners need to know of the server's settings. The server fills it in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tarn_domain::{OrganizationId, StoreId};

/// Settings of the owners.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Bytes of decoded index that all stores together keep in memory.
    pub cache_bytes: u64,
    /// After so long without a call a store is closed.
    pub idle_after: Duration,
    /// How many jobs of an organisation may wait.
    pub queued_jobs: usize,
    /// How many requests of an organisation that were put off may wait.
    pub queued_requests: usize,
}

impl Settings {
    /// Settings for a data folder, the rest as shipped.
    pub fn in_folder(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            cache_bytes: 256 << 20,
            idle_after: Duration::from_secs(300),
            queued_jobs: 25,
            queued_requests: 500,
        }
    }

    /// The folder of an organisation.
    pub fn organization_dir(&self, organization: OrganizationId) -> PathBuf {
        self.data_dir.join("organizations").join(organization.to_string())
    }

    /// The file of a store.
    pub fn store_path(&self, organization: OrganizationId, store: StoreId) -> PathBuf {
        self.organization_dir(organization).join("stores").join(format!("{store}.sqlite"))
    }
}
