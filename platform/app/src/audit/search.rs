//! Finds entries of the audit trail, newest first.

use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use tarn_access::Action;
use tarn_audit::{Cursor, Filter};
use tarn_domain::{Explain, Problem};

use crate::moment::moment;
use crate::{Act, CLOUDTRAIL, Call, Platform, authorise_do_account};

const PAGE: usize = 50;
const PAGE_MOST: usize = 1_000;

/// What is searched for: entries for which all that is given holds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Not before this moment: an instant, or a day.
    pub from: Option<String>,
    /// Before this moment.
    pub to: Option<String>,
    /// Who: a principal's id, ARN, key id or name.
    pub principal: Option<String>,
    /// What: an `eventName`.
    pub action: Option<String>,
    /// To what: a store's id or ARN, a type, a parameter's value.
    pub resource: Option<String>,
    /// One call: its `x-request-id`.
    pub request: Option<String>,
    /// An `errorCode`.
    pub error: Option<String>,
    /// Only what failed, or only what did not.
    pub failed: Option<bool>,
    /// Only what changed nothing, or only what did.
    pub read_only: Option<bool>,
    /// How many at most.
    pub limit: Option<usize>,
    /// Where to go on.
    pub next: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Events {
    /// CloudTrail records, newest first, exactly as they are in the chain.
    pub events: Vec<Box<RawValue>>,
    /// Where to go on; absent at the trail's beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Searches the organisation's trail.
///
/// # Errors
/// Refusals, times or cursors that are none, or that the trail cannot be read.
pub async fn search(platform: &Platform, call: &Call, query: Query) -> Result<Events, Problem> {
    let asked = json!({
        "from": query.from, "to": query.to, "principal": query.principal,
        "action": query.action, "resource": query.resource,
    });
    let act = Act::new(Action::AuditSearch, "LookupEvents").of(CLOUDTRAIL).with(asked);
    authorise_do_account(platform, call, act, async |granted| {
        let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MOST);
        let cursor = query.next.as_deref().map(str::parse::<Cursor>).transpose();
        let cursor = cursor.map_err(|e| e.explain())?;
        let filter = filter(query)?;
        let found = granted.tenant().audit().search(granted.permit(), filter, cursor, limit).await;
        let found = found.map_err(|e| e.explain())?;
        let raw = |record: tarn_audit::Record| RawValue::from_string(record.json);
        let events: Result<Vec<_>, _> = found.records.into_iter().map(raw).collect();
        let next = found.next.map(|cursor| cursor.to_string());
        Ok(Events { events: events.map_err(Problem::internal)?, next })
    })
    .await
}

fn filter(query: Query) -> Result<Filter, Problem> {
    Ok(Filter {
        from: query.from.as_deref().map(moment).transpose()?,
        to: query.to.as_deref().map(moment).transpose()?,
        principal: query.principal,
        action: query.action,
        source: None,
        resource: query.resource,
        request: query.request,
        error: query.error,
        failed: query.failed,
        read_only: query.read_only,
    })
}
