//! Finds entries, newest first.

use std::fmt;
use std::str::FromStr;

use memchr::memmem;
use rusqlite::params;
use tarn_domain::Timestamp;

use crate::event::Event;
use crate::file::{PAGE, hash_before, read_page};
use crate::reader::unreadable;
use crate::{AuditError, Reader};

/// How many entries one search looks at before it answers with what it has.
const LOOK_LIMIT: usize = 100_000;

/// What is searched for: entries for which everything that is given holds.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Not before this time (to the second, as entries are).
    pub from: Option<Timestamp>,
    /// Not at or after this time.
    pub to: Option<Timestamp>,
    /// The principal's id, ARN, access key id or name.
    pub principal: Option<String>,
    /// The act: `eventName`.
    pub action: Option<String>,
    /// The service: `eventSource`.
    pub source: Option<String>,
    /// A resource's ARN, its type, or its last part (a store's id), or a parameter's value.
    pub resource: Option<String>,
    /// The call's `requestID`.
    pub request: Option<String>,
    /// The call's `errorCode`.
    pub error: Option<String>,
    /// Whether it failed or was refused.
    pub failed: Option<bool>,
    /// Whether it changed nothing.
    pub read_only: Option<bool>,
}

/// Where a search goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(u64);

/// An entry that was found.
#[derive(Debug, Clone)]
pub struct Record {
    /// Its number in the chain.
    pub seq: u64,
    /// Its exact text.
    pub json: String,
    /// The same, read.
    pub event: Event,
}

/// What a search found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The entries, newest first.
    pub records: Vec<Record>,
    /// Where to go on; absent when the beginning of the trail was reached. A page of few records,
    /// or none, may have a next: a search stops after many entries that do not fit.
    pub next: Option<Cursor>,
}

impl Reader {
    /// Finds at most `limit` entries, newest first, from the newest or from where `cursor` says.
    pub fn search(
        &mut self,
        filter: &Filter,
        cursor: Option<Cursor>,
        limit: usize,
    ) -> Result<Found, AuditError> {
        let Self { connection, trusted, pages } = self;
        let moment = connection.unchecked_transaction()?;
        let wanted = Wanted::new(filter);
        let end = cursor.map_or(i64::MAX, |Cursor(seq)| i64::try_from(seq).unwrap_or(i64::MAX));
        let select = format!(
            "SELECT {PAGE} FROM page WHERE first < ?1 AND newest >= ?2 AND oldest < ?3 \
             ORDER BY first DESC"
        );
        let mut statement = moment.prepare_cached(&select)?;
        let mut rows = statement.query(params![end, wanted.from, wanted.to])?;
        let mut records = Vec::new();
        let mut looked = 0;
        while let Some(row) = rows.next()? {
            let page = read_page(row)?;
            let before = hash_before(&moment, trusted.organization, page.first)?;
            let opened = pages.open(&page, before).ok_or_else(|| unreadable(page.first))?;
            for (at, bytes) in opened.entries().enumerate().rev() {
                let seq = page.first + at as u64;
                if seq >= end as u64 {
                    continue;
                }
                if records.len() == limit || looked == LOOK_LIMIT {
                    return Ok(Found { records, next: Some(Cursor(seq + 1)) });
                }
                looked += 1;
                if let Some(record) = wanted.take(seq, bytes)? {
                    records.push(record);
                }
            }
        }
        Ok(Found { records, next: None })
    }
}

/// A filter made ready for many entries.
struct Wanted<'f> {
    filter: &'f Filter,
    from: i64,
    to: i64,
    /// Texts that an entry must contain somewhere, as JSON writes them: most entries that do not
    /// fit are left out without being parsed.
    needles: Vec<memmem::Finder<'static>>,
}

impl<'f> Wanted<'f> {
    fn new(filter: &'f Filter) -> Self {
        let texts = [
            &filter.principal,
            &filter.action,
            &filter.source,
            &filter.resource,
            &filter.request,
            &filter.error,
        ];
        let needles = texts.into_iter().flatten().map(|text| {
            let json = serde_json::Value::from(text.as_str()).to_string();
            memmem::Finder::new(&json.as_bytes()[1..json.len() - 1]).into_owned()
        });
        let second = |time: Timestamp| time.micros().div_euclid(1_000_000) * 1_000_000;
        Self {
            filter,
            from: filter.from.map_or(i64::MIN, second),
            to: filter.to.map_or(i64::MAX, Timestamp::micros),
            needles: needles.collect(),
        }
    }

    fn take(&self, seq: u64, bytes: &[u8]) -> Result<Option<Record>, AuditError> {
        if !self.needles.iter().all(|needle| needle.find(bytes).is_some()) {
            return Ok(None);
        }
        let event: Event =
            serde_json::from_slice(bytes).map_err(|e| AuditError::NotAnEntry(e.to_string()))?;
        if !self.fits(&event) {
            return Ok(None);
        }
        let json = String::from_utf8_lossy(bytes).into_owned();
        Ok(Some(Record { seq, json, event }))
    }

    fn fits(&self, event: &Event) -> bool {
        let filter = self.filter;
        let time = event.event_time.micros();
        let is =
            |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
        let failed = event.error_code.is_some();
        self.from <= time
            && time < self.to
            && is(&filter.action, &event.event_name)
            && is(&filter.source, &event.event_source)
            && is(&filter.request, &event.request_id)
            && filter.error.as_deref().is_none_or(|e| event.error_code.as_deref() == Some(e))
            && filter.failed.is_none_or(|f| f == failed)
            && filter.read_only.is_none_or(|r| r == event.read_only)
            && filter.principal.as_deref().is_none_or(|p| is_principal(event, p))
            && filter.resource.as_deref().is_none_or(|r| is_resource(event, r))
    }
}

fn is_principal(event: &Event, wanted: &str) -> bool {
    let who = &event.user_identity;
    [&who.principal_id, &who.arn, &who.access_key_id, &who.user_name, &who.invoked_by]
        .into_iter()
        .any(|name| name.as_deref() == Some(wanted))
}

fn is_resource(event: &Event, wanted: &str) -> bool {
    let named = event.resources.iter().any(|resource| {
        resource.arn == wanted
            || resource.kind.as_deref() == Some(wanted)
            || resource.arn.rsplit('/').next() == Some(wanted)
    });
    let parameters = event.request_parameters.as_ref().and_then(|value| value.as_object());
    named || parameters.is_some_and(|all| all.values().any(|value| value == wanted))
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

impl FromStr for Cursor {
    type Err = AuditError;

    fn from_str(text: &str) -> Result<Self, AuditError> {
        u64::from_str_radix(text, 16).map(Self).map_err(|_| AuditError::Cursor)
    }
}
