//! The file of a store: SQLite as a container of blocks, segments and keys. One connection writes,
//! a pool reads.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::error::StoreError;

/// The format that this build writes.
const FORMAT: u32 = 2;

const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (epoch INTEGER PRIMARY KEY, wrapped BLOB NOT NULL);
CREATE TABLE subjects (id INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, wrapped BLOB NOT NULL);
CREATE TABLE dictionaries (id INTEGER PRIMARY KEY, type INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE blocks (seq INTEGER PRIMARY KEY, t INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE segment_blocks (place INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE checkpoints (job BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE outbox (n INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
";

/// Readers kept open at most; more are opened when needed and closed after.
const READERS: usize = 16;

/// The file of a store, for readers.
#[derive(Debug)]
pub(crate) struct Container {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
}

/// Holds the store for this process: the lock goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Ownership {
    _lock: File,
}

fn file_error(path: &Path) -> impl FnOnce(std::io::Error) -> StoreError + '_ {
    move |source| StoreError::File { path: path.display().to_string(), source }
}

impl Ownership {
    pub(crate) fn take(path: &Path) -> Result<Self, StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(file_error(folder))?;
        }
        let lock_path = path.with_extension("lock");
        let mut options = File::options();
        let lock = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(file_error(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Owned),
            Err(TryLockError::Error(source)) => Err(file_error(&lock_path)(source)),
        }
    }
}

/// Makes the file of a new store.
pub(crate) fn create(path: &Path) -> Result<Connection, StoreError> {
    let db = open_writer(path, true)?;
    // Before anything is written: pages of removed segments can be given back later.
    db.pragma_update(None, "auto_vacuum", "incremental")?;
    set_up(&db)?;
    db.execute_batch("BEGIN IMMEDIATE")?;
    db.execute_batch(SCHEMA)?;
    db.pragma_update(None, "user_version", FORMAT)?;
    Ok(db)
}

/// Opens the file of a store for its writer.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let db = open_writer(path, false)?;
    set_up(&db)?;
    let found: u32 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    if found == FORMAT { Ok(db) } else { Err(StoreError::Format { found, known: FORMAT }) }
}

fn open_writer(path: &Path, create: bool) -> Result<Connection, StoreError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::from_secs(10))?;
    Ok(db)
}

fn set_up(db: &Connection) -> Result<(), StoreError> {
    // WAL with FULL: a commit is one fsync of the log, done before it returns.
    db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update_and_check(None, "wal_autocheckpoint", 16_384, |_| Ok(()))?;
    db.pragma_update(None, "cache_size", -8_192)?;
    db.pragma_update(None, "temp_store", "memory")?;
    db.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// Gives back pages that nothing uses any more, when they are many; at most so many at a time.
/// True when there are more to give back.
pub(crate) fn give_back_pages(db: &Connection, most: u32) -> Result<bool, StoreError> {
    let number = |name: &str| db.pragma_query_value(None, name, |r| r.get::<_, i64>(0));
    let (free, all) = (number("freelist_count")?, number("page_count")?);
    // An import frees and fills pages by turns: only what stays over is worth the work.
    if free < 2_048 || free < all / 16 {
        return Ok(false);
    }
    let mut vacuum = db.prepare(&format!("PRAGMA incremental_vacuum({most})"))?;
    let mut rows = vacuum.query([])?;
    while rows.next()?.is_some() {}
    Ok(free > i64::from(most))
}

impl Container {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), readers: Mutex::default() }
    }

    fn reader(&self) -> Result<Connection, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&self.path, flags)?;
        db.busy_timeout(Duration::from_secs(10))?;
        db.pragma_update(None, "cache_size", -2_048)?;
        db.pragma_update_and_check(None, "mmap_size", 1i64 << 32, |_| Ok(()))?;
        Ok(db)
    }

    /// Runs a read on a connection of the pool.
    pub(crate) fn read<T>(
        &self,
        f: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, StoreError> {
        let pooled = self.readers.lock().pop();
        let db = match pooled {
            Some(db) => db,
            None => self.reader()?,
        };
        let answer = f(&db);
        let mut readers = self.readers.lock();
        if readers.len() < READERS {
            readers.push(db);
        }
        Ok(answer?)
    }

    /// A block of bodies, with the commit it came with.
    pub(crate) fn block(&self, seq: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT t, data FROM blocks WHERE seq = ?1")?
                .query_row([seq as i64], |r| Ok((r.get::<_, i64>(0)? as u64, r.get(1)?)))
                .optional()
        })
    }

    /// Bytes of the file and its log.
    pub(crate) fn size_bytes(&self) -> u64 {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        size(&self.path) + size(Path::new(&log))
    }
}
