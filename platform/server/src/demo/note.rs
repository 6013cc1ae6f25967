//! What the demo has made so far, in a file for its owner's eyes only.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::Failure;

/// The note.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    /// The demo organisation's id.
    pub(crate) organization: String,
    /// Its admin's address.
    pub(crate) admin_email: String,
    /// Their password.
    pub(crate) admin_password: String,
    /// Its API key.
    pub(crate) api_key: String,
    /// Its data store, once it is made.
    pub(crate) store: Option<String>,
    /// Whether the population is in it.
    pub(crate) imported: bool,
}

impl Note {
    /// Reads it, if it is there.
    pub(crate) fn read(path: &Path) -> Result<Option<Self>, Failure> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(why) => return Err(failed(path, &why)),
        };
        serde_json::from_slice(&text).map(Some).map_err(|why| failed(path, &why))
    }

    /// Writes it whole beside its place and moves it there.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let draft = path.with_extension("json.draft");
        let text = serde_json::to_vec_pretty(self).map_err(|why| failed(path, &why))?;
        let written = owner_only(&draft).and_then(|mut file| {
            file.write_all(&text)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&draft, path)).map_err(|why| failed(path, &why))
    }
}

fn owner_only(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn failed(path: &Path, why: &dyn std::fmt::Display) -> Failure {
    Failure::new(format_args!("cannot use `{}`: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_back_and_only_its_owner_may_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("demo.json");
        assert!(Note::read(&path).expect("it can be looked for").is_none());
        let note = Note {
            organization: "o".into(),
            admin_email: "a".into(),
            admin_password: "p".into(),
            api_key: "k".into(),
            store: None,
            imported: false,
        };
        note.write(&path).expect("it is written");
        note.write(&path).expect("it is written again");
        assert_eq!(Note::read(&path).expect("it reads").expect("it is there").api_key, "k");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("it is there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
