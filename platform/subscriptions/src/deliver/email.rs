//! Notifications by mail. The subject and text name the subscription only; what the subscription
//! asks to be told goes along as an attachment.

use tarn_mail::{Attachment, Mail, Mailer};

use super::Outgoing;
use crate::notification::Kind;

/// Sends a notification to an address.
pub(super) async fn send(mailer: &Mailer, to: &str, out: Outgoing<'_>) -> Result<(), String> {
    // A mailbox has no use for a sign of life.
    if out.kind != Kind::EventNotification {
        return Ok(());
    }
    let attachment = out.body.map(|content| Attachment {
        name: "notification.json".to_owned(),
        media: "application/fhir+json".to_owned(),
        content,
    });
    let numbers = out.notices.first().zip(out.notices.last());
    let what = match numbers {
        Some((first, last)) if first.number == last.number => format!("event {}", first.number),
        Some((first, last)) => format!("events {} to {}", first.number, last.number),
        None => "events".to_owned(),
    };
    let (id, store) = (out.subscription, out.store);
    let mail = Mail {
        to: to.to_owned(),
        subject: format!("Notification of subscription {id}"),
        text: format!("Subscription {id} of the data store {store} tells of {what}.\n"),
        attachments: attachment.into_iter().collect(),
    };
    mailer.send(out.organization, mail, out.now).await.map_err(|error| error.to_string())
}
