//! `$status`: how subscriptions stand.

use serde_json::json;
use tarn_access::Action;
use tarn_actors::StoreHandle;
use tarn_domain::{LogicalId, Problem};
use tarn_subscriptions::{NotificationKind, write_status};

use super::read;
use crate::Act;
use crate::clinical::Asking;
use crate::clinical::parameters::Parameters;

/// The statuses of a store's subscriptions as a searchset; `id` and `status` choose among them.
///
/// # Errors
/// Refusals.
pub async fn statuses(asking: Asking<'_>, chosen: &Parameters) -> Result<Vec<u8>, Problem> {
    let list = |name: &str| -> Vec<String> {
        let values = chosen.iter().filter(|(known, _)| *known == name).map(|(_, value)| value);
        values.flat_map(|value| value.split(',')).map(str::to_owned).collect()
    };
    let (ids, codes) = (list("id"), list("status"));
    let fits = |wanted: &[String], own: &str| {
        wanted.is_empty() || wanted.iter().any(|it| it.trim_start_matches("Subscription/") == own)
    };
    let act = Act::new(Action::FhirRead, "GetSubscriptionStatus");
    asking
        .act(act, async |_, store| {
            let mut found = read::all(&store.snapshot())?;
            found.retain(|kept| {
                fits(&ids, kept.id.as_str()) && fits(&codes, kept.status().as_str())
            });
            searchset(asking, &store, found).await
        })
        .await
}

/// The status of one subscription as a searchset.
///
/// # Errors
/// Refusals, and not found.
pub async fn status(asking: Asking<'_>, id: &LogicalId) -> Result<Vec<u8>, Problem> {
    let act = Act::new(Action::FhirRead, "GetSubscriptionStatus")
        .with(json!({ "resourceId": id.as_str() }));
    asking
        .act(act, async |_, store| {
            let kept = read::one(&store.snapshot(), id)?;
            searchset(asking, &store, vec![kept]).await
        })
        .await
}

async fn searchset(
    asking: Asking<'_>,
    store: &StoreHandle,
    found: Vec<read::Kept>,
) -> Result<Vec<u8>, Problem> {
    let base = asking.base();
    let mut entries = Vec::with_capacity(found.len());
    for kept in found {
        let state = read::state(asking.platform, store, &kept.id).await?;
        let frame = kept.frame(&base, &state);
        let status = write_status(&frame, NotificationKind::QueryStatus, &[], kept.content());
        let full_url = format!("urn:uuid:{}", status["id"].as_str().unwrap_or_default());
        let search = json!({ "mode": "match" });
        entries.push(json!({ "fullUrl": full_url, "resource": status, "search": search }));
    }
    let total = entries.len();
    let bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "entry": entries,
    });
    Ok(bundle.to_string().into_bytes())
}
