//! Mails that no server took: kept as sealed files, one folder for each organisation.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tarn_domain::{FreshIds, OrganizationId, RequestId, Timestamp};
use tarn_keys::DataKey;

use crate::error::MailError;
use crate::mail::Mail;

/// Mails of an organisation that are kept; the oldest go first.
const MOST: usize = 1_000;

/// A place for mails.
#[derive(Clone)]
pub struct Outbox {
    folder: PathBuf,
    key: Arc<DataKey>,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outbox({})", self.folder.display())
    }
}

/// A mail that was kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct KeptMail {
    /// When it would have been sent, in microseconds.
    pub at: i64,
    /// The mail.
    pub mail: Mail,
}

impl Outbox {
    pub(crate) fn new(folder: PathBuf, key: DataKey) -> Self {
        Self { folder, key: Arc::new(key) }
    }

    /// Keeps a mail: durable when this returns.
    pub(crate) fn keep(
        &self,
        of: OrganizationId,
        mail: &Mail,
        now: Timestamp,
    ) -> Result<(), MailError> {
        let folder = self.folder.join(of.to_string());
        fs::create_dir_all(&folder)?;
        // Names sort by time.
        let name = format!("{:020}-{}", now.micros().max(0), RequestId::fresh(&FreshIds));
        let kept = KeptMail { at: now.micros(), mail: mail.clone() };
        let plain = serde_json::to_vec(&kept).map_err(io::Error::other)?;
        let sealed = self.key.seal(&label(of, &name), &plain);
        let (draft, path) = (folder.join(format!("{name}.draft")), folder.join(&name));
        let mut file = File::create(&draft)?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(&folder)?.sync_all()?;
        let names = self.names(of)?;
        let surplus = names.len().saturating_sub(MOST);
        for old in &names[..surplus] {
            fs::remove_file(folder.join(old))?;
        }
        Ok(())
    }

    /// The newest mails of an organisation, newest first.
    ///
    /// # Errors
    /// When the folder cannot be read, or a mail in it was changed.
    pub fn newest(&self, of: OrganizationId, most: usize) -> Result<Vec<KeptMail>, MailError> {
        let folder = self.folder.join(of.to_string());
        let names = self.names(of)?;
        let open = |name: &String| {
            let sealed = fs::read(folder.join(name))?;
            let plain = self.key.open(&label(of, name), &sealed).map_err(|_| MailError::Damaged)?;
            serde_json::from_slice(&plain).map_err(|_| MailError::Damaged)
        };
        names.iter().rev().take(most).map(open).collect()
    }

    /// The names of an organisation's mails, oldest first.
    fn names(&self, of: OrganizationId) -> Result<Vec<String>, MailError> {
        let entries = match fs::read_dir(self.folder.join(of.to_string())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.ends_with(".draft") {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

fn label(of: OrganizationId, name: &str) -> Vec<u8> {
    format!("mail {of} {name}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(text: &str) -> Mail {
        Mail {
            to: "nurse@example.org".into(),
            subject: "Notification".into(),
            text: text.into(),
            attachments: Vec::new(),
        }
    }

    #[test]
    fn mails_are_kept_sealed_and_of_their_organisation_only() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(folder.path().to_owned(), DataKey::generate());
        let (ours, theirs) =
            (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        for (n, text) in ["first Verysecretname", "second"].into_iter().enumerate() {
            outbox.keep(ours, &mail(text), Timestamp::from_micros(n as i64)).unwrap();
        }
        let found = outbox.newest(ours, 10).unwrap();
        let texts: Vec<_> = found.iter().map(|kept| kept.mail.text.as_str()).collect();
        assert_eq!(texts, ["second", "first Verysecretname"]);
        assert!(outbox.newest(theirs, 10).unwrap().is_empty());
        let own = folder.path().join(ours.to_string());
        for file in fs::read_dir(&own).unwrap() {
            let bytes = fs::read(file.unwrap().path()).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains("Verysecretname"));
        }
        // Moved to somebody else's folder it does not open.
        fs::rename(&own, folder.path().join(theirs.to_string())).unwrap();
        assert!(matches!(outbox.newest(theirs, 10), Err(MailError::Damaged)));
    }

    #[test]
    fn the_oldest_go_first() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::new(folder.path().to_owned(), DataKey::generate());
        let of = OrganizationId::from_bytes([1; 16]);
        let own = folder.path().join(of.to_string());
        fs::create_dir_all(&own).unwrap();
        for n in 0..MOST {
            fs::write(own.join(format!("{n:020}-x")), b"").unwrap();
        }
        outbox.keep(of, &mail("newest"), Timestamp::from_micros(1 << 50)).unwrap();
        assert_eq!(outbox.names(of).unwrap().len(), MOST);
        assert_eq!(outbox.newest(of, 1).unwrap()[0].mail.text, "newest");
    }
}
