//! Writes a trail out as a folder that anybody can check.
//!
//! The folder holds NDJSON files, one entry a line in its exact bytes, and `manifest.json`: the
//! chain's hash before the first and after the last entry, and each file's range and SHA-256.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tarn_domain::{OrganizationId, Timestamp};

use crate::chain::Head;
use crate::file::{PAGE, read_page};
use crate::reader::unreadable;
use crate::{AuditError, Break, Reader};

pub(crate) const MANIFEST: &str = "manifest.json";
pub(crate) const FORMAT: &str = "tarn audit export 1";
const ENTRIES_PER_FILE: u64 = 100_000;

/// What an exported folder says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The folder's format.
    pub format: String,
    /// The organisation whose trail it is.
    pub organization: OrganizationId,
    /// When it was written.
    pub exported: String,
    /// How many entries: numbers 1 to this.
    pub entries: u64,
    /// The chain's hash before the first entry, in hex.
    pub before: String,
    /// The chain's hash after the last entry, in hex.
    pub head: String,
    /// The files in order.
    pub files: Vec<ExportedFile>,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedFile {
    /// Its name in the folder.
    pub name: String,
    /// Its first entry's number.
    pub first: u64,
    /// Its last entry's number.
    pub last: u64,
    /// Its bytes' SHA-256 in hex.
    pub sha256: String,
}

impl Reader {
    /// Writes the whole trail, as it stands at this moment, into a folder that is new or empty.
    /// The chain is verified on the way: a broken one is not exported.
    pub fn export(&mut self, folder: &Path, now: Timestamp) -> Result<Manifest, AuditError> {
        take_folder(folder)?;
        let Self { connection, trusted, pages } = self;
        let moment = connection.unchecked_transaction()?;
        let target = trusted.read_head(&moment)?;
        let genesis = Head::genesis(trusted.organization);
        let mut files = Files { folder, open: None, done: Vec::new() };
        let mut at = genesis;
        let mut statement =
            moment.prepare_cached(&format!("SELECT {PAGE} FROM page ORDER BY first"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let page = read_page(row)?;
            let opened = pages.open(&page, at.hash).ok_or_else(|| unreadable(page.first))?;
            for entry in opened.entries() {
                at = at.after(trusted.organization, entry);
                files.write(at.seq, entry)?;
            }
        }
        if at != target {
            let why = "entries do not lead to the stored head";
            return Err(AuditError::Broken(Break { seq: at.seq + 1, why }));
        }
        let manifest = Manifest {
            format: FORMAT.into(),
            organization: trusted.organization,
            exported: now.to_string(),
            entries: at.seq,
            before: genesis.hash_hex(),
            head: at.hash_hex(),
            files: files.finish()?,
        };
        write_manifest(folder, &manifest)?;
        Ok(manifest)
    }
}

fn take_folder(folder: &Path) -> Result<(), AuditError> {
    fs::create_dir_all(folder).map_err(AuditError::disk(folder))?;
    let mut inside = fs::read_dir(folder).map_err(AuditError::disk(folder))?;
    if inside.next().is_some() { Err(AuditError::NotEmpty { path: folder.into() }) } else { Ok(()) }
}

/// Written last, and moved into place: a folder with a manifest is complete.
fn write_manifest(folder: &Path, manifest: &Manifest) -> Result<(), AuditError> {
    let draft = folder.join("manifest.json.part");
    let written = (|| -> io::Result<()> {
        let mut file = File::create_new(&draft)?;
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&draft, folder.join(MANIFEST))?;
        File::open(folder)?.sync_all()
    })();
    written.map_err(AuditError::disk(folder.join(MANIFEST)))
}

/// The export's files while they are written.
struct Files<'f> {
    folder: &'f Path,
    open: Option<Open>,
    done: Vec<ExportedFile>,
}

struct Open {
    file: BufWriter<File>,
    hash: Sha256,
    about: ExportedFile,
}

impl Files<'_> {
    fn write(&mut self, seq: u64, entry: &[u8]) -> Result<(), AuditError> {
        if (seq - 1).is_multiple_of(ENTRIES_PER_FILE) {
            self.close()?;
        }
        if self.open.is_none() {
            self.begin(seq)?;
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        open.hash.update(entry);
        open.hash.update(b"\n");
        open.about.last = seq;
        let written = open.file.write_all(entry).and_then(|()| open.file.write_all(b"\n"));
        written.map_err(AuditError::disk(self.folder.join(&open.about.name)))
    }

    fn begin(&mut self, seq: u64) -> Result<(), AuditError> {
        let name = format!("entries-{:06}.ndjson", self.done.len() + 1);
        let path = self.folder.join(&name);
        let file = File::create_new(&path).map_err(AuditError::disk(path))?;
        let about = ExportedFile { name, first: seq, last: seq, sha256: String::new() };
        self.open = Some(Open { file: BufWriter::new(file), hash: Sha256::new(), about });
        Ok(())
    }

    fn close(&mut self) -> Result<(), AuditError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let flushed = open.file.flush().and_then(|()| open.file.get_ref().sync_all());
        flushed.map_err(AuditError::disk(self.folder.join(&open.about.name)))?;
        open.about.sha256 = hex::encode(open.hash.finalize());
        self.done.push(open.about);
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<ExportedFile>, AuditError> {
        self.close()?;
        Ok(self.done)
    }
}
