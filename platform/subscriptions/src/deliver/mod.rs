//! Brings notifications to where they go.

mod egress;
mod email;
mod sockets;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use tarn_domain::{LogicalId, OrganizationId, StoreId, Timestamp};
use tarn_mail::Mailer;

pub(crate) use egress::{Egress, is_public};
pub use sockets::{Push, Sockets};
pub(crate) use stream::Streams;

use crate::channel::Channel;
use crate::notification::{Kind, Notice};
use crate::resource::Content;

/// A notification on its way.
pub(crate) struct Outgoing<'a> {
    pub(crate) organization: OrganizationId,
    pub(crate) store: StoreId,
    pub(crate) subscription: &'a LogicalId,
    pub(crate) kind: Kind,
    pub(crate) content: Content,
    /// The events.
    pub(crate) notices: &'a [Notice],
    /// What is written of them; none for a bare ping.
    pub(crate) body: Option<Vec<u8>>,
    pub(crate) headers: &'a [String],
    pub(crate) timeout: Duration,
    pub(crate) now: Timestamp,
}

/// Ways out of the process.
pub(crate) struct Ways {
    pub(crate) egress: Egress,
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) mailer: Arc<Mailer>,
    pub(crate) streams: Option<Streams>,
}

impl Ways {
    /// Brings a notification to its channel; returns when it was accepted.
    ///
    /// # Errors
    /// Why it was not, in words without a patient's value.
    pub(crate) async fn send(&self, channel: &Channel, out: Outgoing<'_>) -> Result<(), String> {
        match channel {
            Channel::RestHook(url) => self.egress.post(url, out).await,
            Channel::WebSocket => self.sockets.send(out).await,
            Channel::Email(to) => email::send(&self.mailer, to, out).await,
            Channel::Message(name) => match &self.streams {
                Some(streams) => streams.add(name, &out).await,
                None => Err("no Redis server is set".to_owned()),
            },
        }
    }
}

#[cfg(test)]
pub(crate) fn ping(subscription: &LogicalId) -> Outgoing<'_> {
    Outgoing {
        organization: OrganizationId::from_bytes([1; 16]),
        store: StoreId::from_bytes([2; 16]),
        subscription,
        kind: Kind::EventNotification,
        content: Content::Empty,
        notices: &[],
        body: None,
        headers: &[],
        timeout: Duration::from_secs(60),
        now: Timestamp::default(),
    }
}
