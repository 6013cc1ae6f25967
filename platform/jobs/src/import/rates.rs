//! How fast an import is and how long it will still take.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::checkpoint::Checkpoint;
use super::read::ReadProgress;
use crate::Progress;

/// What the figures are made of; shared between the thread that writes and the one that tells.
pub(crate) struct Rates<'a> {
    started: Instant,
    before: Checkpoint,
    now: Mutex<Checkpoint>,
    bytes_before: u64,
    bytes_total: u64,
    progress: &'a ReadProgress,
}

impl<'a> Rates<'a> {
    pub(crate) fn new(
        before: Checkpoint,
        bytes_before: u64,
        bytes_total: u64,
        progress: &'a ReadProgress,
    ) -> Self {
        let (started, now) = (Instant::now(), Mutex::new(before));
        Self { started, before, now, bytes_before, bytes_total, progress }
    }

    pub(crate) fn set(&self, now: Checkpoint) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    pub(crate) fn figures(&self) -> Progress {
        let now = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let bytes = self.progress.bytes();
        let bytes_per_second = bytes.saturating_sub(self.bytes_before) as f64 / seconds;
        let to_go = self.bytes_total.saturating_sub(bytes) as f64;
        let done = now.counts.imported - self.before.counts.imported;
        Progress {
            files: now.mark.file as u64,
            resources_read: now.counts.read,
            resources_done: now.counts.imported,
            resources_failed: now.counts.bad(),
            bytes,
            bytes_total: Some(self.bytes_total),
            resources_per_second: done as f64 / seconds,
            eta_seconds: (bytes_per_second > 0.0).then(|| (to_go / bytes_per_second).ceil() as u64),
        }
    }
}
