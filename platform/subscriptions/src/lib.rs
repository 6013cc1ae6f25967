//! Subscriptions: who wants to be told of which changes of a data store, and telling them.
//!
//! Two kinds, both R4 `Subscription` resources: criteria (<https://hl7.org/fhir/R4/subscription.html>)
//! and topics (Subscriptions R5 Backport 1.1). The store's version log *is* the outbox: a
//! subscription keeps a place in it ([`State`]) that moves only after the endpoint accepted what
//! lay before, so that a crash repeats notifications and never loses one. One task for each active
//! subscription reads the log, decides what matches, and delivers; it sleeps until a commit wakes
//! it, and nothing runs for a store without subscriptions.

mod admit;
mod audit;
mod change;
mod channel;
mod criteria;
mod deliver;
mod error;
mod follow;
mod live;
mod notification;
mod resource;
mod scan;
mod secrets;
mod settings;
mod state;
mod status;
mod topic;
mod worker;

pub use admit::Admission;
pub use deliver::{Push, Sockets};
pub use error::SubscriptionError;
pub use follow::{Follower, Rights};
pub use live::Live;
pub use notification::{
    Frame, Kind as NotificationKind, Notice, notices, write_bundle, write_status,
};
pub use resource::{Content, Subscription, content_of, topic_of};
pub use scan::Event;
pub use secrets::{Owner, Secrets, Ticket};
pub use settings::{Offers, Settings};
pub use state::{Dead, Kept, State, checkpoint_of};
pub use status::Status;
