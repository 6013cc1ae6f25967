//! Gathers sort values: from columns and terms for the rows in question, or from their bodies.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::{Base, FieldId, ParamKind, SearchParameter, TypeId};
use tarn_store::{Part, Rid, Version};

use super::Values;
use super::words::take_words;
use crate::error::SearchError;
use crate::extract::{self, Value, normalise};
use crate::position::{NO_NUMBER, compare_texts};
use crate::query::SortKey;
use crate::run::{Run, gallop, main, parsed};

/// Texts are compared by so many bytes. What agrees in them goes by age.
const TEXT_BYTES: usize = 120;

fn kind(key: &SortKey) -> ParamKind {
    key.parameters.first().map_or(ParamKind::Special, |parameter| parameter.kind)
}

/// Whether the bodies must, or had better, be read for a key.
pub(super) fn must_be_read(run: &Run<'_>, key: &SortKey, rows: u64) -> bool {
    match kind(key) {
        ParamKind::Date | ParamKind::Number | ParamKind::Quantity => false,
        ParamKind::Token if key.parameters.iter().any(|p| p.code == "_id") => true,
        _ => rows <= run.budget.turning.read_below,
    }
}

impl Values {
    /// No values yet.
    pub(super) fn new(key: &SortKey, rows: usize) -> Self {
        match kind(key) {
            ParamKind::Date | ParamKind::Number | ParamKind::Quantity => {
                Self::Numbers(vec![NO_NUMBER; rows])
            }
            _ => Self::Texts { texts: vec![None; rows], descending: key.descending },
        }
    }

    /// Takes the values of a part's rows, which stand at `places`, from the part's index.
    pub(super) fn take(
        &mut self,
        run: &Run<'_>,
        part: &Part,
        rows: &RoaringBitmap,
        rids: &[Rid],
        places: Range<usize>,
        key: &SortKey,
    ) -> Result<(), SearchError> {
        let rids = &rids[places.clone()];
        for parameter in &key.parameters {
            match self {
                Self::Numbers(numbers) => {
                    let numbers = &mut numbers[places.clone()];
                    take_numbers(run, part, rids, numbers, parameter, key.descending)?;
                }
                Self::Texts { texts, descending }
                    if matches!(parameter.kind, ParamKind::Token | ParamKind::Reference) =>
                {
                    let texts = &mut texts[places.clone()];
                    let of = (parameter.field, parameter.kind);
                    take_words(run, part, rows, rids, texts, of, *descending)?;
                }
                Self::Texts { texts, descending } => {
                    let texts = &mut texts[places.clone()];
                    take_terms(run, part, rows, rids, texts, parameter.field, *descending)?;
                }
            }
        }
        Ok(())
    }
}

impl Values {
    /// Takes the value that another list has at `from`, if it comes first.
    pub(super) fn keep_first_of(&mut self, place: usize, other: &Self, from: usize) {
        match (self, other) {
            (Self::Numbers(own), Self::Numbers(other)) => own[place] = own[place].min(other[from]),
            (Self::Texts { texts, descending }, Self::Texts { texts: other, .. }) => {
                if let Some(text) = &other[from] {
                    keep_first(&mut texts[place], text, *descending);
                }
            }
            // Both are lists of one key.
            _ => {}
        }
    }
}

fn take_numbers(
    run: &Run<'_>,
    part: &Part,
    rids: &[Rid],
    numbers: &mut [i64],
    parameter: &SearchParameter,
    descending: bool,
) -> Result<(), SearchError> {
    let field = main(parameter.field);
    let turn = |number| turned(number, descending);
    match parameter.kind {
        _ if parameter.code == "_lastUpdated" => {
            let column = part.updated()?;
            merge(run, rids, numbers, &column.rids, |at| turn(column.lo[at]))
        }
        ParamKind::Date => match part.dates(field)? {
            Some(column) => merge(run, rids, numbers, &column.rids, |at| turn(column.lo[at])),
            None => Ok(()),
        },
        ParamKind::Number => match part.numbers(field)? {
            Some(column) => {
                merge(run, rids, numbers, &column.rids, |at| turn(ordinal(column.lo[at])))
            }
            None => Ok(()),
        },
        _ => match part.quantities(field)? {
            Some(column) => {
                merge(run, rids, numbers, &column.rids, |at| turn(ordinal(column.lo[at])))
            }
            None => Ok(()),
        },
    }
}

