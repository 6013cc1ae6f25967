//! Composites are checked by reading: the index knows that a row has each part somewhere, its body
//! knows whether they stand together.

use roaring::RoaringBitmap;
use tarn_fhir::definitions::{FieldId, TypeId};
use tarn_fhir::json::Document;
use tarn_store::{Rid, StoreError};

use super::{Matches, Run};
use crate::error::SearchError;
use crate::extract::{self, Value, normalise};
use crate::filter::{Composite, Filter, KeyTest};
use crate::quantity::Measured;
use crate::text::has_phrases;

/// Whether rows that the index found still have to be looked into.
pub(super) fn is_needed(filter: &Filter) -> bool {
    match filter {
        Filter::Composite(_) => true,
        Filter::Text(test) => test.is_verified(),
        _ => false,
    }
}

/// Whether such a condition stands inside other conditions. Then those are answered one by one, so that
/// what the index found too much of is taken out before it is joined or turned around.
pub(super) fn is_inside(filter: &Filter) -> bool {
    let has_one = |filter: &Filter| is_needed(filter) || is_inside(filter);
    match filter {
        Filter::Not(inner) => has_one(inner),
        Filter::Any(all) | Filter::All(all) => all.iter().any(has_one),
        _ => false,
    }
}

impl Run<'_> {
    /// Takes out the rows whose bodies do not pass.
    pub(super) fn verify(
        &self,
        checks: &[&Filter],
        mut found: Matches,
    ) -> Result<Matches, SearchError> {
        self.budget.bodies(found.len())?;
        for rows in &mut found.parts {
            let mut kept = Vec::new();
            for rid in rows.iter() {
                self.budget.tick()?;
                if self.is_right(rid, checks)? {
                    kept.push(rid);
                }
            }
            *rows = RoaringBitmap::from_sorted_iter(kept).unwrap_or_default();
        }
        Ok(found)
    }

    fn is_right(&self, rid: Rid, checks: &[&Filter]) -> Result<bool, SearchError> {
        let Some(row) = self.snapshot.row(rid)? else { return Ok(false) };
        let version = self.snapshot.read(row.loc)?;
        let document = parsed(&version.body)?;
        Ok(checks.iter().all(|check| passes(check, row.type_, &document)))
    }
}

/// A body of the store, parsed.
pub(crate) fn parsed(body: &[u8]) -> Result<Document<'_>, SearchError> {
    Document::parse(body).map_err(|_| StoreError::Damaged { what: "a resource's body" }.into())
}

fn passes(filter: &Filter, type_: TypeId, document: &Document<'_>) -> bool {
    match filter {
        Filter::Composite(composite) => has_together(composite, type_, document),
        Filter::Text(test) => !test.is_verified() || has_phrases(test, document),
        // Everything else was answered by the index.
        _ => true,
    }
}

fn has_together(composite: &Composite, type_: TypeId, document: &Document<'_>) -> bool {
    let tuples = extract::tuples(type_, document, composite.parameter.field);
    composite.any.iter().any(|parts| {
        tuples.iter().any(|tuple| {
            let mut pairs = parts.iter().zip(tuple);
            pairs.all(|(part, values)| values.iter().any(|value| part_passes(part, value)))
        })
    })
}

/// Whether a resource that stands for itself passes a condition that can be told from it alone.
pub(crate) fn holds(filter: &Filter, type_: TypeId, document: &Document<'_>) -> bool {
    let any = |field: FieldId, passes: &dyn Fn(&Value) -> bool| {
        extract::values(type_, document, field).iter().any(passes)
    };
    match filter {
        Filter::Ids(ids) => {
            let id = document.root().get("id").and_then(tarn_fhir::json::Value::as_str);
            id.is_some_and(|id| ids.iter().any(|asked| *asked == id))
        }
        Filter::Keys(tests) => tests.iter().any(|test| match test {
            KeyTest::Present(field) => extract::is_present(type_, document, *field),
            test => any(test.field(), &|value| key_passes(test, value)),
        }),
        Filter::Terms(tests) => tests.iter().any(|test| {
            any(test.field, &|value| match value {
                Value::String(text) if !test.of_text => test.passes(&normalise(text)),
                Value::Uri(uri) if !test.of_text => test.passes(uri),
                Value::Words(words) if test.of_text => test.passes(&normalise(words)),
                _ => false,
            })
        }),
        Filter::Dates(fields, _) | Filter::Numbers(fields, _) | Filter::Quantities(fields, _) => {
            fields.iter().any(|field| any(*field, &|value| part_passes(filter, value)))
        }
        Filter::Near(field, tests) => any(*field, &|value| match value {
            Value::Position { latitude, longitude } => {
                tests.iter().any(|test| test.passes(*latitude, *longitude))
            }
            _ => false,
        }),
        Filter::Composite(composite) => has_together(composite, type_, document),
        Filter::Not(inner) => !holds(inner, type_, document),
        Filter::Any(all) => all.iter().any(|filter| holds(filter, type_, document)),
        Filter::All(all) => all.iter().all(|filter| holds(filter, type_, document)),
        // A contained resource has no history of its own; the rest was refused.
        _ => false,
    }
}

fn part_passes(part: &Filter, value: &Value) -> bool {
    match (part, value) {
        (Filter::Keys(tests), value) => tests.iter().any(|test| key_passes(test, value)),
        (Filter::Terms(tests), Value::String(text)) => {
            let text = normalise(text);
            tests.iter().any(|test| test.passes(&text))
        }
        (Filter::Dates(_, tests), Value::Date { lo, hi }) => {
            tests.iter().any(|test| test.passes(*lo, *hi))
        }
        (Filter::Numbers(_, tests), Value::Number { lo, hi }) => {
            tests.iter().any(|test| test.passes(*lo, *hi))
        }
        (Filter::Quantities(_, tests), Value::Quantity { system, code, unit, lo, hi }) => {
            let (system, code, unit) = (system.as_deref(), code.as_deref(), unit.as_deref());
            let measured = Measured { system, code, unit, lo: *lo, hi: *hi };
            tests.iter().any(|test| test.passes(&measured))
        }
        _ => false,
    }
}

fn key_passes(test: &KeyTest, value: &Value) -> bool {
    match (test, value) {
        (KeyTest::Code(_, asked), Value::Token { code, .. }) => code.as_ref() == Some(asked),
        (KeyTest::CodeIn(_, of, asked), Value::Token { system, code }) => {
            code.as_ref() == Some(asked) && of == system
        }
        (KeyTest::System(_, of), Value::Token { system, .. }) => system.as_ref() == Some(of),
        (KeyTest::Uri(_, asked), Value::Uri(uri)) => asked == uri,
        (KeyTest::Reference(_, asked), Value::Reference { type_, id }) => {
            let rest = asked.strip_prefix(type_.name()).and_then(|rest| rest.strip_prefix('/'));
            rest == Some(id)
        }
        (KeyTest::Reference(_, asked), Value::Link(url)) => asked == url,
        (KeyTest::Exact(_, asked), Value::String(text)) => asked == text,
        (KeyTest::Identifier(_, of, asked), Value::Identifier { system, value }) => {
            value.as_ref() == Some(asked) && of.as_ref().is_none_or(|of| of == system)
        }
        _ => false,
    }
}
