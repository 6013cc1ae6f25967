//! A row's place in an order: its sort values and its number. What a page token remembers.

use std::cmp::Ordering;

use tarn_store::Rid;

/// A place in the order of a query's matches.
#[derive(Debug, Clone, PartialEq)]
pub struct Position {
    /// For each sort key, where the row stands.
    pub keys: Vec<Place>,
    /// The row's number, which decides ties.
    pub rid: Rid,
}

/// Where a row stands by one sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// By number: already turned so that lower comes first; the greatest means "no value".
    Number(i64),
    /// By text; none means "no value", which comes last in either direction.
    Text(Option<Box<str>>),
}

/// The number of rows without a value: last, whichever the direction.
pub(crate) const NO_NUMBER: i64 = i64::MAX;

/// Compares texts in a direction; none comes last in both.
pub(crate) fn compare_texts(a: Option<&str>, b: Option<&str>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.cmp(a),
        (Some(a), Some(b)) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

impl Position {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.rid.to_le_bytes());
        for key in &self.keys {
            match key {
                Place::Number(NO_NUMBER) => out.push(0),
                Place::Number(value) => {
                    out.push(1);
                    out.extend_from_slice(&value.to_le_bytes());
                }
                Place::Text(None) => out.push(2),
                Place::Text(Some(text)) => {
                    out.push(3);
                    out.extend_from_slice(&(text.len() as u16).to_le_bytes());
                    out.extend_from_slice(text.as_bytes());
                }
            }
        }
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (rid, mut rest) = bytes.split_first_chunk()?;
        let mut keys = Vec::new();
        while let Some((tag, behind)) = rest.split_first() {
            let (key, behind) = match tag {
                0 => (Place::Number(NO_NUMBER), behind),
                1 => {
                    let (value, behind) = behind.split_first_chunk()?;
                    (Place::Number(i64::from_le_bytes(*value)), behind)
                }
                2 => (Place::Text(None), behind),
                3 => {
                    let (length, behind) = behind.split_first_chunk()?;
                    let (text, behind) =
                        behind.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
                    (Place::Text(Some(std::str::from_utf8(text).ok()?.into())), behind)
                }
                _ => return None,
            };
            keys.push(key);
            rest = behind;
        }
        Some(Self { keys, rid: Rid::from_le_bytes(*rid) })
    }
}
