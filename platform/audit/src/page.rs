//! Pages: entries that were written together, compressed and sealed as one.

use tarn_domain::{OrganizationId, Timestamp};
use tarn_keys::DataKey;
use zstd::bulk::{Compressor, Decompressor};

use crate::chain::Head;
use crate::{AuditError, Entry};

/// Typical records, so that a page of one entry shrinks too. Part of the format: never changed.
const DICTIONARY: &[u8] = include_bytes!("../assets/dictionary-1.txt");
const LEVEL: i32 = 1;
/// A page is closed when its entries are that many or that long.
const ENTRIES_LIMIT: usize = 512;
const BYTES_LIMIT: usize = 1_024 * 1_024;
/// More than a page can be: one entry at its longest behind almost a full page.
const RAW_LIMIT: usize = 4 * BYTES_LIMIT;

/// A page as it is stored.
pub(crate) struct Page {
    /// The first entry's number.
    pub(crate) first: u64,
    /// How many entries.
    pub(crate) count: u32,
    /// The earliest entry's time.
    pub(crate) oldest: Timestamp,
    /// The latest entry's time.
    pub(crate) newest: Timestamp,
    /// The salt of the page's key.
    pub(crate) salt: [u8; 16],
    /// The chain's hash after the last entry.
    pub(crate) hash: [u8; 32],
    /// `length of the raw entries (4) | zstd`, sealed. Raw: `length (4) | bytes` of each.
    pub(crate) sealed: Vec<u8>,
}

/// Seals and opens pages of one organisation.
pub(crate) struct Pages {
    organization: OrganizationId,
    key: DataKey,
    compressor: Compressor<'static>,
    decompressor: Decompressor<'static>,
}

impl Pages {
    pub(crate) fn new(organization: OrganizationId, key: DataKey) -> Result<Self, AuditError> {
        let failed = AuditError::disk("zstd");
        let compressor = Compressor::with_dictionary(LEVEL, DICTIONARY);
        let decompressor = Decompressor::with_dictionary(DICTIONARY);
        match (compressor, decompressor) {
            (Ok(compressor), Ok(decompressor)) => {
                Ok(Self { organization, key, compressor, decompressor })
            }
            (Err(e), _) | (_, Err(e)) => Err(failed(e)),
        }
    }

    /// How many of the entries go into one page: at least one.
    pub(crate) fn take(entries: &[Entry]) -> usize {
        let mut bytes = 0;
        let fits = |entry: &&Entry| {
            bytes += entry.bytes().len();
            bytes <= BYTES_LIMIT
        };
        entries.iter().take(ENTRIES_LIMIT).take_while(fits).count().max(1)
    }

    /// Seals entries as the page that follows `head`; gives it and the head after it.
    pub(crate) fn seal(
        &mut self,
        head: Head,
        entries: &[Entry],
    ) -> Result<(Page, Head), AuditError> {
        let mut raw = Vec::with_capacity(entries.iter().map(|e| e.bytes().len() + 4).sum());
        let mut after = head;
        for entry in entries {
            raw.extend_from_slice(&(entry.bytes().len() as u32).to_be_bytes());
            raw.extend_from_slice(entry.bytes());
            after = after.after(self.organization, entry.bytes());
        }
        let packed = self.compressor.compress(&raw).map_err(AuditError::disk("zstd"))?;
        let mut sealed = Vec::with_capacity(packed.len() + 4 + tarn_keys::TAG_LEN);
        sealed.extend_from_slice(&(raw.len() as u32).to_be_bytes());
        sealed.extend_from_slice(&packed);
        let mut page = Page {
            first: head.seq + 1,
            count: entries.len() as u32,
            oldest: entries.iter().map(Entry::time).min().unwrap_or_default(),
            newest: entries.iter().map(Entry::time).max().unwrap_or_default(),
            salt: DataKey::salt(),
            hash: after.hash,
            sealed: Vec::new(),
        };
        let place = self.place(&page, head.hash);
        self.key.once(&page.salt, 0).seal_in_place(&place, &mut sealed);
        page.sealed = sealed;
        Ok((page, after))
    }

    /// Opens a page that follows the hash `before`. Nothing if it was changed or moved.
    pub(crate) fn open(&mut self, page: &Page, before: [u8; 32]) -> Option<Opened> {
        let place = self.place(page, before);
        let mut sealed = page.sealed.clone();
        let plain = self.key.once(&page.salt, 0).open_in_place(&place, &mut sealed).ok()?;
        let (length, packed) = plain.split_first_chunk::<4>()?;
        let length = u32::from_be_bytes(*length) as usize;
        if length > RAW_LIMIT {
            return None;
        }
        let raw = self.decompressor.decompress(packed, length).ok()?;
        Opened::new(raw, page)
    }

    /// What a page is sealed to: its whole stored row and its place in the chain.
    fn place(&self, page: &Page, before: [u8; 32]) -> Vec<u8> {
        let mut place = b"tarn audit page 1\0".to_vec();
        place.extend_from_slice(&self.organization.to_bytes());
        place.extend_from_slice(&page.first.to_be_bytes());
        place.extend_from_slice(&page.count.to_be_bytes());
        place.extend_from_slice(&page.oldest.micros().to_be_bytes());
        place.extend_from_slice(&page.newest.micros().to_be_bytes());
        place.extend_from_slice(&before);
        place.extend_from_slice(&page.hash);
        place
    }
}

/// A page's entries in the clear.
pub(crate) struct Opened {
    raw: Vec<u8>,
    /// Where each entry begins and ends in `raw`.
    spans: Vec<(usize, usize)>,
}

impl Opened {
    fn new(raw: Vec<u8>, page: &Page) -> Option<Self> {
        let mut spans = Vec::with_capacity(page.count as usize);
        let mut at = 0;
        while at < raw.len() {
            let length = u32::from_be_bytes(*raw.get(at..)?.first_chunk::<4>()?) as usize;
            let (from, to) = (at + 4, at + 4 + length);
            if to > raw.len() {
                return None;
            }
            spans.push((from, to));
            at = to;
        }
        (spans.len() == page.count as usize).then_some(Self { raw, spans })
    }

    /// The entries' bytes in order.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.spans.iter().map(|(from, to)| &self.raw[*from..*to])
    }
}
