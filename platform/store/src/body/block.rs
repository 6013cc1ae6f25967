//! Blocks of sealed bodies: written once, in the order of commits.

use roaring::RoaringBitmap;
use tarn_domain::Timestamp;
use tarn_fhir::definitions::TypeId;
use tarn_keys::DataKey;

use super::dictionary::{Dictionaries, Packed, Plain, pack};
use super::vault::{Table, Vault};
use crate::container::Container;
use crate::error::StoreError;
use crate::index::codec::{Reader, put, put_signed};
use crate::key::Rid;
use crate::row::Loc;

/// Versions in a block at most.
pub(crate) const MOST: u16 = 256;
/// Sealed bytes after which a block is closed: what a read of one version has to fetch. Smaller
/// blocks leave more of SQLite's pages empty (6 KB: a fifth; 14 KB: a fifteenth).
pub(crate) const SIZE: usize = 14 * 1024;

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
/// Format, epoch, salt, count of groups.
const LEAD: usize = 1 + 2 + 16 + 2;
/// First slot, end, subject.
const ENTRY: usize = 2 + 4 + 4;

/// A version's head, and how long its body is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub head: Head,
    pub len: u32,
}

/// Collects sealed groups of versions into a block. The members of a group are of one patient:
/// they are compressed together and sealed together, under one key.
#[derive(Debug)]
pub(crate) struct BlockWriter {
    seq: u64,
    salt: [u8; 16],
    /// First slot, end in `sealed`, and subject of each group.
    table: Vec<(u16, u32, u32)>,
    slots: u16,
    sealed: Vec<u8>,
    scratch: Vec<u8>,
}

impl BlockWriter {
    pub(crate) fn new(seq: u64) -> Self {
        let (table, sealed, scratch) = (Vec::new(), Vec::new(), Vec::new());
        Self { seq, salt: DataKey::salt(), table, slots: 0, sealed, scratch }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.slots >= MOST || self.sealed.len() >= SIZE
    }

    /// Where the next version will lie; those behind it in its group lie behind it.
    pub(crate) fn next_loc(&self) -> Loc {
        Loc::new(self.seq, self.slots)
    }

    /// Adds a group, sealed under its patient's key (number 0: the store's).
    pub(crate) fn push(
        &mut self,
        vault: &Vault,
        subject: (u32, &DataKey),
        members: &[Member],
        bodies: Packed<'_>,
    ) {
        let out = &mut self.scratch;
        out.clear();
        put(out, members.len() as u64);
        for Member { head, len } in members {
            put(out, u64::from(head.rid));
            out.push(head.type_.0);
            put(out, u64::from(head.version) << 1 | u64::from(head.deleted));
            put_signed(out, head.updated.micros());
            put(out, head.previous.map_or(0, |loc| loc.to_bits() + 1));
            put(out, u64::from(head.splice));
            put(out, u64::from(*len));
        }
        put(out, u64::from(bodies.dictionary));
        put(out, bodies.plain.to_bits());
        out.extend_from_slice(bodies.bytes);
        let number = self.table.len() as u32;
        let place = vault.place.of(Table::Blocks, self.seq, u64::from(number));
        subject.1.once(&self.salt, number).seal_in_place(&place, out);
        self.sealed.extend_from_slice(out);
        self.table.push((self.slots, self.sealed.len() as u32, subject.0));
        self.slots += members.len() as u16;
    }

    /// The block as it is written.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(LEAD + self.table.len() * ENTRY + self.sealed.len());
        out.push(FORMAT);
        out.extend_from_slice(&1u16.to_be_bytes());
        out.extend_from_slice(&self.salt);
        out.extend_from_slice(&(self.table.len() as u16).to_be_bytes());
        for (first, end, subject) in &self.table {
            out.extend_from_slice(&first.to_be_bytes());
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
    table: &'a [[u8; ENTRY]],
    sealed: &'a [u8],
}

/// An opened group: its heads, and its bodies one behind the other.
struct Group {
    first: u16,
    members: Vec<Member>,
    bodies: Vec<u8>,
}

fn damaged() -> StoreError {
    StoreError::Damaged { what: "a block of bodies" }
}

/// First slot, end and subject of a group.
fn entry(bytes: &[u8; ENTRY]) -> (u16, u32, u32) {
    let [a, b, c, d, e, f, g, h, i, j] = *bytes;
    (u16::from_be_bytes([a, b]), u32::from_be_bytes([c, d, e, f]), u32::from_be_bytes([g, h, i, j]))
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
        let table = reader.take(count * ENTRY)?.as_chunks::<ENTRY>().0;
        let sealed = reader.take(reader.len())?;
        Ok(Self { seq, t, salt, table, sealed })
    }

    /// Opens one version.
    pub(crate) fn version(&self, slot: u16, keys: &Opening<'_>) -> Result<Version, StoreError> {
        let at = self.table.partition_point(|bytes| entry(bytes).0 <= slot);
        let group = self.group(at.checked_sub(1).ok_or_else(damaged)?, keys)?;
        self.member(&group, slot.wrapping_sub(group.first) as usize)
    }

    /// Opens every version that was not erased, in order.
    pub(crate) fn versions(&self, keys: &Opening<'_>) -> Result<Vec<Version>, StoreError> {
        let mut versions = Vec::new();
        for at in 0..self.table.len() {
            let group = match self.group(at, keys) {
                Err(StoreError::Erased) => continue,
                group => group?,
            };
            for member in 0..group.members.len() {
                match self.member(&group, member) {
                    Err(StoreError::Erased) => {}
                    version => versions.push(version?),
                }
            }
        }
        Ok(versions)
    }

