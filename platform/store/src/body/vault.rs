//! The keys of a store: the store's own, and one for each patient, so that a patient's bodies
//! can be erased by erasing a key.

use std::sync::Arc;

use quick_cache::sync::Cache;
use rusqlite::{Connection, OptionalExtension, params};
use tarn_domain::{OrganizationId, Secret, StoreId};
use tarn_keys::{DataKey, MasterKeys};

use crate::container::Container;
use crate::error::StoreError;
use crate::key::{Hash96, Hasher};

/// Whose store it is: part of the associated data of everything sealed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The organisation.
    pub organization: OrganizationId,
    /// The store.
    pub store: StoreId,
}

/// What is sealed where: a tag a table.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Table {
    Keys = 1,
    Blocks = 2,
    Segments = 3,
    Dictionaries = 4,
    Subjects = 5,
    Checkpoints = 6,
    Outbox = 7,
    Meta = 8,
}

impl Place {
    /// The associated data of a place: organisation, store, table, and two numbers within it.
    pub(crate) fn of(self, table: Table, a: u64, b: u64) -> [u8; 49] {
        let mut place = [0; 49];
        place[..16].copy_from_slice(&self.organization.to_bytes());
        place[16..32].copy_from_slice(&self.store.to_bytes());
        place[32] = table as u8;
        place[33..41].copy_from_slice(&a.to_be_bytes());
        place[41..].copy_from_slice(&b.to_be_bytes());
        place
    }
}

/// How many patients' keys are kept opened. One takes about a kilobyte.
const SUBJECTS: usize = 16_384;

/// The opened keys of a store.
#[derive(Debug)]
pub(crate) struct Vault {
    pub place: Place,
    store: DataKey,
    pub bodies: DataKey,
    pub segments: DataKey,
    pub hasher: Hasher,
    by_id: Cache<u32, Arc<DataKey>>,
    by_hash: Cache<Hash96, u32>,
}

const EPOCH: u64 = 1;

impl Vault {
    /// Makes the keys of a new store, wrapped by a master key.
    pub(crate) fn create(
        place: Place,
        masters: &dyn MasterKeys,
        db: &Connection,
    ) -> Result<Self, StoreError> {
        let context = place.of(Table::Keys, EPOCH, 0);
        let (store, wrapped) = DataKey::generate_wrapped(masters, &context)?;
        db.execute(
            "INSERT INTO keys (epoch, wrapped) VALUES (?1, ?2)",
            params![EPOCH as i64, wrapped],
        )?;
        let hash_key = DataKey::salt();
        let sealed = store.seal(&place.of(Table::Meta, 0, 0), &hash_key);
        db.execute("INSERT INTO meta (name, value) VALUES ('hash_key', ?1)", params![sealed])?;
        Ok(Self::with(place, store, hash_key))
    }

    /// Opens the keys of a store.
    pub(crate) fn open(
        place: Place,
        masters: &dyn MasterKeys,
        db: &Connection,
    ) -> Result<Self, StoreError> {
        let wrapped: Vec<u8> =
            db.query_row("SELECT wrapped FROM keys WHERE epoch = ?1", [EPOCH as i64], |r| {
                r.get(0)
            })?;
        let store = DataKey::unwrap(masters, &wrapped, &place.of(Table::Keys, EPOCH, 0))?;
        let sealed: Vec<u8> =
            db.query_row("SELECT value FROM meta WHERE name = 'hash_key'", [], |r| r.get(0))?;
        let plain = store.open(&place.of(Table::Meta, 0, 0), &sealed)?;
        let hash_key =
            plain.try_into().map_err(|_| StoreError::Damaged { what: "the store's hash key" })?;
        Ok(Self::with(place, store, hash_key))
    }

    fn with(place: Place, store: DataKey, hash_key: [u8; 16]) -> Self {
        Self {
            place,
            bodies: store.derive("bodies"),
            segments: store.derive("segments"),
            hasher: Hasher::new(hash_key),
            store,
            by_id: Cache::new(SUBJECTS),
            by_hash: Cache::new(SUBJECTS),
        }
    }

    /// Seals what is neither a body nor a segment.
    pub(crate) fn seal(&self, table: Table, a: u64, b: u64, plain: &[u8]) -> Vec<u8> {
        self.store.seal(&self.place.of(table, a, b), plain)
    }