/// Brings a column's values to its rows; both are in order of rids.
fn merge(
    run: &Run<'_>,
    rids: &[Rid],
    numbers: &mut [i64],
    column: &[Rid],
    value: impl Fn(usize) -> i64,
) -> Result<(), SearchError> {
    let is_sparse = run.is_sparse(rids.len() as u64, column.len());
    let probes = rids.len().saturating_mul(run.budget.turning.scanned_per_probe);
    run.budget.values(if is_sparse { probes } else { column.len() })?;
    let mut at = 0;
    for (rid, number) in rids.iter().zip(numbers) {
        at += match is_sparse {
            true => gallop(&column[at..], *rid),
            false => column[at..].iter().take_while(|known| *known < rid).count(),
        };
        while column.get(at) == Some(rid) {
            *number = (*number).min(value(at));
            at += 1;
        }
    }
    Ok(())
}

/// A number in the direction: lower comes first, and none is as high as "no value".
fn turned(number: i64, descending: bool) -> i64 {
    (if descending { !number } else { number }).min(NO_NUMBER - 1)
}

/// A float as an integer of the same order.
fn ordinal(float: f64) -> i64 {
    let bits = (float + 0.0).to_bits().cast_signed();
    bits ^ ((bits >> 63).cast_unsigned() >> 1).cast_signed()
}

fn take_terms(
    run: &Run<'_>,
    part: &Part,
    rows: &RoaringBitmap,
    rids: &[Rid],
    texts: &mut [Option<Arc<str>>],
    field: FieldId,
    descending: bool,
) -> Result<(), SearchError> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut stopped = None;
    part.each_term(main(field), &mut |term, postings| {
        if let Err(error) = run.budget.steps(1) {
            stopped = Some(error);
            return ControlFlow::Break(());
        }
        let mut text: Option<Arc<str>> = None;
        for rid in postings.iter().filter(|rid| rows.contains(*rid)) {
            let text = text.get_or_insert_with(|| beginning(term).into());
            if let Ok(at) = rids.binary_search(&rid) {
                keep_first(&mut texts[at], text, descending);
            }
        }
        ControlFlow::Continue(())
    })?;
    stopped.map_or(Ok(()), Err)
}

pub(super) fn keep_first(known: &mut Option<Arc<str>>, text: &Arc<str>, descending: bool) {
    if compare_texts(Some(text), known.as_deref(), descending).is_lt() {
        *known = Some(text.clone());
    }
}

pub(super) fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES)]
}

/// Reads the rows' bodies for the keys that the index cannot answer.
pub(super) fn read_all(
    run: &Run<'_>,
    rids: &[Rid],
    sort: &[SortKey],
    to_read: &[usize],
    keys: &mut [Values],
) -> Result<(), SearchError> {
    run.budget.bodies(rids.len() as u64)?;
    for (place, rid) in rids.iter().enumerate() {
        run.budget.tick()?;
        let Some(row) = run.snapshot.row(*rid)? else { continue };
        let version = run.snapshot.read(row.loc)?;
        for at in to_read {
            let Values::Texts { texts, descending } = &mut keys[*at] else { continue };
            for text in texts_of(&version, row.type_, &sort[*at])? {
                keep_first(&mut texts[place], &beginning(&text).into(), *descending);
            }
        }
    }
    Ok(())
}

fn texts_of(version: &Version, type_: TypeId, key: &SortKey) -> Result<Vec<String>, SearchError> {
    let own = |p: &&&'static SearchParameter| p.base == Base::Any || p.base == Base::Type(type_);
    let Some(parameter) = key.parameters.iter().find(own) else { return Ok(Vec::new()) };
    let document = parsed(&version.body)?;
    let values = extract::values(type_, &document, parameter.field);
    Ok(values.into_iter().filter_map(text).filter(|text| !text.is_empty()).collect())
}

/// A value as text to sort by.
pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::Token { code, .. } => code,
        Value::String(text) => Some(normalise(&text).into_owned()),
        Value::Uri(uri) => Some(uri),
        Value::Reference { type_, id } => Some(format!("{type_}/{id}")),
        Value::Link(url) => Some(url),
        Value::Identifier { value, .. } => value,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_keep_their_order_as_integers() {
        let floats = [f64::NEG_INFINITY, -1e300, -1.5, -0.0, 1e-300, 1.0, 1.5, f64::INFINITY];
        assert!(floats.map(ordinal).is_sorted());
        assert_eq!(ordinal(-0.0), ordinal(0.0));
        assert!(ordinal(f64::INFINITY) < NO_NUMBER);
    }

    #[test]
    fn both_directions_put_nothing_last() {
        assert!(turned(i64::MAX, false) < NO_NUMBER);
        assert!(turned(i64::MIN, true) < NO_NUMBER);
        assert!(turned(5, true) < turned(4, true));
    }
}
