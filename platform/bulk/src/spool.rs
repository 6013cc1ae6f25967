//! Uploads that wait for their job: one sealed file each, named by the request that brought it.

use std::fs;
use std::io::{self, Read};
use std::path::PathBuf;

use tarn_domain::RequestId;
use tarn_keys::DataKey;

use crate::BulkError;
use crate::sealed::{SealedReader, SealedWriter, text_length};

/// The folder of waiting uploads.
#[derive(Debug, Clone)]
pub struct Spools {
    folder: PathBuf,
    key: DataKey,
}

impl Spools {
    /// Uploads of a folder, sealed under `key`.
    pub fn new(folder: PathBuf, key: DataKey) -> Self {
        Self { folder, key }
    }

    /// Begins an upload of at most `limit` bytes.
    ///
    /// # Errors
    /// The disk refused.
    pub fn create(&self, request: RequestId, limit: u64) -> Result<SpoolWriter, BulkError> {
        fs::create_dir_all(&self.folder).map_err(BulkError::disk("create", &self.folder))?;
        let (path, key) = (self.path(request), self.key.clone());
        Ok(SpoolWriter { file: SealedWriter::create(path, key, about(request))?, limit })
    }

    /// Bytes of an upload's text.
    ///
    /// # Errors
    /// There is no such upload.
    pub fn size(&self, request: RequestId) -> Result<u64, BulkError> {
        let sealed = match fs::metadata(self.path(request)) {
            Ok(known) => known.len(),
            Err(_) => return Err(BulkError::Missing { uri: format!("upload://{request}") }),
        };
        Ok(text_length(sealed))
    }

    /// Opens an upload's text.
    ///
    /// # Errors
    /// There is no such upload, or the disk refused.
    pub fn read(&self, request: RequestId) -> Result<SpoolReader, BulkError> {
        let file = SealedReader::open(&self.path(request), self.key.clone(), about(request))?;
        let file = file.ok_or_else(|| BulkError::Missing { uri: format!("upload://{request}") })?;
        Ok(SpoolReader(file))
    }

    /// Removes an upload; nothing happens where there is none.
    ///
    /// # Errors
    /// The disk refused.
    pub fn remove(&self, request: RequestId) -> Result<(), BulkError> {
        remove(&self.path(request))
    }

    /// Removes what no job waits for: uploads that were cut off, and those that `keep` does not
    /// know. Meant for the start, before there are new ones.
    ///
    /// # Errors
    /// The disk refused.
    pub fn sweep(&self, keep: impl Fn(RequestId) -> bool) -> Result<u64, BulkError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(BulkError::disk("list", &self.folder)(error)),
        };
        let mut removed = 0;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let wanted = name.to_str().and_then(|n| n.parse().ok()).is_some_and(&keep);
            if !wanted {
                remove(&entry.path())?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn path(&self, request: RequestId) -> PathBuf {
        self.folder.join(request.to_string())
    }
}

fn remove(path: &std::path::Path) -> Result<(), BulkError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BulkError::disk("remove", path)(error)),
    }
}

/// What an upload is sealed for.
fn about(request: RequestId) -> Vec<u8> {
    let mut about = b"tarn upload\0".to_vec();
    about.extend_from_slice(&request.to_bytes());
    about
}

/// An upload on its way in. Dropped without [`SpoolWriter::finish`], it leaves nothing.
pub struct SpoolWriter {
    file: SealedWriter,
    limit: u64,
}

impl SpoolWriter {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The upload is larger than allowed, or the disk refused.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), BulkError> {
        if self.file.bytes() + bytes.len() as u64 > self.limit {
            return Err(BulkError::TooLarge { limit: self.limit });
        }
        self.file.write(bytes)
    }

    /// Makes the upload durable and gives its size.
    ///
    /// # Errors
    /// The disk refused.
    pub fn finish(self) -> Result<u64, BulkError> {
        self.file.finish()
    }
}

/// An upload's text.
pub struct SpoolReader(SealedReader);

impl SpoolReader {
    /// Goes to that many bytes from the start.
    pub fn seek_to(&mut self, offset: u64) {
        self.0.seek_to(offset);
    }
}

impl Read for SpoolReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sealed::{PIECE, SEALED};

    fn spools() -> (tempfile::TempDir, Spools) {
        let folder = tempfile::tempdir().unwrap();
        let spools = Spools::new(folder.path().join("spool"), DataKey::generate());
        (folder, spools)
    }

    fn request(n: u8) -> RequestId {
        RequestId::from_bytes([n; 16])
    }

    fn text(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n * 31 % 251) as u8).collect()
    }

    #[test]
    fn an_upload_reads_back_from_any_byte_on() {
        let (_folder, spools) = spools();
        for (n, length) in
            [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 200_000].into_iter().enumerate()
        {
            let (request, text) = (request(n as u8), text(length));
            let mut writer = spools.create(request, 1 << 30).unwrap();
            for part in text.chunks(7_001) {
                writer.write(part).unwrap();
            }
            assert_eq!(writer.finish().unwrap(), length as u64);
            assert_eq!(spools.size(request).unwrap(), length as u64);
            for from in [0, 1, PIECE - 1, PIECE, length / 2, length] {
                let mut reader = spools.read(request).unwrap();
                reader.seek_to(from as u64);
                let mut read = Vec::new();
                reader.read_to_end(&mut read).unwrap();
                assert_eq!(read, text.get(from..).unwrap_or_default(), "{length} from {from}");
            }
        }
    }

    #[test]
    fn an_upload_lies_sealed_on_the_disk() {
        let (_folder, spools) = spools();
        let mut writer = spools.create(request(1), 1_000).unwrap();
        writer.write(b"{\"family\":\"Mustermann\"}").unwrap();
        writer.finish().unwrap();
        let raw = fs::read(spools.path(request(1))).unwrap();
        assert!(!raw.windows(10).any(|w| w == b"Mustermann"));
    }

    #[test]
    fn an_upload_that_was_cut_or_moved_does_not_read() {
        let (_folder, spools) = spools();
        let mut writer = spools.create(request(1), 1 << 20).unwrap();
        writer.write(&text(3 * PIECE)).unwrap();
        writer.finish().unwrap();
        let raw = fs::read(spools.path(request(1))).unwrap();
        fs::write(spools.path(request(1)), &raw[..2 * SEALED]).unwrap();
        fs::write(spools.path(request(2)), &raw).unwrap();
        for n in [1, 2] {
            let mut read = Vec::new();
            assert!(spools.read(request(n)).unwrap().read_to_end(&mut read).is_err());
        }
    }

    #[test]
    fn an_upload_beyond_the_limit_is_refused_and_leaves_nothing() {
        let (_folder, spools) = spools();
        let mut writer = spools.create(request(1), 10).unwrap();
        assert!(matches!(writer.write(&[0; 11]), Err(BulkError::TooLarge { limit: 10 })));
        drop(writer);
        assert!(matches!(spools.read(request(1)), Err(BulkError::Missing { .. })));
        assert_eq!(fs::read_dir(&spools.folder).unwrap().count(), 0);
    }

    #[test]
    fn a_sweep_keeps_what_a_job_waits_for() {
        let (_folder, spools) = spools();
        for n in [1, 2] {
            spools.create(request(n), 10).unwrap().finish().unwrap();
        }
        std::mem::forget(spools.create(request(3), 10).unwrap());
        assert_eq!(spools.sweep(|known| known == request(2)).unwrap(), 2);
        assert!(spools.size(request(2)).is_ok());
        assert!(spools.size(request(1)).is_err());
    }
}
