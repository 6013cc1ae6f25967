//! Uploads that wait for their job: one sealed file each, named by the request that brought it.
//!
//! Layout: pieces of up to 64 KiB of text, each sealed for its request and place in the file, so a
//! reader can begin anywhere and pieces cannot be moved. The last piece is marked as such in its
//! place, so a file that was cut short is told from a whole one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use tarn_domain::RequestId;
use tarn_keys::{DataKey, SEAL_LEN};

use crate::BulkError;

const PIECE: usize = 64 << 10;
const SEALED: usize = PIECE + SEAL_LEN;

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
        let (partial, path) = (self.partial(request), self.path(request));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)
            .map_err(BulkError::disk("create", &partial))?;
        Ok(SpoolWriter {
            file: BufWriter::with_capacity(4 * SEALED, file),
            key: self.key.clone(),
            request,
            piece: Vec::with_capacity(PIECE),
            pieces: 0,
            bytes: 0,
            limit,
            partial,
            path,
            finished: false,
        })
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
        let pieces = sealed.div_ceil(SEALED as u64);
        Ok(sealed.saturating_sub(pieces * SEAL_LEN as u64))
    }

    /// Opens an upload's text.
    ///
    /// # Errors
    /// There is no such upload, or the disk refused.
    pub fn read(&self, request: RequestId) -> Result<SpoolReader, BulkError> {
        let path = self.path(request);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(BulkError::Missing { uri: format!("upload://{request}") });
            }
            Err(error) => return Err(BulkError::disk("open", path)(error)),
        };
        let length = file.metadata().map_err(BulkError::disk("look at", path))?.len();
        Ok(SpoolReader { file, key: self.key.clone(), request, length, at: 0, piece: None })
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

    fn partial(&self, request: RequestId) -> PathBuf {
        self.folder.join(format!("{request}.partial"))
    }
}

fn remove(path: &std::path::Path) -> Result<(), BulkError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(BulkError::disk("remove", path)(error)),
    }
}

/// What a piece is sealed for.
fn place(request: RequestId, piece: u64, last: bool) -> Vec<u8> {
    let mut place = b"tarn upload\0".to_vec();
    place.extend_from_slice(&request.to_bytes());
    place.extend_from_slice(&piece.to_be_bytes());
    place.push(u8::from(last));
    place
}

/// An upload on its way in. Dropped without [`SpoolWriter::finish`], it leaves nothing.
pub struct SpoolWriter {
    file: BufWriter<File>,
    key: DataKey,
    request: RequestId,
    piece: Vec<u8>,
    pieces: u64,
    bytes: u64,
    limit: u64,
    partial: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl SpoolWriter {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// The upload is larger than allowed, or the disk refused.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), BulkError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.limit {
            return Err(BulkError::TooLarge { limit: self.limit });
        }
        while !bytes.is_empty() {
            // A full piece is sealed only once it is known that it is not the last.
            if self.piece.len() == PIECE {
                self.seal(false)?;
            }
            let (now, rest) = bytes.split_at(bytes.len().min(PIECE - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = rest;
        }
        Ok(())
    }

    /// Makes the upload durable and gives its size.
    ///
    /// # Errors
    /// The disk refused.
    pub fn finish(mut self) -> Result<u64, BulkError> {
        self.seal(true)?;
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        written.map_err(BulkError::disk("write", &self.partial))?;
        fs::rename(&self.partial, &self.path).map_err(BulkError::disk("rename", &self.partial))?;
        self.finished = true;
        if let Some(folder) = self.path.parent() {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(BulkError::disk("write", folder))?;
        }
        Ok(self.bytes)
    }

    fn seal(&mut self, last: bool) -> Result<(), BulkError> {
        let sealed = self.key.seal(&place(self.request, self.pieces, last), &self.piece);
        self.file.write_all(&sealed).map_err(BulkError::disk("write", &self.partial))?;
        self.piece.clear();
        self.pieces += 1;
        Ok(())
    }
}

impl Drop for SpoolWriter {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// An upload's text.
pub struct SpoolReader {
    file: File,
    key: DataKey,
    request: RequestId,
    length: u64,
    at: u64,
    /// The piece that `at` is in, when it is open.
    piece: Option<(u64, Vec<u8>)>,
}

impl SpoolReader {
    /// Goes to that many bytes from the start.
    pub fn seek_to(&mut self, offset: u64) {
        self.at = offset;
    }

    fn open(&mut self, number: u64) -> io::Result<()> {
        let begins = number * SEALED as u64;
        let length = (self.length - begins).min(SEALED as u64) as usize;
        let last = begins + length as u64 == self.length;
        let mut sealed = vec![0; length];
        self.file.seek(SeekFrom::Start(begins))?;
        self.file.read_exact(&mut sealed)?;
        let opened = self.key.open(&place(self.request, number, last), &sealed);
        self.piece = Some((number, opened.map_err(io::Error::other)?));
        Ok(())
    }
}

impl Read for SpoolReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let number = self.at / PIECE as u64;
        if self.piece.as_ref().is_none_or(|(open, _)| *open != number) {
            if number * SEALED as u64 >= self.length {
                return Ok(0);
            }
            self.open(number)?;
        }
        let within = (self.at % PIECE as u64) as usize;
        let piece = self.piece.as_ref().map_or(&[][..], |(_, piece)| piece);
        let rest = piece.get(within..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
