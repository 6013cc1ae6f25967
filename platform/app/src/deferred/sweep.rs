//! Throws away what came of requests and was kept long enough.

use std::collections::HashSet;

use tarn_domain::{Explain as _, JobId, Problem};

use crate::Platform;
use crate::jobs::off_thread;

/// Removes what is kept for jobs that ended long ago; at the start, when no request is on its way,
/// also what is kept for jobs that never came into a queue.
///
/// # Errors
/// The records or the disk could not be used.
pub(crate) async fn sweep(platform: &Platform, at_start: bool) -> Result<u64, Problem> {
    let results = platform.bulk.results.clone();
    let kept = off_thread(move || results.jobs()).await?;
    let now = platform.clock.now();
    let mut old: HashSet<JobId> = HashSet::new();
    for job in kept {
        let known = platform.registry.any_job(job).await.map_err(|e| e.explain())?;
        let is_old = match known.map(|job| job.ended) {
            Some(None) => false,
            Some(Some(ended)) => now.since(ended) >= platform.settings.results_kept,
            None => at_start,
        };
        if is_old {
            old.insert(job);
        }
    }
    let count = old.len() as u64;
    let results = platform.bulk.results.clone();
    off_thread(move || old.into_iter().try_for_each(|job| results.remove(job))).await?;
    Ok(count)
}
