//! What the audit trail says of a call.

use std::borrow::Cow;

use tarn_access::{Caller, Principal};
use tarn_actors::TenantHandle;
use tarn_audit::{Category, Event, ResourceName, UserIdentity};
use tarn_domain::{AccountId, Kind, LogicalId, Problem};

use crate::Platform;
use crate::act::Act;
use crate::call::Call;

/// The record of an act that succeeds, as far as it is known before it is done.
pub(crate) fn draft(platform: &Platform, call: &Call, act: &Act, tenant: &TenantHandle) -> Event {
    let account = tenant.view().account;
    let category = if act.action.is_phi() { Category::Data } else { Category::Management };
    let (clock, ids) = (&*platform.clock, &*platform.ids);
    let mut event = Event::new(clock, ids, account, act.source, act.event, category);
    event.user_identity = identity(&call.caller, account);
    event.aws_region = platform.settings.region.clone().into();
    event.source_ip_address = call.source.map_or(Cow::Borrowed(""), |ip| ip.to_string().into());
    event.user_agent = call.agent.clone().map_or(Cow::Borrowed(""), Cow::Owned);
    event.request_parameters.clone_from(&act.parameters);
    event.request_id = call.request.to_string().into();
    event.read_only = act.action.is_read_only();
    if let Some(store) = act.store {
        event.resources.push(ResourceName {
            arn: platform.store_arn(account, store).into(),
            account_id: Some(account.to_string().into()),
            kind: Some("AWS::HealthLake::FHIRDatastore".into()),
        });
    }
    event
}

/// The record of the same act, refused or failed. It gets an id of its own: the first may be in
/// the trail already.
pub(crate) fn failed(mut event: Event, problem: &Problem) -> Event {
    event.event_id = LogicalId::fresh(&tarn_domain::FreshIds).to_string().into();
    event.error_code = Some(error_code(problem.kind).into());
    event.error_message = Some(problem.to_string().into());
    event.response_elements = None;
    event
}

fn identity(caller: &Caller, account: AccountId) -> UserIdentity {
    let key = match &caller.principal {
        Principal::System(part) => {
            return UserIdentity {
                kind: "AWSService".into(),
                invoked_by: Some((*part).into()),
                ..UserIdentity::default()
            };
        }
        Principal::ApiKey(id) => Some(id.to_string()),
        Principal::AccessKey(id) => Some(id.to_string()),
        Principal::Member(_) => None,
    };
    let principal = caller.principal.to_string();
    UserIdentity {
        kind: "IAMUser".into(),
        arn: Some(format!("arn:aws:iam::{account}:user/{principal}").into()),
        account_id: Some(account.to_string().into()),
        access_key_id: key.map(Cow::Owned),
        principal_id: Some(principal.into()),
        ..UserIdentity::default()
    }
}

/// CloudTrail's `errorCode` for a kind of problem: the exception that AWS's own service throws.
const fn error_code(kind: Kind) -> &'static str {
    match kind {
        Kind::Forbidden | Kind::Unauthenticated => "AccessDeniedException",
        Kind::NotFound | Kind::Gone => "ResourceNotFoundException",
        Kind::Conflict | Kind::PreconditionFailed => "ConflictException",
        Kind::Busy(_) => "ThrottlingException",
        Kind::Unavailable(_) => "ServiceUnavailableException",
        Kind::Internal | Kind::OutcomeUnknown => "InternalServerException",
        _ => "ValidationException",
    }
}