    /// Opens what [`Self::seal`] sealed.
    pub(crate) fn open_sealed(
        &self,
        table: Table,
        a: u64,
        b: u64,
        sealed: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        Ok(self.store.open(&self.place.of(table, a, b), sealed)?)
    }

    /// The key of a patient's bodies, made within the open transaction where there is none yet.
    pub(crate) fn subject(
        &self,
        subject: Hash96,
        db: &Connection,
    ) -> Result<(u32, Arc<DataKey>), StoreError> {
        if let Some(id) = self.by_hash.get(&subject)
            && let Some(key) = self.by_id.get(&id)
        {
            return Ok((id, key));
        }
        let hash = subject.to_bytes();
        let found: Option<u32> = db
            .prepare_cached("SELECT id FROM subjects WHERE hash = ?1")?
            .query_row([&hash[..]], |r| r.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => self.new_subject(&hash, db)?,
        };
        let sealed: Vec<u8> = db
            .prepare_cached("SELECT wrapped FROM subjects WHERE id = ?1")?
            .query_row([id], |r| r.get(0))?;
        let key = self.keep_subject(id, &sealed)?;
        self.by_hash.insert(subject, id);
        Ok((id, key))
    }

    /// Destroys a patient's key within the open transaction; its number, if there was one. The row
    /// stays, so that the number is not given to another patient.
    pub(crate) fn destroy_subject(
        &self,
        subject: Hash96,
        db: &Connection,
    ) -> Result<Option<u32>, StoreError> {
        let found: Option<u32> = db
            .prepare_cached("SELECT id FROM subjects WHERE hash = ?1")?
            .query_row([&subject.to_bytes()[..]], |r| r.get(0))
            .optional()?;
        let Some(id) = found else { return Ok(None) };
        let nobody = [b"erased ".as_slice(), &id.to_be_bytes()].concat();
        db.prepare_cached("UPDATE subjects SET hash = ?2, wrapped = x'' WHERE id = ?1")?
            .execute(params![id, nobody])?;
        Ok(Some(id))
    }

    /// Forgets a key that was destroyed.
    pub(crate) fn forget_subject(&self, id: Option<u32>, subject: Option<Hash96>) {
        id.and_then(|id| self.by_id.remove(&id));
        subject.and_then(|subject| self.by_hash.remove(&subject));
    }

    /// The number of a patient's key; none where there is no such key.
    pub(crate) fn subject_number(
        &self,
        subject: Hash96,
        container: &Container,
    ) -> Result<Option<u32>, StoreError> {
        container.read(|db| {
            db.prepare_cached("SELECT id FROM subjects WHERE hash = ?1")?
                .query_row([&subject.to_bytes()[..]], |r| r.get(0))
                .optional()
        })
    }

    fn new_subject(&self, hash: &[u8], db: &Connection) -> Result<u32, StoreError> {
        let id: u32 =
            db.query_row("SELECT coalesce(max(id), 0) + 1 FROM subjects", [], |r| r.get(0))?;
        let mut secret = [0u8; 32];
        secret[..16].copy_from_slice(&DataKey::salt());
        secret[16..].copy_from_slice(&DataKey::salt());
        let wrapped = self.seal(Table::Subjects, u64::from(id), 0, &secret);
        db.prepare_cached("INSERT INTO subjects (id, hash, wrapped) VALUES (?1, ?2, ?3)")?
            .execute(params![id, hash, wrapped])?;
        Ok(id)
    }

    /// The key of the patient with that number.
    pub(crate) fn subject_by_id(
        &self,
        id: u32,
        container: &Container,
    ) -> Result<Arc<DataKey>, StoreError> {
        if let Some(key) = self.by_id.get(&id) {
            return Ok(key);
        }
        let sealed: Vec<u8> = container.read(|db| {
            db.prepare_cached("SELECT wrapped FROM subjects WHERE id = ?1")?
                .query_row([id], |r| r.get(0))
        })?;
        self.keep_subject(id, &sealed)
    }

    fn keep_subject(&self, id: u32, sealed: &[u8]) -> Result<Arc<DataKey>, StoreError> {
        if sealed.is_empty() {
            return Err(StoreError::Erased);
        }
        let plain = self.open_sealed(Table::Subjects, u64::from(id), 0, sealed)?;
        let secret =
            plain.try_into().map_err(|_| StoreError::Damaged { what: "a patient's key" })?;
        let key = Arc::new(DataKey::from_secret(Secret::new(secret)));
        self.by_id.insert(id, key.clone());
        Ok(key)
    }
}
