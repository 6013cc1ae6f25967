//! Blocks of sealed bodies: written once, in the order of commits.

use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_keys::DataKey;

use super::dictionary::{Dictionaries, Packed};
use super::vault::{Table, Vault};
use crate::container::Container;
use crate::error::StoreError;
use crate::index::codec::{Reader, put, put_signed};
use crate::key::Rid;
use crate::row::Loc;

/// Versions in a block at most.
pub(crate) const MOST: usize = 256;
/// Sealed bytes after which a block is closed: what a read of one version has to fetch.
pub(crate) const SIZE: usize = 6 * 1024;

/// A version of a resource, as it is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct Version {
    /// The resource's number in the store.
    pub rid: Rid,
    /// Its type.
    pub type_: TypeId,
    /// Which version, from 1.
    pub version: u32,
    /// Whether this version says that the resource is deleted. Its body then has the id only.
    pub deleted: bool,
    /// When it came.
    pub updated: Timestamp,
    /// The resource as JSON, without `versionId` and `lastUpdated`.
    pub body: Vec<u8>,
    /// Where in the body those two belong: just behind `"meta":{`.
    pub splice: u32,
    /// The version before.
    pub previous: Option<Loc>,
    /// Where this one lies.
    pub loc: Loc,
    /// The commit it came with.
    pub t: u64,
}

impl std::fmt::Debug for Version {
    /// Without the body, which is a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Version({} {} v{})", self.type_.name(), self.rid, self.version)
    }
}

impl Version {
    /// The resource's logical id, out of the body (which always begins with type and id).
    pub fn id(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.body).ok()?;
        let rest = text.split_once(r#","id":""#)?.1;
        rest.split_once('"').map(|(id, _)| id)
    }
}

/// What a block keeps of a version beside its body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub rid: Rid,
    pub type_: TypeId,
    pub version: u32,
    pub deleted: bool,
    pub updated: Timestamp,
    pub previous: Option<Loc>,
    pub splice: u32,
}

const FORMAT: u8 = 1;
/// Format, epoch, salt, count.
const LEAD: usize = 1 + 2 + 16 + 2;

/// Collects sealed versions into a block.
#[derive(Debug)]
pub(crate) struct BlockWriter {
    seq: u64,
    salt: [u8; 16],
    table: Vec<(u32, u32)>,
    sealed: Vec<u8>,
    scratch: Vec<u8>,
}

impl BlockWriter {
    pub(crate) fn new(seq: u64) -> Self {
        let (table, sealed, scratch) = (Vec::new(), Vec::new(), Vec::new());
        Self { seq, salt: DataKey::salt(), table, sealed, scratch }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.table.len() >= MOST || self.sealed.len() >= SIZE
    }

    /// Where the next version will lie.
    pub(crate) fn next_loc(&self) -> Loc {
        Loc::new(self.seq, self.table.len() as u16)
    }

    /// Adds a version, sealed under its patient's key (number 0: the store's).
    pub(crate) fn push(
        &mut self,
        vault: &Vault,
        subject: (u32, &DataKey),
        head: &Head,
        body: Packed<'_>,
    ) -> Loc {
        let loc = self.next_loc();
        let out = &mut self.scratch;
        out.clear();
        put(out, u64::from(head.rid));
        out.push(head.type_.0);
        put(out, u64::from(head.version) << 1 | u64::from(head.deleted));
        put_signed(out, head.updated.micros());
        put(out, head.previous.map_or(0, |loc| loc.to_bits() + 1));
        put(out, u64::from(head.splice));
        put(out, u64::from(body.dictionary));
        put(out, u64::from(body.raw_len));
        out.extend_from_slice(body.bytes);
        let slot = u32::from(loc.slot());
        let place = vault.place.of(Table::Blocks, self.seq, u64::from(slot));
        subject.1.once(&self.salt, slot).seal_in_place(&place, out);
        self.sealed.extend_from_slice(out);
        self.table.push((self.sealed.len() as u32, subject.0));
        loc
    }

    /// The block as it is written.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(LEAD + self.table.len() * 8 + self.sealed.len());
        out.push(FORMAT);
        out.extend_from_slice(&1u16.to_be_bytes());
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&(self.table.len() as u16).to_be_bytes());
        for (end, subject) in &self.table {
            out.extend_from_slice(&end.to_be_bytes());
            out.extend_from_slice(&subject.to_be_bytes());
        }
        out.extend_from_slice(&self.sealed);
        out
    }
}

/// A block as it was read.
pub(crate) struct BlockReader<'a> {
    seq: u64,
    t: u64,
    salt: [u8; 16],
    table: &'a [[u8; 8]],
    sealed: &'a [u8],
}

fn damaged() -> StoreError {
    StoreError::Damaged { what: "a block of bodies" }
}

impl<'a> BlockReader<'a> {
    pub(crate) fn new(seq: u64, t: u64, bytes: &'a [u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(bytes, "a block of bodies");
        let [format] = reader.fixed::<1>()?;
        let _epoch = u16::from_be_bytes(reader.fixed()?);
        if format != FORMAT {
            return Err(damaged());
        }
        let salt = reader.fixed::<16>()?;
        let count = u16::from_be_bytes(reader.fixed()?) as usize;
        let table = reader.take(count * 8)?.as_chunks::<8>().0;
        let sealed = reader.take(reader.len())?;
        Ok(Self { seq, t, salt, table, sealed })
    }

    pub(crate) fn len(&self) -> u16 {
        self.table.len() as u16
    }

    fn entry(&self, slot: u16) -> Option<(u32, &'a [u8])> {
        let word = |at: usize, part: std::ops::Range<usize>| {
            self.table.get(at).and_then(|e| e[part].try_into().ok()).map(u32::from_be_bytes)
        };
        let at = slot as usize;
        let start = if at == 0 { 0 } else { word(at - 1, 0..4)? };
        let bytes = self.sealed.get(start as usize..word(at, 0..4)? as usize)?;
        Some((word(at, 4..8)?, bytes))
    }

    /// Opens one version.
    pub(crate) fn version(
        &self,
        slot: u16,
        vault: &Vault,
        container: &Container,
        dictionaries: &Dictionaries,
    ) -> Result<Version, StoreError> {
        let (subject, sealed) = self.entry(slot).ok_or_else(damaged)?;
        let mut bytes = sealed.to_vec();
        let place = vault.place.of(Table::Blocks, self.seq, u64::from(slot));
        let once = if subject == 0 {
            vault.bodies.once(&self.salt, u32::from(slot))
        } else {
            vault.subject_by_id(subject, container)?.once(&self.salt, u32::from(slot))
        };
        let plain = once.open_in_place(&place, &mut bytes).map_err(|_| damaged())?;
        let mut reader = Reader::new(plain, "a block of bodies");
        let r = &mut reader;
        let rid = r.get_u32()?;
        let [type_] = r.fixed::<1>()?;
        let word = r.get()?;
        let updated = Timestamp::from_micros(r.get_signed()?);
        let previous = r.get()?.checked_sub(1).map(Loc::from_bits);
        let splice = r.get_u32()?;
        let (dictionary, raw_len) = (r.get_u32()?, r.get_u32()?);
        let bytes = r.take(r.len())?;
        let body = dictionaries.unpack(Packed { dictionary, raw_len, bytes })?;
        Ok(Version {
            rid,
            type_: TypeId(type_),
            version: (word >> 1) as u32,
            deleted: word & 1 == 1,
            updated,
            body,
            splice,
            previous,
            loc: Loc::new(self.seq, slot),
            t: self.t,
        })
    }
}
