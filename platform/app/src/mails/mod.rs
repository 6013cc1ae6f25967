//! Mails that no server took.

mod list;

pub use list::{MailShown, Mails, list};
