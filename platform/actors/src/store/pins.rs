//! Moments that somebody is still paging through.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tarn_domain::Timestamp;
use tarn_store::Snapshot;

/// So many moments are kept at most; the one that was used longest ago goes first.
const MOST: usize = 64;
/// A moment that nobody asked for in this time is let go.
const KEPT: Duration = Duration::from_secs(600);

/// Snapshots by `t`, with when each was last asked for.
#[derive(Debug, Default)]
pub(crate) struct Pins(Mutex<HashMap<u64, (Timestamp, Arc<Snapshot>)>>);

impl Pins {
    pub(crate) fn pin(&self, snapshot: &Arc<Snapshot>, now: Timestamp) {
        let mut pins = self.0.lock();
        pins.insert(snapshot.t(), (now, snapshot.clone()));
        pins.retain(|_, (used, _)| now.since(*used) < KEPT);
        while pins.len() > MOST {
            let oldest = pins.iter().min_by_key(|(_, (used, _))| *used).map(|(t, _)| *t);
            oldest.and_then(|t| pins.remove(&t));
        }
    }

    pub(crate) fn pinned(&self, t: u64, now: Timestamp) -> Option<Arc<Snapshot>> {
        let mut pins = self.0.lock();
        let (used, snapshot) = pins.get_mut(&t)?;
        *used = now;
        Some(snapshot.clone())
    }

    /// Lets every moment go.
    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }

    pub(crate) fn sweep(&self, now: Timestamp) {
        self.0.lock().retain(|_, (used, _)| now.since(*used) < KEPT);
    }
}
