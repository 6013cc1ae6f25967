//! An organisation as it is published.

use tarn_domain::{AccountId, OrganizationId, StoreId, Timestamp};
use tarn_registry::{Organization, Store, StoreStatus};

/// An organisation at a moment.
#[derive(Debug, Clone)]
pub struct TenantView {
    /// Its id.
    pub organization: OrganizationId,
    /// Its account, as AWS clients know it.
    pub account: AccountId,
    /// Its name.
    pub name: String,
    /// Its stores, oldest first; not those that were deleted.
    pub stores: Vec<StoreView>,
}

/// A store at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreView {
    /// Its id.
    pub id: StoreId,
    /// Its name.
    pub name: String,
    /// Whether it holds synthetic data only.
    pub synthetic: bool,
    /// Whether it follows AWS HealthLake where that differs from FHIR's standard.
    pub aws_compat: bool,
    /// What it is doing.
    pub status: StoreStatus,
    /// When it was made.
    pub created: Timestamp,
}

/// A store to be.
#[derive(Debug, Clone)]
pub struct NewStore {
    /// Its id.
    pub id: StoreId,
    /// Its name.
    pub name: String,
    /// Whether it is to hold synthetic data only.
    pub synthetic: bool,
    /// Whether it is to follow AWS HealthLake where that differs from FHIR's standard.
    pub aws_compat: bool,
}

impl TenantView {
    pub(crate) fn new(organization: &Organization, stores: Vec<Store>) -> Self {
        let there = stores.into_iter().filter(|store| store.status != StoreStatus::Deleted);
        Self {
            organization: organization.id,
            account: organization.account,
            name: organization.name.clone(),
            stores: there.map(StoreView::from).collect(),
        }
    }

    /// One of its stores.
    pub fn store(&self, id: StoreId) -> Option<&StoreView> {
        self.stores.iter().find(|store| store.id == id)
    }
}

impl From<Store> for StoreView {
    fn from(store: Store) -> Self {
        let Store { id, name, synthetic, aws_compat, status, created, .. } = store;
        Self { id, name, synthetic, aws_compat, status, created }
    }
}
