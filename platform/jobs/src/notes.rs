//! A job's own notes while it runs: sealed files in a folder of the data dir that is the job's
//! alone, so that it can be taken up again after a crash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tarn_domain::JobId;
use tarn_keys::DataKey;

use crate::JobError;

/// Longest record that is believed when notes are read back.
const MAX_RECORD: u32 = 1 << 30;

/// The notes of all jobs.
#[derive(Debug, Clone)]
pub struct Notebooks {
    folder: PathBuf,
    key: DataKey,
}

impl Notebooks {
    /// Notes in a folder, sealed under `key`.
    pub fn new(folder: PathBuf, key: DataKey) -> Self {
        Self { folder, key }
    }

    /// The notes of a job.
    ///
    /// # Errors
    /// The disk refused.
    pub fn of(&self, job: JobId) -> Result<Notes, JobError> {
        let folder = self.folder.join(job.to_string());
        fs::create_dir_all(&folder).map_err(JobError::notes("create", &folder))?;
        Ok(Notes { folder, job, key: self.key.clone() })
    }

    /// Throws away a job's notes, once the queue knows its end.
    ///
    /// # Errors
    /// The disk refused.
    pub fn discard(&self, job: JobId) -> Result<(), JobError> {
        let folder = self.folder.join(job.to_string());
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(JobError::notes("remove", folder)(error))
            }
            _ => Ok(()),
        }
    }

    /// Throws away the notes of jobs that `keep` does not know.
    ///
    /// # Errors
    /// The disk refused.
    pub fn sweep(&self, keep: impl Fn(JobId) -> bool) -> Result<(), JobError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(JobError::notes("list", &self.folder)(error)),
        };
        for entry in entries.flatten() {
            let job = entry.file_name().to_str().and_then(|name| name.parse().ok());
            if job.is_some_and(|job| !keep(job)) {
                fs::remove_dir_all(entry.path())
                    .map_err(JobError::notes("remove", entry.path()))?;
            }
        }
        Ok(())
    }
}

/// The notes of one job.
#[derive(Debug)]
pub struct Notes {
    folder: PathBuf,
    job: JobId,
    key: DataKey,
}

impl Notes {
    /// Reads a note back; none when it was never kept.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, JobError> {
        let path = self.folder.join(name);
        let sealed = match fs::read(&path) {
            Ok(sealed) => sealed,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(JobError::notes("read", path)(error)),
        };
        let plain = self.key.open(&self.place(name, 0), &sealed);
        plain.map(Some).map_err(|_| JobError::Damaged { path })
    }

    /// Keeps a note: all of it is there afterwards, or none.
    pub(crate) fn keep(&self, name: &str, plain: &[u8]) -> Result<(), JobError> {
        let path = self.folder.join(name);
        let partial = self.folder.join(format!("{name}.partial"));
        let sealed = self.key.seal(&self.place(name, 0), plain);
        let written = private(OpenOptions::new().create(true).truncate(true), &partial)
            .and_then(|mut file| file.write_all(&sealed).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&partial, &path))
            .and_then(|()| File::open(&self.folder)?.sync_all());
        written.map_err(JobError::notes("write", path))
    }

    /// A log, cut to the length that the last checkpoint knows.
    pub(crate) fn log(&self, name: &'static str, length: u64) -> Result<Log<'_>, JobError> {
        let path = self.folder.join(name);
        let cut = private(OpenOptions::new().create(true).read(true), &path).and_then(|file| {
            let there = file.metadata()?.len();
            file.set_len(there.min(length))?;
            Ok((file, there.min(length)))
        });
        let (mut file, length) = cut.map_err(JobError::notes("open", &path))?;
        file.seek(SeekFrom::End(0)).map_err(JobError::notes("open", &path))?;
        Ok(Log { notes: self, name, path, file, length })
    }

    fn place(&self, name: &str, at: u64) -> Vec<u8> {
        let mut place = b"tarn job\0".to_vec();
        place.extend_from_slice(&self.job.to_bytes());
        place.extend_from_slice(&at.to_be_bytes());
        place.extend_from_slice(name.as_bytes());
        place
    }
}

fn private(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    options.write(true).mode(0o600).open(path)
}

/// Records that are only ever appended: `length (4) | sealed record`, each sealed for its place.
pub(crate) struct Log<'n> {
    notes: &'n Notes,
    name: &'static str,
    path: PathBuf,
    file: File,
    length: u64,
}

