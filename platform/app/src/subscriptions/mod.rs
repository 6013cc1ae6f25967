//! Subscriptions: what they have done, what they could not deliver, and sending it again. The
//! resources themselves are written and read like every other; sending is the work of
//! `tarn_subscriptions`.

mod bind;
mod events;
mod list;
mod read;
mod replay;
mod rights;
mod status;

pub use bind::{Bound, bind, bind_with_token, binding_token};
pub use events::{Wanted, events};
pub use list::{DeadShown, SubscriptionShown, Subscriptions, list};
pub use replay::{Replay, Replayed, replay};
pub(crate) use rights::AskingRights;
pub use status::{status, statuses};
pub use tarn_subscriptions::{Push, Sockets};
