//! Who may do what: callers, actions, policies, and the permits that come of them.
//!
//! *No permit, no touch*: what reaches an organisation's data takes a [`Permit`], and only
//! [`authorize`] and [`Permit::system`] make one. Everything that no policy allows is refused.

mod action;
mod api_key;
mod authorize;
mod caller;
mod permit;
mod policies;
mod refusal;

pub use action::{Action, Scope};
pub use api_key::{IssuedKey, PresentedKey};
pub use authorize::{Resource, Standing, authorize};
pub use caller::{Caller, Principal};
pub use permit::Permit;
pub use policies::{Policies, PolicyError};
pub use refusal::Refusal;
