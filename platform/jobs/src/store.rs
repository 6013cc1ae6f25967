//! A data store as jobs see it.

use std::sync::Arc;

use roaring::RoaringBitmap;
use tarn_domain::{JobId, LogicalId};
use tarn_fhir::definitions::{TypeId, definitions};
use tarn_fhir::json::Document;
use tarn_store::{
    BlockBuilder, Checkpoint, CommitError, Erased, Erasure, Field, Key, LoadBlock, Loader, Receipt,
    Snapshot, StoreError, Variant, WriteSet,
};

use crate::JobError;
use crate::import::{self, Identifier, Target};

/// What jobs need of a store's owner. They call it from threads that may wait.
pub trait StoreAccess: Sync {
    /// The newest moment.
    fn snapshot(&self) -> Arc<Snapshot>;

    /// Makes load blocks.
    fn loader(&self) -> Loader;

    /// Writes a block; waits until it is durable and published.
    ///
    /// # Errors
    /// [`JobError::Store`] where another try from the last checkpoint may help.
    fn load(&self, block: LoadBlock) -> Result<(), JobError>;

    /// Writes a set; waits until it is durable and published.
    ///
    /// # Errors
    /// See [`CommitError`].
    fn commit(&self, set: WriteSet) -> Result<Receipt, CommitError>;

    /// Erases resources; waits until they are gone.
    ///
    /// # Errors
    /// [`JobError::Store`] where another try may help.
    fn erase(&self, erasure: Erasure) -> Result<Erased, JobError>;

    /// What a job wrote down last.
    ///
    /// # Errors
    /// When it cannot be read.
    fn checkpoint(&self, job: JobId) -> Result<Option<Vec<u8>>, JobError>;
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Full => Self::Refused(tarn_domain::Explain::explain(&error)),
            _ => Self::Store(error.to_string()),
        }
    }
}

/// A store that an import fills.
pub struct StoreTarget<'a> {
    access: &'a dyn StoreAccess,
    loader: Loader,
    job: JobId,
}

impl<'a> StoreTarget<'a> {
    /// The store behind `access`, for a job.
    pub fn new(access: &'a dyn StoreAccess, job: JobId) -> Self {
        Self { access, loader: access.loader(), job }
    }
}

impl Target for StoreTarget<'_> {
    type Block = LoadBlock;
    type Builder = BlockBuilder;

    fn builder(&self) -> BlockBuilder {
        self.loader.block()
    }

    fn load(&self, mut block: LoadBlock, state: Vec<u8>) -> Result<(), JobError> {
        block.checkpoint = Some(Checkpoint { job: self.job, state });
        self.access.load(block)
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, JobError> {
        self.access.checkpoint(self.job)
    }

    fn identified(
        &self,
        type_: TypeId,
        identifier: &Identifier,
    ) -> Result<Vec<LogicalId>, JobError> {
        let Some(parameter) = definitions().parameter(type_, "identifier") else {
            return Ok(Vec::new());
        };
        let snapshot = self.access.snapshot();
        let field = Field::new(parameter.field, Variant::Main);
        let value = snapshot.hasher().text(&identifier.value);
        let keys = match identifier.system.as_deref() {
            None => Key::with_any_b(field, value),
            Some("") => Key::new(field, value, 0).only(),
            Some(system) => Key::new(field, value, snapshot.hasher().text32(system)).only(),
        };
        let mut found = RoaringBitmap::new();
        for part in snapshot.parts() {
            found |= part.postings(keys.clone())?;
        }
        // Two tell as well as more that there is not one.
        found.iter().take(2).filter_map(|rid| id_of(&snapshot, rid).transpose()).collect()
    }
}

fn id_of(snapshot: &Snapshot, rid: u32) -> Result<Option<LogicalId>, JobError> {
    let Some(row) = snapshot.row(rid)?.filter(|row| !row.deleted) else { return Ok(None) };
    let version = snapshot.read(row.loc)?;
    Ok(version.id().and_then(|id| id.parse().ok()))
}

impl import::BlockBuilder for BlockBuilder {
    type Block = LoadBlock;

    fn add(&mut self, document: &Document<'_>, type_: TypeId, id: &str) {
        BlockBuilder::add(self, document, type_, id);
    }

    fn len(&self) -> usize {
        BlockBuilder::len(self)
    }

    fn finish(self) -> LoadBlock {
        BlockBuilder::finish(self)
    }
}
