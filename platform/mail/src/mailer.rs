//! Sends mails, or keeps them where no server is set.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tarn_domain::{OrganizationId, Secret, Timestamp};
use tarn_keys::DataKey;

use crate::error::MailError;
use crate::mail::Mail;
use crate::outbox::Outbox;

/// How long the server may take for each step.
const PATIENCE: Duration = Duration::from_secs(20);

/// What sending mail needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server: `smtps://user:password@mail.example.org`, or `smtp://…`. Without it mails are
    /// kept.
    pub smtp_url: Option<Secret<String>>,
    /// Who mails come from.
    pub from: String,
    /// Where mails are kept that cannot be sent.
    pub folder: PathBuf,
}

/// Sends mails.
pub struct Mailer {
    server: Option<AsyncSmtpTransport<Tokio1Executor>>,
    from: Mailbox,
    outbox: Outbox,
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mailer({})", if self.server.is_some() { "SMTP" } else { "outbox" })
    }
}

impl Mailer {
    /// A mailer of these settings; `key` seals what is kept.
    ///
    /// # Errors
    /// When the URL or the address in the settings is none.
    pub fn new(settings: Settings, key: DataKey) -> Result<Self, MailError> {
        let url = settings.smtp_url.as_ref();
        let server = url.map(|url| {
            let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose());
            builder.map(|it| it.timeout(Some(PATIENCE)).build()).map_err(|_| MailError::Url)
        });
        let from = settings.from.parse().map_err(|_| MailError::Form("sender"))?;
        Ok(Self { server: server.transpose()?, from, outbox: Outbox::new(settings.folder, key) })
    }

    /// Sends a mail of an organisation: the server has it when this returns. Without a server it is
    /// kept in the outbox, durably.
    ///
    /// # Errors
    /// When the server does not take it, or it cannot be kept.
    pub async fn send(
        &self,
        of: OrganizationId,
        mail: Mail,
        now: Timestamp,
    ) -> Result<(), MailError> {
        // Also a mail that is only kept must be one that could be sent.
        let message = mail.message(&self.from)?;
        let Some(server) = &self.server else {
            let outbox = self.outbox.clone();
            let kept = tokio::task::spawn_blocking(move || outbox.keep(of, &mail, now));
            return kept.await.unwrap_or(Err(MailError::Damaged));
        };
        match server.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => Err(match error.status() {
                Some(code) => MailError::Refused(Some(code.into())),
                None if error.is_response() => MailError::Refused(None),
                None => MailError::Unreachable,
            }),
        }
    }

    /// The mails that were kept.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }
}
