//! What jobs keep for those who asked: the request and its results, sealed, a folder for each job.
//!
//! Notes (`request`, `answer`) lie in the job's folder, files to be fetched in `files/` below it.
//! What is here is nobody's to read without a permit: verbs ask for one first.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use tarn_domain::JobId;
use tarn_keys::DataKey;

use crate::BulkError;
use crate::sealed::{SealedReader, SealedWriter};

/// The folder of kept results.
#[derive(Debug, Clone)]
pub struct Results {
    folder: PathBuf,
    key: DataKey,
}

impl Results {
    /// Results in a folder, sealed under `key`.
    pub fn new(folder: PathBuf, key: DataKey) -> Self {
        Self { folder, key }
    }

    /// Keeps a note of a job; one of that name is replaced.
    ///
    /// # Errors
    /// The disk refused.
    pub fn note(&self, job: JobId, name: &str, text: &[u8]) -> Result<(), BulkError> {
        let mut writer = self.writer(job, "", name)?;
        writer.write(text)?;
        writer.finish().map(drop)
    }

    /// A job's note; none where there is none.
    ///
    /// # Errors
    /// The disk refused, or it is not what was written.
    pub fn noted(&self, job: JobId, name: &str) -> Result<Option<Vec<u8>>, BulkError> {
        let Some(mut reader) = self.reader(job, "", name)? else { return Ok(None) };
        let mut text = Vec::new();
        let path = self.folder.join(job.to_string()).join(name);
        reader.read_to_end(&mut text).map_err(BulkError::disk("read", path))?;
        Ok(Some(text))
    }

    /// The name under which a file is kept: files lie side by side, and their names stand in URLs.
    pub fn file_name(name: &str) -> String {
        let plain = |c: char| match c {
            '/' => '-',
            c if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') => c,
            _ => '_',
        };
        let name: String = name.trim_start_matches('.').chars().map(plain).collect();
        // What tells files apart stands at both ends.
        match name.len() {
            0..=120 => name,
            long => format!("{}_{}", &name[..60], &name[long - 59..]),
        }
    }

    /// The names of a job's files, in order.
    ///
    /// # Errors
    /// The disk refused.
    pub fn files(&self, job: JobId) -> Result<Vec<String>, BulkError> {
        let folder = self.folder.join(job.to_string()).join(FILES);
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(BulkError::disk("list", folder)(error)),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| is_a_name(name)).collect();
        names.sort();
        Ok(names)
    }

    /// A job's file; none where there is none, or the name is none of ours.
    ///
    /// # Errors
    /// The disk refused.
    pub fn file(&self, job: JobId, name: &str) -> Result<Option<ResultReader>, BulkError> {
        if !is_a_name(name) {
            return Ok(None);
        }
        Ok(self.reader(job, FILES, name)?.map(ResultReader))
    }

    /// Begins a file of a job.
    pub(crate) fn create(&self, job: JobId, name: &str) -> Result<SealedWriter, BulkError> {
        let kept = self.folder.join(job.to_string()).join(FILES).join(name);
        if kept.exists() {
            return Err(BulkError::Exists { uri: format!("kept://{job}/{name}") });
        }
        self.writer(job, FILES, name)
    }

    /// Removes a job's files; its notes stay.
    pub(crate) fn clear(&self, job: JobId) -> Result<(), BulkError> {
        remove(self.folder.join(job.to_string()).join(FILES))
    }

    /// Whether anything is kept for a job.
    pub fn has(&self, job: JobId) -> bool {
        self.folder.join(job.to_string()).is_dir()
    }

    /// Removes all that is kept for a job.
    ///
    /// # Errors
    /// The disk refused.
    pub fn remove(&self, job: JobId) -> Result<(), BulkError> {
        remove(self.folder.join(job.to_string()))
    }

    /// The jobs for which something is kept.
    ///
    /// # Errors
    /// The disk refused.
    pub fn jobs(&self) -> Result<Vec<JobId>, BulkError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(BulkError::disk("list", &self.folder)(error)),
        };
        let names = entries.flatten().map(|entry| entry.file_name());
        Ok(names.filter_map(|name| name.to_str()?.parse().ok()).collect())
    }

    fn writer(&self, job: JobId, below: &str, name: &str) -> Result<SealedWriter, BulkError> {
        let folder = self.folder.join(job.to_string()).join(below);
        fs::create_dir_all(&folder).map_err(BulkError::disk("create", &folder))?;
        SealedWriter::create(folder.join(name), self.key.clone(), about(job, below, name))
    }

    fn reader(
        &self,
        job: JobId,
        below: &str,
        name: &str,
    ) -> Result<Option<SealedReader>, BulkError> {
        let path = self.folder.join(job.to_string()).join(below).join(name);
        SealedReader::open(&path, self.key.clone(), about(job, below, name))
    }
}

