//! An object as a plain reader: a task streams it into a bounded channel.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::StreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::{BulkError, Objects};

/// Pieces that wait for the reader; a piece is what the network gave at once.
const AHEAD: usize = 16;
const TRIES: u32 = 5;

/// What is read: the rest of one version of an object.
struct Wanted {
    store: Arc<dyn ObjectStore>,
    path: Path,
    /// The version's tag: the object must not change under the reader.
    tag: Option<String>,
    size: u64,
}

/// Reads an object from `from` on.
pub(crate) fn read(
    objects: &Objects,
    bucket: &str,
    path: Path,
    tag: Option<String>,
    size: u64,
    from: u64,
) -> Result<Box<dyn Read + Send>, BulkError> {
    let wanted = Wanted { store: objects.bucket(bucket)?, path, tag, size };
    let (send, receive) = channel(AHEAD);
    objects.runtime()?.spawn(stream(wanted, from, send));
    Ok(Box::new(Remote { receive, piece: Bytes::new() }))
}

/// Streams the object; where the connection breaks, goes on from there a few times.
async fn stream(wanted: Wanted, mut at: u64, send: Sender<io::Result<Bytes>>) {
    let mut failed = 0;
    while at < wanted.size {
        match stream_once(&wanted, &mut at, &send).await {
            Ok(()) => return,
            Err(error) => {
                failed += 1;
                let final_word =
                    matches!(error, object_store::Error::Precondition { .. }) || failed >= TRIES;
                if final_word {
                    let _ = send.send(Err(io::Error::other(error))).await;
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100 << failed)).await;
            }
        }
    }
}

/// Sends pieces until the object ends or the reader has gone, and keeps count in `at`.
async fn stream_once(
    wanted: &Wanted,
    at: &mut u64,
    send: &Sender<io::Result<Bytes>>,
) -> Result<(), object_store::Error> {
    let options = GetOptions {
        if_match: wanted.tag.clone(),
        range: (*at > 0).then_some(GetRange::Offset(*at)),
        ..GetOptions::default()
    };
    let mut pieces = wanted.store.get_opts(&wanted.path, options).await?.into_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece?;
        *at += piece.len() as u64;
        if send.send(Ok(piece)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The reading end.
struct Remote {
    receive: Receiver<io::Result<Bytes>>,
    piece: Bytes,
}

impl Read for Remote {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.receive.blocking_recv() {
                Some(piece) => self.piece = piece?,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(into.len());
        self.piece.copy_to_slice(&mut into[..count]);
        Ok(count)
    }
}

/// Everything below a prefix, with size and tag.
pub(crate) async fn list(
    store: Arc<dyn ObjectStore>,
    prefix: Path,
) -> Result<Vec<object_store::ObjectMeta>, object_store::Error> {
    if !prefix.is_root() {
        match store.head(&prefix).await {
            Ok(one) => return Ok(vec![one]),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let mut found = Vec::new();
    let mut listed = store.list(Some(&prefix));
    while let Some(one) = listed.next().await {
        found.push(one?);
    }
    Ok(found)
}
