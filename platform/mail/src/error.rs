//! What can keep a mail from being sent.

use std::io;

use tarn_domain::{Explain, Problem};

/// Why a mail was not sent or kept. Its words hold no address and nothing of the mail.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The setting is no URL of an SMTP server.
    #[error("`smtp_url` is no URL such as smtps://user:password@mail.example.org")]
    Url,
    /// An address or a header cannot be written.
    #[error("the mail cannot be written: its {0} is not what it must be")]
    Form(&'static str),
    /// The server did not take it.
    #[error("the mail server did not take the mail{}", code(.0))]
    Refused(Option<u16>),
    /// The server did not answer.
    #[error("the mail server cannot be reached")]
    Unreachable,
    /// The outbox could not be read or written.
    #[error("cannot use the mail outbox")]
    Outbox(#[from] io::Error),
    /// What lies in the outbox was changed, or sealed under another key.
    #[error("a mail of the outbox is damaged")]
    Damaged,
}

fn code(code: &Option<u16>) -> String {
    code.map(|code| format!(" ({code})")).unwrap_or_default()
}

impl Explain for MailError {
    fn explain(&self) -> Problem {
        Problem::internal(self)
    }
}
