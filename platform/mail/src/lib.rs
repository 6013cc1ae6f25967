//! Mail: sent by SMTP where a server is set, kept in a sealed outbox where none is.
//!
//! The one room of `lettre`. Subjects are written by callers and must hold no patient's value:
//! mail servers log them.

mod error;
mod mail;
mod mailer;
mod outbox;

pub use error::MailError;
pub use mail::{Attachment, Mail, is_address};
pub use mailer::{Mailer, Settings};
pub use outbox::{KeptMail, Outbox};
