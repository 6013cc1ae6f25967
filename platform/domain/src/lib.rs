//! The words and values that every floor of Tarn shares: ids, moments, secrets, problems.
//!
//! No IO and no async here. Clocks and sources of ids are traits that the server hands in.

mod clock;
mod id;
mod problem;
mod secret;

pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use id::{
    AccountId, ApiKeyId, FreshIds, IdError, Ids, JobId, LogicalId, MemberId, OrganizationId,
    RequestId, StoreId,
};
pub use problem::{Explain, Issue, IssueCode, Kind, Problem, Severity};
pub use secret::{Phi, Secret};
