//! The SQLite file under a trail.
//!
//! | table | one row per | |
//! |---|---|---|
//! | `trail` | file | shape, organisation, the trail's key in its wrapped form |
//! | `page` | page | see [`Page`]; times are in the clear so that searches skip pages |
//! | `head` | file | last number and hash, with a MAC |
//! | `drained` | store | up to which `t` its outbox is in the chain, with a MAC |

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use tarn_domain::{OrganizationId, Secret, StoreId, Timestamp};
use tarn_keys::{DataKey, MasterKeys};

use crate::chain::Head;
use crate::page::Page;
use crate::{AuditError, Break};

const FILE: &str = "audit.sqlite";
const SHAPE: u32 = 1;
const PATIENCE: Duration = Duration::from_secs(5);
const TABLES: &str = "
    CREATE TABLE trail (
        shape INTEGER NOT NULL, organization BLOB NOT NULL, wrapped_key BLOB NOT NULL
    ) STRICT;
    CREATE TABLE page (
        first INTEGER PRIMARY KEY, count INTEGER NOT NULL,
        oldest INTEGER NOT NULL, newest INTEGER NOT NULL,
        salt BLOB NOT NULL, hash BLOB NOT NULL, sealed BLOB NOT NULL
    ) STRICT;
    CREATE TABLE head (
        id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, hash BLOB NOT NULL,
        mac BLOB NOT NULL
    ) STRICT;
    CREATE TABLE drained (
        store BLOB PRIMARY KEY, t INTEGER NOT NULL, mac BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;";

/// What is needed to read a trail's rows and to trust them.
pub(crate) struct Trusted {
    pub(crate) organization: OrganizationId,
    pub(crate) key: DataKey,
    mac: Secret<[u8; 32]>,
}

pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

fn context(organization: OrganizationId) -> String {
    format!("audit/{organization}")
}

/// Makes the file when there is none, and opens it for its writer.
pub(crate) fn create(
    folder: &Path,
    organization: OrganizationId,
    masters: &dyn MasterKeys,
) -> Result<(), AuditError> {
    fs::create_dir_all(folder).map_err(AuditError::disk(folder))?;
    let mut connection = Connection::open(path(folder))?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Immediate: of two that create at once, the second waits and then finds the tables.
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let made =
        transaction.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'trail'")?.exists([])?;
    if made {
        return Ok(());
    }
    let (key, wrapped) = DataKey::generate_wrapped(masters, context(organization).as_bytes())?;
    let trusted = Trusted::new(organization, key);
    transaction.execute_batch(TABLES)?;
    transaction.execute(
        "INSERT INTO trail VALUES (?1, ?2, ?3)",
        params![SHAPE, organization.to_bytes(), wrapped],
    )?;
    trusted.write_head(&transaction, Head::genesis(organization))?;
    transaction.commit().map_err(AuditError::Unknown)
}

/// Opens the file: for writing by its owner, for reading by all others.
pub(crate) fn open(
    folder: &Path,
    organization: OrganizationId,
    masters: &dyn MasterKeys,
    flags: OpenFlags,
) -> Result<(Connection, Trusted), AuditError> {
    let path = path(folder);
    if !path.is_file() {
        return Err(AuditError::Missing { path });
    }
    let connection = Connection::open_with_flags(&path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_prepared_statement_cache_capacity(16);
    let foreign = |why| AuditError::Foreign { path: path.clone(), why };
    let row = connection
        .query_row("SELECT shape, organization, wrapped_key FROM trail", [], |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
        })
        .optional()?;
    let (shape, of, wrapped) = row.ok_or_else(|| foreign("its first row is gone"))?;
    if shape != SHAPE {
        return Err(foreign("written by another release"));
    }
    if of != organization.to_bytes() {
        return Err(foreign("it belongs to another organisation"));
    }
    let key = DataKey::unwrap(masters, &wrapped, context(organization).as_bytes())?;
    Ok((connection, Trusted::new(organization, key)))
}

impl Trusted {
    fn new(organization: OrganizationId, key: DataKey) -> Self {
        let mac = key.derive_bytes("audit rows");
        Self { organization, key, mac }
    }

    fn mac(&self, kind: &[u8], a: &[u8], number: u64) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(self.mac.expose());
        hasher.update(kind).update(&self.organization.to_bytes()).update(&number.to_be_bytes());
        hasher.update(a).finalize().into()
    }

    /// The head that the writer left.
    pub(crate) fn read_head(&self, connection: &Connection) -> Result<Head, AuditError> {
        let row = connection
            .prepare_cached("SELECT seq, hash, mac FROM head")?
            .query_row([], |row| Ok((row.get::<_, u64>(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let broken = |seq, why| AuditError::Broken(Break { seq, why });
        let (seq, hash, mac) = row.ok_or_else(|| broken(0, "the head is gone"))?;
        let head = Head { seq, hash };
        // `blake3::Hash` compares in constant time.
        if blake3::Hash::from(self.mac(b"head\0", &hash, seq)) != blake3::Hash::from_bytes(mac) {
            return Err(broken(seq, "the head was changed"));
        }
        Ok(head)
    }

    pub(crate) fn write_head(&self, connection: &Connection, head: Head) -> Result<(), AuditError> {
        let mac = self.mac(b"head\0", &head.hash, head.seq);
        connection
            .prepare_cached("INSERT OR REPLACE INTO head VALUES (1, ?1, ?2, ?3)")?
            .execute(params![head.seq, head.hash, mac])?;
        Ok(())
    }

    /// Up to which `t` a store's outbox is in the chain.
    pub(crate) fn read_drained(
        &self,
        connection: &Connection,
        store: StoreId,
    ) -> Result<Option<u64>, AuditError> {
        let row = connection
            .prepare_cached("SELECT t, mac FROM drained WHERE store = ?1")?
            .query_row([store.to_bytes()], |row| Ok((row.get::<_, u64>(0)?, row.get(1)?)))
            .optional()?;
        let Some((t, mac)) = row else { return Ok(None) };
        let expected = self.mac(b"drained\0", &store.to_bytes(), t);
        if blake3::Hash::from(expected) != blake3::Hash::from_bytes(mac) {
            let why = "a store's drained mark was changed";
            return Err(AuditError::Broken(Break { seq: 0, why }));
        }
        Ok(Some(t))
    }

    pub(crate) fn write_drained(
        &self,
        connection: &Connection,
        store: StoreId,
        t: u64,
    ) -> Result<(), AuditError> {
        let mac = self.mac(b"drained\0", &store.to_bytes(), t);
        connection
            .prepare_cached("INSERT OR REPLACE INTO drained VALUES (?1, ?2, ?3)")?
            .execute(params![store.to_bytes(), t, mac])?;
        Ok(())
    }
}

pub(crate) fn write_page(connection: &Connection, page: &Page) -> Result<(), AuditError> {
    connection.prepare_cached("INSERT INTO page VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?.execute(
        params![
            page.first,
            page.count,
            page.oldest.micros(),
            page.newest.micros(),
            page.salt,
            page.hash,
            page.sealed,
        ],
    )?;
    Ok(())
}

/// The columns that [`read_page`] reads, in its order.
pub(crate) const PAGE: &str = "first, count, oldest, newest, salt, hash, sealed";

pub(crate) fn read_page(row: &Row<'_>) -> rusqlite::Result<Page> {
    Ok(Page {
        first: row.get(0)?,
        count: row.get(1)?,
        oldest: Timestamp::from_micros(row.get(2)?),
        newest: Timestamp::from_micros(row.get(3)?),
        salt: row.get(4)?,
        hash: row.get(5)?,
        sealed: row.get(6)?,
    })
}

/// The chain's hash before entry number `first`, as the stored pages say.
pub(crate) fn hash_before(
    connection: &Connection,
    organization: OrganizationId,
    first: u64,
) -> Result<[u8; 32], AuditError> {
    if first <= 1 {
        return Ok(Head::genesis(organization).hash);
    }
    let found = connection
        .prepare_cached("SELECT hash FROM page WHERE first < ?1 ORDER BY first DESC LIMIT 1")?
        .query_row([first], |row| row.get(0))
        .optional()?;
    found.ok_or(AuditError::Broken(Break { seq: first - 1, why: "entries are missing" }))
}
