//! Recomputes a chain from what is stored.

use std::fmt;

use rusqlite::ErrorCode;

use crate::chain::Head;
use crate::file::{PAGE, read_page};
use crate::page::Page;
use crate::{AuditError, Reader};

/// What a verification found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry follows from the one before, up to this head.
    Whole(Head),
    /// The first link that does not hold.
    Broken(Break),
}

/// Where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// The number of the first entry that cannot be trusted; 0 when it is the trail as a whole.
    pub seq: u64,
    /// What is wrong there.
    pub why: &'static str,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(head) => {
                write!(f, "whole: {} entries, head {}", head.seq, head.hash_hex())
            }
            Self::Broken(at) => write!(f, "broken at entry {}: {}", at.seq, at.why),
        }
    }
}

impl Reader {
    /// Recomputes the whole chain as it stands at this moment, and compares its end with the
    /// stored head: a changed, removed, inserted, moved or cut-off entry is found.
    ///
    /// The error is for what prevented the check; what the check found is the verdict.
    pub fn verify(&mut self) -> Result<Verdict, AuditError> {
        let Self { connection, trusted, pages } = self;
        // One read transaction: pages and head are of the same moment.
        let moment = connection.unchecked_transaction()?;
        let mut at = Head::genesis(trusted.organization);
        let walked = (|| -> Result<(), AuditError> {
            let target = trusted.read_head(&moment)?;
            let select = format!("SELECT {PAGE} FROM page ORDER BY first");
            let mut statement = moment.prepare_cached(&select)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let page = read_page(row)?;
                refuse_gap(&page, at, target)?;
                let opened = pages.open(&page, at.hash).ok_or_else(|| {
                    broken(page.first, "these entries were changed or moved, or are not ours")
                })?;
                let seq = page.first;
                at = opened.entries().fold(at, |at, e| at.after(trusted.organization, e));
                if at.hash != page.hash {
                    return Err(broken(seq, "the chain's hash does not follow"));
                }
            }
            if at != target {
                return Err(broken(at.seq + 1, "entries are missing before the stored head"));
            }
            let mut statement = moment.prepare_cached("SELECT store FROM drained")?;
            let stores = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
            for store in stores {
                trusted.read_drained(&moment, tarn_domain::StoreId::from_bytes(store?))?;
            }
            Ok(())
        })();
        match walked {
            Ok(()) => Ok(Verdict::Whole(at)),
            Err(AuditError::Broken(found)) => Ok(Verdict::Broken(found)),
            Err(AuditError::Database(e)) if is_damage(&e) => {
                let why = "the database file is damaged";
                Ok(Verdict::Broken(Break { seq: at.seq + 1, why }))
            }
            Err(e) => Err(e),
        }
    }
}

fn refuse_gap(page: &Page, at: Head, target: Head) -> Result<(), AuditError> {
    if page.first > at.seq + 1 {
        return Err(broken(at.seq + 1, "entries are missing"));
    }
    if page.first <= at.seq {
        return Err(broken(page.first, "entries were inserted"));
    }
    if page.first > target.seq {
        return Err(broken(page.first, "entries were added behind the stored head"));
    }
    Ok(())
}

fn broken(seq: u64, why: &'static str) -> AuditError {
    AuditError::Broken(Break { seq, why })
}

/// Whether an error of the database means that what is stored is not what was written.
fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(e, _) => {
            matches!(e.code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        }
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..) => true,
        _ => false,
    }
}
