//! Files that lie sealed on the disk: pieces of up to 64 KiB of text, each sealed for what the file
//! is and its place in it, so a reader can begin anywhere and pieces cannot be moved. The last piece
//! is marked as such in its place, so a file that was cut short is told from a whole one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tarn_keys::{DataKey, SEAL_LEN};

use crate::BulkError;

pub(crate) const PIECE: usize = 64 << 10;
pub(crate) const SEALED: usize = PIECE + SEAL_LEN;

/// The text's length in a file of that length.
pub(crate) fn text_length(sealed: u64) -> u64 {
    let pieces = sealed.div_ceil(SEALED as u64);
    sealed.saturating_sub(pieces * SEAL_LEN as u64)
}

/// What a piece is sealed for.
fn place(about: &[u8], piece: u64, last: bool) -> Vec<u8> {
    let mut place = about.to_vec();
    place.extend_from_slice(&piece.to_be_bytes());
    place.push(u8::from(last));
    place
}

/// A sealed file on its way in. Dropped without [`SealedWriter::finish`], it leaves nothing.
pub(crate) struct SealedWriter {
    file: BufWriter<File>,
    key: DataKey,
    /// What the file is.
    about: Vec<u8>,
    piece: Vec<u8>,
    pieces: u64,
    bytes: u64,
    partial: PathBuf,
    path: PathBuf,
    finished: bool,
}

impl SealedWriter {
    /// Begins a file; what an earlier attempt left of it is replaced.
    pub(crate) fn create(path: PathBuf, key: DataKey, about: Vec<u8>) -> Result<Self, BulkError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let partial = path.with_file_name(format!("{name}.partial"));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)
            .map_err(BulkError::disk("create", &partial))?;
        Ok(Self {
            file: BufWriter::with_capacity(4 * SEALED, file),
            key,
            about,
            piece: Vec::with_capacity(PIECE),
            pieces: 0,
            bytes: 0,
            partial,
            path,
            finished: false,
        })
    }

    /// Bytes of text so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next bytes.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> Result<(), BulkError> {
        self.bytes += bytes.len() as u64;
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

    /// Makes the file durable and gives its length.
    pub(crate) fn finish(mut self) -> Result<u64, BulkError> {
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
        let sealed = self.key.seal(&place(&self.about, self.pieces, last), &self.piece);
        self.file.write_all(&sealed).map_err(BulkError::disk("write", &self.partial))?;
        self.piece.clear();
        self.pieces += 1;
        Ok(())
    }
}

impl Drop for SealedWriter {
    fn drop(&mut self) {
        if !self.finished {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// The text of a sealed file.
pub(crate) struct SealedReader {
    file: File,
    key: DataKey,
    about: Vec<u8>,
    length: u64,
    at: u64,
    /// The piece that `at` is in, when it is open.
    piece: Option<(u64, Vec<u8>)>,
}

impl SealedReader {
    /// Opens a file; none where there is none.
    pub(crate) fn open(
        path: &Path,
        key: DataKey,
        about: Vec<u8>,
    ) -> Result<Option<Self>, BulkError> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(BulkError::disk("open", path)(error)),
        };
        let length = file.metadata().map_err(BulkError::disk("look at", path))?.len();
        Ok(Some(Self { file, key, about, length, at: 0, piece: None }))
    }

    /// The text's length.
    pub(crate) fn text_length(&self) -> u64 {
        text_length(self.length)
    }

    /// Goes to that many bytes from the start.
    pub(crate) fn seek_to(&mut self, offset: u64) {
        self.at = offset;
    }

    fn open_piece(&mut self, number: u64) -> io::Result<()> {
        let begins = number * SEALED as u64;
        let length = (self.length - begins).min(SEALED as u64) as usize;
        let last = begins + length as u64 == self.length;
        let mut sealed = vec![0; length];
        self.file.seek(SeekFrom::Start(begins))?;
        self.file.read_exact(&mut sealed)?;
        let opened = self.key.open(&place(&self.about, number, last), &sealed);
        self.piece = Some((number, opened.map_err(io::Error::other)?));
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let number = self.at / PIECE as u64;
        if self.piece.as_ref().is_none_or(|(open, _)| *open != number) {
            if number * SEALED as u64 >= self.length {
                return Ok(0);
            }
            self.open_piece(number)?;
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