impl Log<'_> {
    /// Bytes so far: what a checkpoint notes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Appends a record durably. What has nothing to say writes nothing.
    pub(crate) fn append(&mut self, plain: &[u8]) -> Result<(), JobError> {
        if plain.is_empty() {
            return Ok(());
        }
        let mut record = vec![0; 4];
        record.extend(self.notes.key.seal(&self.notes.place(self.name, self.length), plain));
        let sealed = (record.len() - 4) as u32;
        record[..4].copy_from_slice(&sealed.to_be_bytes());
        let written = self.file.write_all(&record).and_then(|()| self.file.sync_data());
        written.map_err(JobError::notes("write", &self.path))?;
        self.length += record.len() as u64;
        Ok(())
    }

    /// Goes through the records in order.
    pub(crate) fn each(
        &self,
        mut each: impl FnMut(&[u8]) -> Result<(), JobError>,
    ) -> Result<(), JobError> {
        let failed = || JobError::notes("read", &self.path);
        let damaged = || JobError::Damaged { path: self.path.clone() };
        let file = File::open(&self.path).map_err(failed())?;
        let mut file = BufReader::with_capacity(1 << 20, file.take(self.length));
        let mut at = 0;
        while at < self.length {
            let mut length = [0; 4];
            file.read_exact(&mut length).map_err(failed())?;
            let length = u32::from_be_bytes(length);
            if length > MAX_RECORD || at + 4 + u64::from(length) > self.length {
                return Err(damaged());
            }
            let mut sealed = vec![0; length as usize];
            file.read_exact(&mut sealed).map_err(failed())?;
            let place = self.notes.place(self.name, at);
            each(&self.notes.key.open(&place, &sealed).map_err(|_| damaged())?)?;
            at += 4 + u64::from(length);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes() -> (tempfile::TempDir, Notes) {
        let folder = tempfile::tempdir().unwrap();
        let books = Notebooks::new(folder.path().to_owned(), DataKey::generate());
        let notes = books.of(JobId::from_bytes([1; 16])).unwrap();
        (folder, notes)
    }

    fn records(log: &Log<'_>) -> Vec<String> {
        let mut found = Vec::new();
        log.each(|record| {
            found.push(String::from_utf8_lossy(record).into_owned());
            Ok(())
        })
        .unwrap();
        found
    }

    #[test]
    fn a_note_reads_back_and_lies_sealed() {
        let (_folder, notes) = notes();
        assert_eq!(notes.read("listing").unwrap(), None);
        notes.keep("listing", b"smith_john.ndjson").unwrap();
        notes.keep("listing", b"smith_jane.ndjson").unwrap();
        assert_eq!(notes.read("listing").unwrap().unwrap(), b"smith_jane.ndjson");
        let raw = fs::read(notes.folder.join("listing")).unwrap();
        assert!(!raw.windows(5).any(|w| w == b"smith"));
        fs::copy(notes.folder.join("listing"), notes.folder.join("other")).unwrap();
        assert!(matches!(notes.read("other"), Err(JobError::Damaged { .. })));
    }

    #[test]
    fn a_log_goes_on_from_the_length_that_a_checkpoint_knows() {
        let (_folder, notes) = notes();
        let mut log = notes.log("failure", 0).unwrap();
        log.append(b"one").unwrap();
        log.append(b"").unwrap();
        let kept = log.length();
        log.append(b"lost").unwrap();
        drop(log);
        let mut log = notes.log("failure", kept).unwrap();
        log.append(b"two").unwrap();
        assert_eq!(records(&log), ["one", "two"]);
        drop(log);
        let log = notes.log("failure", u64::MAX).unwrap();
        assert_eq!(records(&log), ["one", "two"]);
    }

    #[test]
    fn a_log_that_was_changed_does_not_read() {
        let (_folder, notes) = notes();
        let mut log = notes.log("failure", 0).unwrap();
        log.append(b"one").unwrap();
        log.append(b"two").unwrap();
        let path = notes.folder.join("failure");
        let mut raw = fs::read(&path).unwrap();
        raw.rotate_left(4 + 28 + 3);
        fs::write(&path, &raw).unwrap();
        assert!(matches!(log.each(|_| Ok(())), Err(JobError::Damaged { .. })));
    }

    #[test]
    fn a_sweep_keeps_the_notes_of_known_jobs() {
        let folder = tempfile::tempdir().unwrap();
        let books = Notebooks::new(folder.path().join("jobs"), DataKey::generate());
        books.sweep(|_| false).unwrap();
        let ids = [1, 2].map(|n| JobId::from_bytes([n; 16]));
        for id in ids {
            books.of(id).unwrap().keep("n", b"x").unwrap();
        }
        books.sweep(|id| id == ids[1]).unwrap();
        assert_eq!(books.of(ids[0]).unwrap().read("n").unwrap(), None);
        assert!(books.of(ids[1]).unwrap().read("n").unwrap().is_some());
    }
}
