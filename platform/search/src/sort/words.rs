//! The texts of what the index keeps hashed: one body is read for each key, not for each row.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::{FieldId, ParamKind};
use tarn_store::{Field, Key, Part, Rid, Variant};

use super::gather::{beginning, keep_first, text};
use crate::error::SearchError;
use crate::extract::{self, Value, keys};
use crate::run::{Run, parsed};

/// Takes the texts of a part's rows by a token or a reference.
pub(super) fn take_words(
    run: &Run<'_>,
    part: &Part,
    rows: &RoaringBitmap,
    rids: &[Rid],
    texts: &mut [Option<Arc<str>>],
    (field, kind): (FieldId, ParamKind),
    descending: bool,
) -> Result<(), SearchError> {
    let variants: &[Variant] = match kind {
        ParamKind::Reference => &[Variant::Main, Variant::Second],
        _ => &[Variant::Main],
    };
    let mut known: HashMap<Key, Arc<str>> = HashMap::new();
    for variant in variants {
        let mut found = Vec::new();
        run.each_key(part, Field::new(field, *variant), |key, postings| {
            let having = postings & rows;
            if !having.is_empty() {
                found.push((key, having));
            }
        })?;
        for (key, having) in found {
            if let (false, Some(first)) = (known.contains_key(&key), having.min()) {
                read_words(run, first, field, &mut known)?;
            }
            let Some(text) = known.get(&key) else { continue };
            for rid in having {
                if let Ok(at) = rids.binary_search(&rid) {
                    keep_first(&mut texts[at], text, descending);
                }
            }
        }
    }
    Ok(())
}

/// Learns the texts of all keys that a row has in the field.
fn read_words(
    run: &Run<'_>,
    rid: Rid,
    field: FieldId,
    known: &mut HashMap<Key, Arc<str>>,
) -> Result<(), SearchError> {
    run.budget.bodies(1)?;
    run.budget.tick()?;
    let Some(row) = run.snapshot.row(rid)? else { return Ok(()) };
    let version = run.snapshot.read(row.loc)?;
    let document = parsed(&version.body)?;
    for value in extract::values(row.type_, &document, field) {
        let Some(key) = key_of(run, field, &value) else { continue };
        if let Some(text) = text(value).filter(|text| !text.is_empty()) {
            known.entry(key).or_insert_with(|| beginning(&text).into());
        }
    }
    Ok(())
}

/// The key under which the extractor puts a value.
fn key_of(run: &Run<'_>, field: FieldId, value: &Value) -> Option<Key> {
    let hasher = run.snapshot.hasher();
    Some(match value {
        Value::Token { system: Some(system), code: Some(code) } => {
            keys::code_in_system(hasher, field, system, code)
        }
        Value::Token { system: None, code: Some(code) } => {
            keys::code_in_no_system(hasher, field, code)
        }
        Value::Reference { type_, id } => keys::reference(hasher, field, &format!("{type_}/{id}")),
        Value::Link(url) => keys::reference(hasher, field, url),
        Value::Identifier { system, value: Some(value) } => {
            keys::identifier(hasher, field, system.as_deref(), value)
        }
        _ => return None,
    })
}
