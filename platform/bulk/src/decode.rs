//! Gzip or not, told by the first bytes rather than the name.

use std::io::{self, BufReader, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// RFC 1952 §2.3.1.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

const CHUNK: usize = 256 << 10;

/// A file's bytes with its first two looked at already.
type Peeked = Chain<Cursor<Vec<u8>>, Marked>;

/// The text of a file, unpacked where it is gzip (of any number of members).
pub(crate) enum Decoded {
    Plain(Peeked),
    Gzip(Box<MultiGzDecoder<BufReader<Peeked>>>),
}

impl Decoded {
    pub(crate) fn open(raw: Box<dyn Read + Send>, count: Arc<AtomicU64>) -> io::Result<Self> {
        let mut raw = Marked::new(raw, count);
        let mut head = Vec::with_capacity(2);
        raw.by_ref().take(2).read_to_end(&mut head)?;
        let gzip = head == GZIP_MAGIC;
        let peeked = Cursor::new(head).chain(raw);
        Ok(if gzip {
            let buffered = BufReader::with_capacity(CHUNK, peeked);
            Self::Gzip(Box::new(MultiGzDecoder::new(buffered)))
        } else {
            Self::Plain(peeked)
        })
    }

    pub(crate) fn is_gzip(&self) -> bool {
        matches!(self, Self::Gzip(_))
    }
}

impl Read for Decoded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(plain) => plain.read(into),
            Self::Gzip(gzip) => gzip.read(into),
        }
    }
}

/// Passes a file's own read errors through the decoder recognisably: a disk that fails and a file
/// that is damaged are different news.
pub(crate) struct Marked {
    raw: Box<dyn Read + Send>,
    /// Bytes read so far, packed as they lie.
    count: Arc<AtomicU64>,
}

impl Marked {
    pub(crate) fn new(raw: Box<dyn Read + Send>, count: Arc<AtomicU64>) -> Self {
        Self { raw, count }
    }
}

/// An error of the disk or the network, as opposed to one of the file's content.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ReadFailed(pub(crate) io::Error);

impl Read for Marked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.read(into).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::other(ReadFailed(error)),
        })?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
