//! A mail, and the form in which it travels.

use std::fmt;

use lettre::Message;
use lettre::address::Address;
use lettre::message::header::ContentType;
use lettre::message::{Attachment as Part, Mailbox, MultiPart, SinglePart};
use serde::{Deserialize, Serialize};

use crate::error::MailError;

/// A mail to one address.
#[derive(Clone, Serialize, Deserialize)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// Without a patient's value: mail servers log it.
    pub subject: String,
    /// The text.
    pub text: String,
    /// What goes with it.
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a mail.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media: String,
    /// Its bytes.
    #[serde(with = "base64_text")]
    pub content: Vec<u8>,
}

impl fmt::Debug for Mail {
    /// Prints how many attachments there are only: the rest may be a patient's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mail({} attachments)", self.attachments.len())
    }
}

impl fmt::Debug for Attachment {
    /// Prints the name only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attachment({})", self.name)
    }
}

/// Whether a text is an address that mail can be sent to.
pub fn is_address(text: &str) -> bool {
    text.len() <= 254 && text.parse::<Address>().is_ok()
}

impl Mail {
    /// The mail as SMTP carries it.
    pub(crate) fn message(&self, from: &Mailbox) -> Result<Message, MailError> {
        let to: Address = self.to.parse().map_err(|_| MailError::Form("address"))?;
        let builder =
            Message::builder().from(from.clone()).to(Mailbox::new(None, to)).subject(&self.subject);
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(self.text.clone()));
        for attachment in &self.attachments {
            let media = ContentType::parse(&attachment.media);
            let media = media.map_err(|_| MailError::Form("media type"))?;
            let part = Part::new(attachment.name.clone());
            parts = parts.singlepart(part.body(attachment.content.clone(), media));
        }
        builder.multipart(parts).map_err(|_| MailError::Form("head"))
    }
}

mod base64_text {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_looked_at_before_it_is_used() {
        assert!(is_address("nurse@example.org"));
        for bad in ["", "nurse", "nurse@", "a@b@c", "a\r\nBcc: x@example.org", "a b@example.org"] {
            assert!(!is_address(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_mail_carries_its_attachments() {
        let mail = Mail {
            to: "nurse@example.org".into(),
            subject: "Notification of a subscription\r\nBcc: x@example.org".into(),
            text: "one event".into(),
            attachments: vec![Attachment {
                name: "notification.json".into(),
                media: "application/fhir+json".into(),
                content: b"{\"a\":1}".to_vec(),
            }],
        };
        let from = "tarn@example.org".parse().unwrap();
        let text = String::from_utf8(mail.message(&from).unwrap().formatted()).unwrap();
        assert!(text.contains("notification.json") && text.contains("application/fhir+json"));
        assert!(!text.contains("\nBcc:"), "a header cannot be smuggled in: {text}");
        assert_eq!(format!("{mail:?}"), "Mail(1 attachments)");
    }
}