const FILES: &str = "files";

/// A kept file's text.
pub struct ResultReader(SealedReader);

impl ResultReader {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.0.text_length()
    }
}

impl Read for ResultReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

/// What a file is sealed for.
fn about(job: JobId, below: &str, name: &str) -> Vec<u8> {
    let mut about = b"tarn result\0".to_vec();
    about.extend_from_slice(&job.to_bytes());
    about.extend_from_slice(below.as_bytes());
    about.push(b'/');
    about.extend_from_slice(name.as_bytes());
    about.push(0);
    about
}

/// Names as jobs give them: nothing that could lead out of the folder.
fn is_a_name(name: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    (1..=120).contains(&name.len())
        && name.bytes().all(known)
        && !name.starts_with('.')
        && !name.ends_with(".partial")
}

fn remove(folder: PathBuf) -> Result<(), BulkError> {
    match fs::remove_dir_all(&folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BulkError::disk("remove", folder)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results() -> (tempfile::TempDir, Results) {
        let folder = tempfile::tempdir().unwrap();
        let results = Results::new(folder.path().join("results"), DataKey::generate());
        (folder, results)
    }

    fn job(n: u8) -> JobId {
        JobId::from_bytes([n; 16])
    }

    #[test]
    fn notes_and_files_read_back_and_lie_sealed() {
        let (_folder, results) = results();
        assert_eq!(results.noted(job(1), "request").unwrap(), None);
        results.note(job(1), "request", b"name=Mustermann").unwrap();
        results.note(job(1), "request", b"name=Mustermann2").unwrap();
        assert_eq!(results.noted(job(1), "request").unwrap().unwrap(), b"name=Mustermann2");
        let mut file = results.create(job(1), "Patient-1.ndjson").unwrap();
        file.write(&b"Mustermann\n".repeat(20_000)).unwrap();
        file.finish().unwrap();
        assert!(matches!(
            results.create(job(1), "Patient-1.ndjson"),
            Err(BulkError::Exists { .. })
        ));
        let mut reader = results.file(job(1), "Patient-1.ndjson").unwrap().unwrap();
        assert_eq!(reader.length(), 220_000);
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        assert_eq!(text.lines().count(), 20_000);
        for path in ["request", "files/Patient-1.ndjson"] {
            let raw = fs::read(results.folder.join(job(1).to_string()).join(path)).unwrap();
            assert!(!raw.windows(10).any(|w| w == b"Mustermann"), "{path}");
        }
        results.clear(job(1)).unwrap();
        assert!(results.file(job(1), "Patient-1.ndjson").unwrap().is_none());
        assert!(results.has(job(1)) && results.noted(job(1), "request").unwrap().is_some());
        assert_eq!(results.jobs().unwrap(), [job(1)]);
        results.remove(job(1)).unwrap();
        assert!(!results.has(job(1)));
    }

    #[test]
    fn a_result_of_one_job_does_not_open_as_that_of_another() {
        let (_folder, results) = results();
        results.note(job(1), "request", b"x").unwrap();
        results.note(job(2), "request", b"y").unwrap();
        let path = |n: u8| results.folder.join(job(n).to_string()).join("request");
        fs::copy(path(1), path(2)).unwrap();
        assert!(results.noted(job(2), "request").is_err());
    }

    #[test]
    fn every_file_has_a_name_that_can_be_asked_for() {
        let long = format!("FAILURE/{}.ndjson", "x".repeat(300));
        for name in ["Patient/Patient-1.ndjson", "FAILURE/a b/é.ndjson", "../../x", &long] {
            let kept = Results::file_name(name);
            assert!(is_a_name(&kept), "{name}: {kept}");
        }
        let (_folder, results) = results();
        results.create(job(1), "b").unwrap().finish().unwrap();
        results.create(job(1), "a").unwrap().finish().unwrap();
        assert_eq!(results.files(job(1)).unwrap(), ["a", "b"]);
    }

    #[test]
    fn a_name_that_leads_elsewhere_finds_nothing() {
        let (_folder, results) = results();
        results.note(job(1), "request", b"x").unwrap();
        for name in ["../request", "", ".", "..", "a/b", "a\0b", "x.partial"] {
            assert!(results.file(job(1), name).unwrap().is_none(), "{name}");
        }
    }
}
