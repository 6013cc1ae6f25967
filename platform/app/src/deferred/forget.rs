//! Cancels a deferred request, or throws away what came of it.

use tarn_actors::ActorError;
use tarn_domain::{Explain as _, JobId, Problem};

use super::asked::{After, act, find};
use crate::authorise_do_account;
use crate::clinical::Asking;
use crate::jobs::off_thread;

/// Forgets a request. What runs is stopped; asking for it again finds nothing.
///
/// # Errors
/// Refusals; not found where nothing is kept of it.
pub async fn forget(asking: Asking<'_>, job: JobId) -> Result<(), Problem> {
    let act = act(asking, job, After::Forget).await?.on(asking.store);
    authorise_do_account(asking.platform, asking.call, act, async |granted| {
        let (found, _) = find(asking, granted, job).await?;
        granted.announce().await?;
        if found.ended.is_none() {
            match granted.tenant().jobs().cancel(granted.permit(), job).await {
                // It came to its end in between.
                Ok(_) | Err(ActorError::NotFound(_)) => {}
                Err(error) => return Err(error.explain()),
            }
        }
        let results = asking.platform.bulk.results.clone();
        off_thread(move || results.remove(job)).await
    })
    .await
}
