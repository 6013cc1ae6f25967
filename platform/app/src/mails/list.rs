//! Lists the mails that were kept because no mail server is set.

use serde::Serialize;
use tarn_access::Action;
use tarn_domain::{Explain as _, Problem, Timestamp};

use crate::act::TARN;
use crate::clinical::off_thread;
use crate::{Act, Call, Platform, authorise_do_account};

/// So many are shown.
const MOST: usize = 100;

/// Mails of an organisation.
#[derive(Debug, Clone, Serialize)]
pub struct Mails {
    /// Newest first.
    pub mails: Vec<MailShown>,
}

/// A mail. What is attached to it is not shown, only its name.
#[derive(Debug, Clone, Serialize)]
pub struct MailShown {
    /// When it would have been sent.
    pub at: String,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// The names of what goes with it.
    pub attachments: Vec<String>,
}

/// Lists the newest mails that were kept.
///
/// # Errors
/// Refusals.
pub async fn list(platform: &Platform, call: &Call) -> Result<Mails, Problem> {
    let act = Act::new(Action::MailList, "ListMails").of(TARN);
    authorise_do_account(platform, call, act, async |granted| {
        let (outbox, of) = (platform.mailer.outbox().clone(), granted.permit().organization());
        let kept = off_thread(move || outbox.newest(of, MOST).map_err(|e| e.explain())).await?;
        let shown = kept.into_iter().map(|kept| MailShown {
            at: Timestamp::from_micros(kept.at).to_string(),
            to: kept.mail.to,
            subject: kept.mail.subject,
            text: kept.mail.text,
            attachments: kept.mail.attachments.into_iter().map(|it| it.name).collect(),
        });
        Ok(Mails { mails: shown.collect() })
    })
    .await
}