    fn group(&self, at: usize, keys: &Opening<'_>) -> Result<Group, StoreError> {
        let start = if at == 0 { 0 } else { entry(&self.table[at - 1]).1 as usize };
        let (first, end, subject) = self.table.get(at).map(entry).ok_or_else(damaged)?;
        let mut bytes = self.sealed.get(start..end as usize).ok_or_else(damaged)?.to_vec();
        let number = at as u32;
        let place = keys.vault.place.of(Table::Blocks, self.seq, u64::from(number));
        let once = if subject == 0 {
            keys.vault.bodies.once(&self.salt, number)
        } else {
            keys.vault.subject_by_id(subject, keys.container)?.once(&self.salt, number)
        };
        let plain = once.open_in_place(&place, &mut bytes).map_err(|_| damaged())?;
        let mut reader = Reader::new(plain, "a block of bodies");
        let count = reader.get_u32()? as usize;
        let mut members = Vec::with_capacity(count.min(MOST as usize));
        for _ in 0..count {
            members.push(read_member(&mut reader)?);
        }
        let (dictionary, plain) = (reader.get_u32()?, Plain::from_bits(reader.get()?));
        let bytes = reader.take(reader.len())?;
        let bodies = keys.dictionaries.unpack(Packed { dictionary, plain, bytes })?;
        Ok(Group { first, members, bodies })
    }

    fn member(&self, group: &Group, at: usize) -> Result<Version, StoreError> {
        let Member { head, len } = *group.members.get(at).ok_or_else(damaged)?;
        if len == 0 {
            return Err(StoreError::Erased);
        }
        let start: usize = group.members[..at].iter().map(|member| member.len as usize).sum();
        let body = group.bodies.get(start..start + len as usize).ok_or_else(damaged)?.to_vec();
        let Head { rid, type_, version, deleted, updated, previous, splice } = head;
        let loc = Loc::new(self.seq, group.first + at as u16);
        let t = self.t;
        Ok(Version { rid, type_, version, deleted, updated, body, splice, previous, loc, t })
    }
}

/// A block without the bodies of some resources; what is left keeps its place. All of it is sealed
/// anew under a new salt, since no key may meet two messages. What cannot be opened any more,
/// because its key was destroyed, is left out too.
pub(crate) fn without(
    (seq, t): (u64, u64),
    bytes: &[u8],
    rids: &RoaringBitmap,
    keys: &Opening<'_>,
) -> Result<Vec<u8>, StoreError> {
    let reader = BlockReader::new(seq, t, bytes)?;
    let mut writer = BlockWriter::new(seq);
    let mut packed = Vec::new();
    for (at, (first, _, subject)) in reader.table.iter().map(entry).enumerate() {
        // Where a group before could not be opened, it is not known how many slots it took.
        writer.slots = first;
        let group = match reader.group(at, keys) {
            Err(StoreError::Erased) => {
                writer.table.push((first, writer.sealed.len() as u32, subject));
                continue;
            }
            group => group?,
        };
        let (members, bodies) = group.without(rids);
        let type_ = members.first().map(|member| member.head.type_);
        let dictionary = type_.and_then(|type_| keys.dictionaries.of_type(type_));
        packed.clear();
        let plain = pack(&bodies, dictionary.map(|d| &**d), &mut packed);
        let bodies = Packed { dictionary: dictionary.map_or(0, |d| d.id), plain, bytes: &packed };
        if subject == 0 {
            writer.push(keys.vault, (0, &keys.vault.bodies), &members, bodies);
        } else {
            let key = keys.vault.subject_by_id(subject, keys.container)?;
            writer.push(keys.vault, (subject, &key), &members, bodies);
        }
    }
    Ok(writer.finish())
}

/// The resources in the groups of a block that are sealed under a patient's key.
pub(crate) fn rids_of_subject(
    (seq, t): (u64, u64),
    bytes: &[u8],
    subject: u32,
    keys: &Opening<'_>,
) -> Result<Vec<Rid>, StoreError> {
    let reader = BlockReader::new(seq, t, bytes)?;
    let mut rids = Vec::new();
    for (at, (_, _, owner)) in reader.table.iter().map(entry).enumerate() {
        if owner == subject {
            rids.extend(reader.group(at, keys)?.members.iter().map(|member| member.head.rid));
        }
    }
    Ok(rids)
}

impl Group {
    /// Heads and bodies, with nothing left of the bodies of some resources.
    fn without(self, rids: &RoaringBitmap) -> (Vec<Member>, Vec<u8>) {
        let mut bodies = Vec::with_capacity(self.bodies.len());
        let mut start = 0;
        let mut members = self.members;
        for member in &mut members {
            let end = start + member.len as usize;
            if rids.contains(member.head.rid) {
                (member.len, member.head.splice) = (0, 0);
            } else {
                bodies.extend_from_slice(self.bodies.get(start..end).unwrap_or_default());
            }
            start = end;
        }
        (members, bodies)
    }
}

/// What it takes to open a block's versions.
pub(crate) struct Opening<'a> {
    pub vault: &'a Vault,
    pub container: &'a Container,
    pub dictionaries: &'a Dictionaries,
}

fn read_member(r: &mut Reader<'_>) -> Result<Member, StoreError> {
    let rid = r.get_u32()?;
    let [type_] = r.fixed::<1>()?;
    let word = r.get()?;
    let updated = Timestamp::from_micros(r.get_signed()?);
    let previous = r.get()?.checked_sub(1).map(Loc::from_bits);
    let splice = r.get_u32()?;
    let len = r.get_u32()?;
    let (type_, version, deleted) = (TypeId(type_), (word >> 1) as u32, word & 1 == 1);
    let head = Head { rid, type_, version, deleted, updated, previous, splice };
    Ok(Member { head, len })
}
