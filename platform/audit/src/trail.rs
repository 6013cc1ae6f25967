//! The trail's one writer.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use tarn_domain::{OrganizationId, StoreId};
use tarn_keys::MasterKeys;

use crate::chain::Head;
use crate::file::{self, Trusted};
use crate::page::Pages;
use crate::{AuditError, Break, Entry, Event};

/// Appends to an organisation's trail.
///
/// One owner holds it; a second process that appends now and then (a command beside a running
/// server) waits its turn and continues the same chain.
pub struct Trail {
    connection: Connection,
    trusted: Trusted,
    pages: Pages,
}

// The owner's writes and others' reads run on the blocking pool.
const _: fn() = || {
    fn moves_between_threads<T: Send>() {}
    moves_between_threads::<(Trail, crate::Reader)>();
};

/// What goes into the chain with one commit and one fsync.
#[derive(Debug, Default)]
pub struct Batch {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    entries: Vec<Entry>,
    drained: Option<(StoreId, u64)>,
}

impl Batch {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds entries of calls that changed nothing in a store.
    pub fn add(&mut self, entries: Vec<Entry>) {
        self.parts.push(Part { entries, drained: None });
    }

    /// Adds what a store's outbox holds up to its commit `t`. When the trail has drained that
    /// store up to `t` already, these entries are left out: they are in the chain.
    pub fn drain(&mut self, store: StoreId, t: u64, entries: Vec<Entry>) {
        self.parts.push(Part { entries, drained: Some((store, t)) });
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.entries.len()).sum()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }
}

impl Trail {
    /// Opens an organisation's trail in its folder, and creates it when there is none: for the
    /// moment when the organisation is created. After that, [`Trail::open`], which notices when
    /// a trail is gone.
    pub fn create(
        folder: &Path,
        organization: OrganizationId,
        masters: &dyn MasterKeys,
    ) -> Result<Self, AuditError> {
        file::create(folder, organization, masters)?;
        Self::open(folder, organization, masters)
    }

    /// Opens an organisation's trail in its folder. Its head must fit its last page; the rest
    /// of the chain is for [`crate::Reader::verify`].
    pub fn open(
        folder: &Path,
        organization: OrganizationId,
        masters: &dyn MasterKeys,
    ) -> Result<Self, AuditError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE;
        let (connection, trusted) = file::open(folder, organization, masters, flags)?;
        let pages = Pages::new(organization, trusted.key.derive("audit pages"))?;
        let trail = Self { connection, trusted, pages };
        trail.refuse_torn_tail()?;
        Ok(trail)
    }

    /// The end of the chain.
    pub fn head(&self) -> Result<Head, AuditError> {
        self.trusted.read_head(&self.connection)
    }

    /// Up to which commit `t` a store's outbox is in the chain.
    pub fn drained(&self, store: StoreId) -> Result<Option<u64>, AuditError> {
        self.trusted.read_drained(&self.connection, store)
    }

    /// Appends records; durable when it returns.
    pub fn append(&mut self, events: Vec<Event>) -> Result<Head, AuditError> {
        let mut batch = Batch::new();
        batch.add(events.iter().map(Entry::of).collect::<Result<_, _>>()?);
        self.commit(batch)
    }

    /// Appends what a store's outbox holds up to its commit `t`, exactly once however often it
    /// is asked to; durable when it returns.
    pub fn append_drained(
        &mut self,
        store: StoreId,
        t: u64,
        entries: Vec<Entry>,
    ) -> Result<Head, AuditError> {
        let mut batch = Batch::new();
        batch.drain(store, t, entries);
        self.commit(batch)
    }

    /// Appends a batch in one transaction with one fsync; durable when it returns.
    ///
    /// After [`AuditError::Unknown`] nobody knows: drop this trail, open it afresh, and look.
    pub fn commit(&mut self, batch: Batch) -> Result<Head, AuditError> {
        let Self { connection, trusted, pages } = self;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Read anew each time: another process may have appended since.
        let before = trusted.read_head(&transaction)?;
        let entries = undrained(&transaction, trusted, batch)?;
        let mut head = before;
        let mut rest = entries.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(Pages::take(rest));
            let (page, after) = pages.seal(head, now)?;
            file::write_page(&transaction, &page)?;
            (head, rest) = (after, later);
        }
        if head != before {
            trusted.write_head(&transaction, head)?;
        }
        transaction.commit().map_err(AuditError::Unknown)?;
        Ok(head)
    }

    /// Moves what the write-ahead log holds into the file, as far as no reader is in the way.
    pub fn checkpoint(&self) -> Result<(), AuditError> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }

    fn refuse_torn_tail(&self) -> Result<(), AuditError> {
        // One read transaction: head and page are of the same moment, though another process
        // may be appending.
        let moment = self.connection.unchecked_transaction()?;
        let head = self.trusted.read_head(&moment)?;
        let last: (u64, [u8; 32]) = moment
            .query_row("SELECT first, count, hash FROM page ORDER BY first DESC LIMIT 1", [], |r| {
                Ok((r.get::<_, u64>(0)? + r.get::<_, u64>(1)? - 1, r.get(2)?))
            })
            .or_else(|e| match e {
                rusqlite::Error::QueryReturnedNoRows => {
                    Ok((0, Head::genesis(self.trusted.organization).hash))
                }
                e => Err(e),
            })?;
        if last != (head.seq, head.hash) {
            let seq = last.0.min(head.seq) + 1;
            let why = "the head does not fit the last entry";
            return Err(AuditError::Broken(Break { seq, why }));
        }
        Ok(())
    }
}

/// The batch's entries without those that are in the chain already, and the marks moved on.
fn undrained(
    transaction: &Transaction<'_>,
    trusted: &Trusted,
    batch: Batch,
) -> Result<Vec<Entry>, AuditError> {
    let mut entries = Vec::with_capacity(batch.len());
    for part in batch.parts {
        if let Some((store, t)) = part.drained {
            if trusted.read_drained(transaction, store)?.is_some_and(|mark| t <= mark) {
                continue;
            }
            trusted.write_drained(transaction, store, t)?;
        }
        entries.extend(part.entries);
    }
    Ok(entries)
}
