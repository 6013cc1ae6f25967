//! The verbs: everything that can be asked of the platform, one per file.
//!
//! Doors translate and call verbs; verbs go through one function, [`authorise_do_account`]:
//! ask leave, do the work, account for it. Nothing here knows HTTP, HTML or SQL.

pub mod agreements;
pub mod audit;
pub mod clinical;
pub mod deferred;
pub mod exports;
pub mod imports;
pub mod mails;
pub mod organizations;
pub mod stores;
pub mod subscriptions;

mod act;
mod authorise;
mod bulk;
mod call;
mod callers;
mod jobs;
mod moment;
mod open;
mod platform;
mod record;
mod settings;

pub use act::{Act, CLOUDTRAIL, HEALTHLAKE, TARN};
pub use authorise::{Granted, authorise_do_account};
pub use call::Call;
pub use platform::Platform;
pub use settings::Settings;
