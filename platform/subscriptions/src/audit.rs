//! What the audit trail says of what subscriptions do by themselves.

use serde_json::Value;
use tarn_actors::TenantHandle;
use tarn_audit::{Category, Entry, Event, ResourceName, UserIdentity};
use tarn_domain::{Clock, FreshIds, LogicalId, StoreId};

use crate::error::SubscriptionError;
use crate::settings::Settings;

/// The record of an act of a subscription.
pub(crate) fn event(
    settings: &Settings,
    clock: &dyn Clock,
    tenant: &TenantHandle,
    name: &'static str,
    about: (StoreId, &LogicalId),
    parameters: Value,
) -> Event {
    let account = tenant.view().account;
    let (store, subscription) = about;
    let source = "healthlake.amazonaws.com";
    let mut event = Event::new(clock, &FreshIds, account, source, name, Category::Data);
    event.user_identity = UserIdentity {
        kind: "AWSService".into(),
        invoked_by: Some("subscriptions".into()),
        ..UserIdentity::default()
    };
    event.aws_region = settings.region.clone().into();
    let mut parameters = parameters;
    parameters["subscription"] = subscription.as_str().into();
    event.request_parameters = Some(parameters);
    let region = &settings.region;
    event.resources.push(ResourceName {
        arn: format!("arn:aws:healthlake:{region}:{account}:datastore/fhir/{store}").into(),
        account_id: Some(account.to_string().into()),
        kind: Some("AWS::HealthLake::FHIRDatastore".into()),
    });
    event
}

/// The same, for the outbox of a change.
pub(crate) fn entry(event: &Event) -> Result<Vec<u8>, SubscriptionError> {
    Entry::of(event).map(Entry::into_bytes).map_err(|e| SubscriptionError::Owner(e.into()))
}
