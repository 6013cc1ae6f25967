//! Which segments count, and up to which block they speak.

use rusqlite::{Connection, OptionalExtension, params};

use crate::body::vault::{Table, Vault};
use crate::error::StoreError;
use crate::index::codec::{Reader, put};

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    pub t: u64,
    pub flushed_seq: u64,
    pub next_rid: u64,
    pub next_segment: u64,
    /// Oldest first.
    pub segments: Vec<u64>,
}

impl Manifest {
    pub(super) fn write(&self, db: &Connection, vault: &Vault) -> Result<(), StoreError> {
        let mut plain = Vec::new();
        for n in [self.t, self.flushed_seq, self.next_rid, self.next_segment] {
            put(&mut plain, n);
        }
        put(&mut plain, self.segments.len() as u64);
        self.segments.iter().for_each(|id| put(&mut plain, *id));
        let sealed = vault.seal(Table::Meta, 1, 0, &plain);
        db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES ('manifest', ?1)")?
            .execute(params![sealed])?;
        Ok(())
    }

    pub(super) fn read(db: &Connection, vault: &Vault) -> Result<Self, StoreError> {
        let sealed: Option<Vec<u8>> = db
            .query_row("SELECT value FROM meta WHERE name = 'manifest'", [], |r| r.get(0))
            .optional()?;
        let sealed = sealed.ok_or(StoreError::Damaged { what: "the store's manifest" })?;
        let plain = vault.open_sealed(Table::Meta, 1, 0, &sealed)?;
        let mut reader = Reader::new(&plain, "the store's manifest");
        let r = &mut reader;
        let mut manifest = Self {
            t: r.get()?,
            flushed_seq: r.get()?,
            next_rid: r.get()?,
            next_segment: r.get()?,
            segments: Vec::new(),
        };
        for _ in 0..r.get()? {
            manifest.segments.push(r.get()?);
        }
        Ok(manifest)
    }
}
