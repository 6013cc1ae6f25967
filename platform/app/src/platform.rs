//! The platform: what every verb stands on.

use std::path::PathBuf;
use std::sync::Arc;

use tarn_access::{Caller, Policies, Principal};
use tarn_actors::{Directory, TenantHandle};
use tarn_domain::{AccountId, Clock, Explain, Ids, OrganizationId, Problem, RequestId, StoreId};
use tarn_jobs::{RequestDesk, Runner};
use tarn_keys::MasterKeys;
use tarn_mail::Mailer;
use tarn_registry::Registry;
use tarn_subscriptions::{Follower, Secrets};

use crate::bulk::Bulk;
use crate::callers::Callers;
use crate::subscriptions::AskingRights;
use crate::{Call, Settings};

/// The owners, the registry and the rules, with keys, clock and ids handed in.
pub struct Platform {
    pub(crate) directory: Arc<Directory>,
    pub(crate) registry: Registry,
    pub(crate) policies: Policies,
    pub(crate) bulk: Bulk,
    pub(crate) desk: RequestDesk,
    pub(crate) runner: Arc<Runner>,
    pub(crate) callers: Callers,
    pub(crate) follower: Arc<Follower>,
    pub(crate) mailer: Arc<Mailer>,
    pub(crate) rights: Arc<AskingRights>,
    /// Seals what subscriptions hold.
    pub(crate) secrets: Secrets,
    pub(crate) masters: Arc<dyn MasterKeys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) settings: Settings,
}

impl Platform {
    /// The clock.
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Where fresh ids come from.
    pub fn ids(&self) -> &dyn Ids {
        &*self.ids
    }

    /// What was set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The owner of an organisation's state.
    pub(crate) async fn tenant(&self, of: OrganizationId) -> Result<TenantHandle, Problem> {
        self.directory.tenant(of).await.map_err(|e| e.explain())
    }

    /// Where an organisation's files are.
    pub(crate) fn organization_folder(&self, of: OrganizationId) -> PathBuf {
        tarn_actors::Settings::in_folder(&self.settings.data_dir).organization_dir(of)
    }

    /// A call of the operator at the machine in an organisation's name: whoever can run a command
    /// in the data folder owns it. The audit trail says that it was the operator.
    pub fn operators_call(&self, organization: OrganizationId) -> Call {
        let role = self.policies.founder().into();
        Call {
            request: RequestId::fresh(self.ids()),
            caller: Caller { organization, principal: Principal::System("operator"), role },
            source: None,
            agent: Some("tarn command line".into()),
            mark: None,
        }
    }

    /// A store's ARN.
    pub fn store_arn(&self, account: AccountId, store: StoreId) -> String {
        let region = &self.settings.region;
        format!("arn:aws:healthlake:{region}:{account}:datastore/fhir/{store}")
    }

    /// Where the notifications of a store's subscriptions can be listened to.
    pub fn socket_url(&self, store: StoreId) -> String {
        // `http` becomes `ws`, `https` becomes `wss`.
        let rest = self.settings.public_url.strip_prefix("http").unwrap_or("s://localhost");
        format!("ws{rest}/datastore/{store}/websocket")
    }

    /// The base URL of a store's FHIR API, with its closing slash.
    pub fn store_endpoint(&self, store: StoreId) -> String {
        format!("{}/datastore/{store}/r4/", self.settings.public_url)
    }
}
