//! Fetches a file that a deferred request came to.

use std::io::{self, Read};

use serde_json::json;
use tarn_domain::{JobId, Problem};
use tarn_registry::JobStatus;

use super::asked::{After, act, find, unknown};
use crate::authorise_do_account;
use crate::clinical::Asking;
use crate::jobs::off_thread;

/// A file's text, read from where waiting is allowed.
pub struct FileReader {
    inner: tarn_bulk::ResultReader,
}

impl FileReader {
    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.inner.length()
    }
}

impl Read for FileReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.inner.read(into)
    }
}

/// Opens a file of a request that is done.
///
/// # Errors
/// Refusals; not found where there is no such file.
pub async fn file(asking: Asking<'_>, job: JobId, name: &str) -> Result<FileReader, Problem> {
    let act = act(asking, job, After::Fetch).await?.on(asking.store);
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let (found, _) = find(asking, granted, job).await?;
        if !matches!(found.status, JobStatus::Completed | JobStatus::CompletedWithErrors) {
            return Err(unknown());
        }
        let (results, wanted) = (asking.platform.bulk.results.clone(), name.to_owned());
        let inner = off_thread(move || results.file(job, &wanted)).await?.ok_or_else(unknown)?;
        granted.answers(json!({ "file": name, "bytes": inner.length() }));
        Ok(FileReader { inner })
    })
    .await
}
