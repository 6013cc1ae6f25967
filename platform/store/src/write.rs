//! What is asked of the writer, and what it answers.

use std::sync::Arc;

use tarn_domain::{Explain, JobId, Kind, LogicalId, Problem, Timestamp};
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored::Stored;

use crate::entries::Entries;
use crate::error::StoreError;
use crate::key::{Hash96, Hasher};
use crate::own::{Definition, NoParameters, OwnParameters};
use crate::snapshot::Snapshot;

/// Turns resources into index entries. Search does it; the engine needs it after a crash.
pub trait Indexer: Send + Sync {
    /// Adds the entries of a resource, and pushes its subject.
    fn index(
        &self,
        type_: TypeId,
        document: &Document<'_>,
        hasher: &Hasher,
        ordinal: u32,
        into: &mut Entries,
    );

    /// The type of the resources that define search parameters of a store's own; none: it has
    /// none.
    fn definitions(&self) -> Option<TypeId> {
        None
    }

    /// The parameters that a book has, compiled. An empty book has none.
    ///
    /// # Errors
    /// When the book is not what this process writes.
    fn own(&self, book: &[u8]) -> Result<Arc<dyn OwnParameters>, StoreError> {
        let _ = book;
        Ok(Arc::new(NoParameters))
    }

    /// What a book becomes by changes of definitions; none where it stays as it is.
    fn amend(&self, book: &[u8], changes: &[Definition<'_>]) -> Option<Vec<u8>> {
        let _ = (book, changes);
        None
    }
}

/// Changes that happen together or not at all.
#[derive(Debug, Default)]
pub struct WriteSet {
    /// In this order. No two are of the same resource.
    pub changes: Vec<Change>,
    /// What must still be so when it is written.
    pub guards: Vec<Guard>,
    /// Audit entries that become durable with the changes.
    pub outbox: Vec<Vec<u8>>,
    /// What a job writes down with them.
    pub mark: Option<Mark>,
}

/// What a job finds again after a crash, if its changes were written: it knows what came of them.
#[derive(Clone)]
pub struct Mark {
    /// Whose.
    pub job: JobId,
    /// What is written down, made of what came of the set.
    pub state: Arc<dyn Fn(&Receipt) -> Vec<u8> + Send + Sync>,
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mark({})", self.job)
    }
}

/// One change.
#[derive(Debug)]
pub enum Change {
    /// A new version, or a new resource.
    Put {
        /// Its type.
        type_: TypeId,
        /// Its id.
        id: LogicalId,
        /// Its body.
        stored: Stored,
        /// Its index entries, all of ordinal 0. Shared, as the call may be tried again.
        entries: Arc<Entries>,
        /// What must be there now.
        expect: Expect,
    },
    /// A version that says that the resource is deleted. Of one that is not there: nothing.
    Delete {
        /// Its type.
        type_: TypeId,
        /// Its id.
        id: LogicalId,
        /// What must be there now.
        expect: Expect,
    },
}

/// What must be there for a change to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever.
    Any,
    /// Nothing, or a deleted resource.
    Absent,
    /// A resource that is not deleted.
    Live,
    /// That version, not deleted.
    Version(u32),
}

/// A question asked of a snapshot: the identities of what matches.
pub type Question = dyn Fn(&Snapshot) -> Result<Vec<Hash96>, StoreError> + Send + Sync;

/// The answer to a question must still be what the caller saw. The one writer asks it again on
/// the newest state, so that no two conditional writes can pass each other.
#[derive(Clone)]
pub struct Guard {
    /// The question.
    pub question: Arc<Question>,
    /// What the answer was, in ascending order.
    pub expected: Vec<Hash96>,
    /// The moment it was asked of: while that is the newest, it is not asked again.
    pub seen_at: u64,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Guard(seen at {})", self.seen_at)
    }
}

/// What came of a write set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The commit's number.
    pub t: u64,
    /// Of each change, in order.
    pub outcomes: Vec<Outcome>,
}

/// What came of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The resource's current version; 0 where a deletion found nothing.
    pub version: u32,
    /// When it came.
    pub updated: Timestamp,
    /// Whether there was nothing, or a deleted resource, before.
    pub created: bool,
    /// Whether a version was written.
    pub changed: bool,
}

/// Why a write set was not written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A change did not find what it expected.
    #[error("change {index} found version {current:?}")]
    Mismatch {
        /// Which change.
        index: usize,
        /// The live version that is there, if any.
        current: Option<u32>,
    },
    /// A guard's answer has changed: plan again.
    #[error("a condition changed while the write was under way")]
    GuardMoved,
    /// The same resource is changed twice.
    #[error("change {index} is of a resource that the same write changes already")]
    Twice {
        /// Which change.
        index: usize,
    },
    /// The store's queue is full: nothing was written, come back shortly.
    #[error("the store has too many writes waiting")]
    Busy,
    /// The store failed; for [`StoreError::Unknown`], whether it was written is not known.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Explain for CommitError {
    fn explain(&self) -> Problem {
        match self {
            Self::Mismatch { current: Some(version), .. } => Problem::new(
                Kind::PreconditionFailed,
                "version-conflict",
                format!("The current version is {version}. Read it and apply the change to it."),
            ),
            Self::Mismatch { current: None, .. } => Problem::new(
                Kind::PreconditionFailed,
                "version-conflict",
                "There is no current version of this resource.",
            ),
            Self::GuardMoved => Problem::new(
                Kind::Conflict,
                "condition-moved",
                "What the condition matches changed while this was written. Try again.",
            ),
            Self::Twice { .. } => Problem::new(
                Kind::Invalid,
                "duplicate-target",
                "The same resource is changed twice.",
            ),
            Self::Busy => Problem::new(
                Kind::Busy(std::time::Duration::from_secs(1)),
                "store-busy",
                "The data store has too many writes waiting. Try again shortly.",
            ),
            Self::Store(error) => error.explain(),
        }
    }
}

/// What came of a load block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadReceipt {
    /// The commit's number.
    pub t: u64,
    /// Resources that were not there before.
    pub created: u64,
    /// Resources that got a new version.
    pub updated: u64,
}

/// A job's mark of how far it has come, written with its work.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// Whose.
    pub job: JobId,
    /// What the job wants to find again.
    pub state: Vec<u8>,
}
