//! A store's owner, called from a job's own threads.

use std::sync::Arc;

use tarn_access::Permit;
use tarn_actors::StoreHandle;
use tarn_domain::JobId;
use tarn_store::{CommitError, Erased, Erasure, LoadBlock, Loader, Receipt, Snapshot, WriteSet};
use tokio::runtime::Handle;

use crate::{JobError, StoreAccess};

/// The owner of a store, with the permit of a job.
pub(crate) struct Owner {
    store: StoreHandle,
    permit: Permit,
    /// Drives the waiting; the owner itself lives elsewhere.
    runtime: Handle,
}

impl Owner {
    /// Must be made where the runtime is; used where waiting is allowed.
    pub(crate) fn new(store: StoreHandle, reason: &'static str) -> Self {
        let permit = Permit::system(reason, store.organization(), Some(store.id()));
        Self { store, permit, runtime: Handle::current() }
    }
}

impl StoreAccess for Owner {
    fn snapshot(&self) -> Arc<Snapshot> {
        self.store.snapshot()
    }

    fn loader(&self) -> Loader {
        self.store.loader()
    }

    fn load(&self, block: LoadBlock) -> Result<(), JobError> {
        self.runtime.block_on(self.store.load(&self.permit, block))?;
        Ok(())
    }

    fn commit(&self, set: WriteSet) -> Result<Receipt, CommitError> {
        self.runtime.block_on(self.store.commit(&self.permit, set))
    }

    fn erase(&self, erasure: Erasure) -> Result<Erased, JobError> {
        Ok(self.runtime.block_on(self.store.erase(&self.permit, erasure))?)
    }

    fn checkpoint(&self, job: JobId) -> Result<Option<Vec<u8>>, JobError> {
        let checkpoint = self.runtime.block_on(self.store.checkpoint(job));
        checkpoint.map_err(|error| JobError::Store(error.to_string()))
    }
}
