//! `$events`: what a subscription told, for a subscriber that missed some.

use serde_json::json;
use tarn_access::Action;
use tarn_domain::{LogicalId, Problem};
use tarn_subscriptions::{Content, NotificationKind, notices, write_bundle};

use super::read;
use crate::Act;
use crate::clinical::Asking;
use crate::clinical::parameters::{Parameters, refuse_parameter};

/// Which events, and how much of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    /// The first number.
    pub since: Option<u64>,
    /// The last number.
    pub until: Option<u64>,
    /// Less than the subscription's own content, if that is wished.
    pub content: Option<Content>,
}

impl Wanted {
    /// Reads `eventsSinceNumber`, `eventsUntilNumber` and `content`.
    ///
    /// # Errors
    /// Invalid where one is not what it takes.
    pub fn read(parameters: &Parameters) -> Result<Self, Problem> {
        let number = |name: &str| {
            let read = |text: &str| {
                text.parse().map_err(|_| refuse_parameter(name, "takes a whole number"))
            };
            parameters.get(name).map(read).transpose()
        };
        let content = parameters.get("content").map(|code| {
            Content::parse(code).ok_or_else(|| {
                refuse_parameter("content", "takes `empty`, `id-only` or `full-resource`")
            })
        });
        Ok(Self {
            since: number("eventsSinceNumber")?,
            until: number("eventsUntilNumber")?,
            content: content.transpose()?,
        })
    }
}

/// Events of a subscription as a notification Bundle of the type `query-event`: the last ones that
/// were told, and those that could not be.
///
/// # Errors
/// Refusals, and not found.
pub async fn events(
    asking: Asking<'_>,
    id: &LogicalId,
    wanted: Wanted,
) -> Result<Vec<u8>, Problem> {
    let act = Act::new(Action::FhirRead, "GetSubscriptionEvents")
        .with(json!({ "resourceId": id.as_str() }));
    let base = asking.base();
    asking
        .act(act, async |granted, store| {
            let snapshot = store.snapshot();
            let kept = read::one(&snapshot, id)?;
            let state = read::state(asking.platform, &store, id).await?;
            let range = wanted.since.unwrap_or(1)..=wanted.until.unwrap_or(u64::MAX);
            let numbers = state.numbers().into_iter().filter(|number| range.contains(number));
            let events: Vec<_> = numbers.filter_map(|number| state.event(number)).collect();
            granted.answers(json!({ "events": events.len() }));
            let content = match (kept.content(), wanted.content) {
                (own, None) => own,
                (own, Some(wished)) => own.min(wished),
            };
            let now = asking.platform.clock().now();
            let notices = crate::clinical::off_thread(move || {
                notices(&snapshot, &events).map_err(|e| tarn_domain::Explain::explain(&e))
            });
            let notices = notices.await?;
            let frame = kept.frame(&base, &state);
            Ok(write_bundle(&frame, NotificationKind::QueryEvent, &notices, content, now))
        })
        .await
}
