//! A data store as callers see it.

use serde::Serialize;
use tarn_actors::{StoreView, TenantView};

use crate::Platform;

/// What callers see of a store.
#[derive(Debug, Clone, Serialize)]
pub struct StoreShown {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Base URL of its FHIR API.
    pub endpoint: String,
    /// `CREATING`, `ACTIVE`, `DELETING` or `DELETED`.
    pub status: &'static str,
    /// Whether its data is synthetic.
    pub synthetic: bool,
    /// Whether it follows AWS HealthLake where that differs from FHIR's standard.
    pub aws_compat: bool,
    /// When it was made.
    pub created: String,
}

impl StoreShown {
    pub(super) fn of(platform: &Platform, tenant: &TenantView, store: &StoreView) -> Self {
        Self {
            id: store.id.to_string(),
            name: store.name.clone(),
            arn: platform.store_arn(tenant.account, store.id),
            endpoint: platform.store_endpoint(store.id),
            status: store.status.as_str(),
            synthetic: store.synthetic,
            aws_compat: store.aws_compat,
            created: store.created.to_string(),
        }
    }
}
