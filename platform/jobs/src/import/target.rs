//! What an import needs of the store it fills.

use tarn_domain::LogicalId;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;

use crate::JobError;

/// A business identifier, as a conditional reference names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// Its system: none means any, empty means that it must have none.
    pub system: Option<String>,
    /// Its value.
    pub value: String,
}

/// A store that an import fills.
pub trait Target: Sync {
    /// Resources ready to be written.
    type Block: Send;
    /// Makes such blocks, on any thread.
    type Builder: BlockBuilder<Block = Self::Block>;

    /// An empty block.
    fn builder(&self) -> Self::Builder;

    /// Writes a block and the checkpoint in one transaction.
    ///
    /// # Errors
    /// [`JobError::Store`] when it may work later, and then nothing is known to be written.
    fn load(&self, block: Self::Block, checkpoint: Vec<u8>) -> Result<(), JobError>;

    /// The last checkpoint that was written.
    ///
    /// # Errors
    /// The store could not be read.
    fn checkpoint(&self) -> Result<Option<Vec<u8>>, JobError>;

    /// Ids of the current resources of a type that carry an identifier; two are enough to tell
    /// that there are several.
    ///
    /// # Errors
    /// The store could not be read.
    fn identified(
        &self,
        type_: TypeId,
        identifier: &Identifier,
    ) -> Result<Vec<LogicalId>, JobError>;
}

/// Collects the resources of a block.
pub trait BlockBuilder {
    /// What it makes.
    type Block;

    /// Adds a resource that has been checked.
    fn add(&mut self, document: &Document<'_>, type_: TypeId, id: &str);

    /// How many it has.
    fn len(&self) -> usize;

    /// Whether it has none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Compresses and sorts.
    fn finish(self) -> Self::Block;
}
