//! Conditions that a part of the index answers by itself, with keys hashed and ids looked up.

use std::ops::RangeInclusive;

use roaring::RoaringBitmap;
use tarn_fhir::definitions::{FieldId, TypeId, definitions};
use tarn_store::{Field, Hasher, Key, Part, Variant};

use super::columns::{self, HashedQuantity};
use super::{Run, verify};
use crate::error::SearchError;
use crate::extract::keys;
use crate::filter::{
    Clause, DateTest, Filter, KeyTest, NearTest, NumberTest, TermMatch, TermTest, TextTest,
};

/// From here on a weight is an order, not an estimate.
pub(super) const UNKNOWN: u64 = 1 << 33;

/// A condition, ready to be asked of parts.
pub(super) enum Local<'q> {
    Rids(RoaringBitmap),
    Types(&'q [TypeId]),
    Keys(Vec<RangeInclusive<Key>>),
    Terms(&'q [TermTest]),
    Updated(&'q [DateTest]),
    Dates(&'q [FieldId], &'q [DateTest]),
    Numbers(&'q [FieldId], &'q [NumberTest]),
    Quantities(&'q [FieldId], Vec<HashedQuantity<'q>>),
    Near(FieldId, &'q [NearTest]),
    /// A key of one of the fields outside the ranges.
    OtherKeys(&'q [FieldId], Vec<RangeInclusive<Key>>),
    /// A term of one of the fields that passes none of the tests.
    OtherTerms(&'q [FieldId], &'q [TermTest]),
    Text(&'q TextTest),
    Not(Box<Local<'q>>),
    Any(Vec<Local<'q>>),
    All(Vec<Local<'q>>),
}

impl<'q> Local<'q> {
    /// Prepares a condition; none where it needs more than one part (a chain, `_has`).
    pub(super) fn prepare(
        run: &Run<'_>,
        clause: &'q Clause,
        filter: &'q Filter,
    ) -> Result<Option<Self>, SearchError> {
        if verify::is_inside(filter) {
            return Ok(None);
        }
        let hasher = run.snapshot.hasher();
        Ok(Some(match filter {
            Filter::Ids(ids) => Self::Rids(find_ids(run, &clause.types, ids)?),
            Filter::Is(type_, id) => {
                Self::Rids(find_ids(run, &[*type_], std::slice::from_ref(id))?)
            }
            Filter::These(names) => Self::Rids(find_these(run, &clause.types, names)?),
            Filter::Updated(tests) => Self::Updated(tests),
            Filter::Keys(tests) => Self::Keys(ranges(tests, hasher)),
            Filter::Terms(tests) => Self::Terms(tests),
            Filter::Dates(fields, tests) => Self::Dates(fields, tests),
            Filter::Numbers(fields, tests) => Self::Numbers(fields, tests),
            Filter::Quantities(fields, tests) => {
                let tests = tests.iter().map(|test| HashedQuantity::new(test, hasher)).collect();
                Self::Quantities(fields, tests)
            }
            Filter::Near(field, tests) => Self::Near(*field, tests),
            Filter::Text(test) => Self::Text(test),
            Filter::Not(inner) => match Self::prepare(run, clause, inner)? {
                Some(inner) => Self::Not(Box::new(inner)),
                None => return Ok(None),
            },
            Filter::Any(all) => match Self::prepare_all(run, clause, all)? {
                Some(all) => Self::Any(all),
                None => return Ok(None),
            },
            Filter::All(all) => match Self::prepare_all(run, clause, all)? {
                Some(all) => Self::All(all),
                None => return Ok(None),
            },
            Filter::Composite(composite) => {
                // Whoever has the parts in one element has each of them somewhere.
                let mut any = Vec::with_capacity(composite.any.len());
                for parts in &composite.any {
                    match Self::prepare_all(run, clause, parts)? {
                        Some(parts) => any.push(Self::All(parts)),
                        None => return Ok(None),
                    }
                }
                Self::Any(any)
            }
            Filter::Other(fields, inner) => match &**inner {
                Filter::Keys(tests) => Self::OtherKeys(fields, ranges(tests, hasher)),
                Filter::Terms(tests) => Self::OtherTerms(fields, tests),
                _ => return Err(not_looked_up()),
            },
            Filter::Lookup(_) => return Err(not_looked_up()),
            Filter::Chain(..) | Filter::Has(..) => return Ok(None),
        }))
    }

    fn prepare_all(
        run: &Run<'_>,
        clause: &'q Clause,
        filters: &'q [Filter],
    ) -> Result<Option<Vec<Self>>, SearchError> {
        filters.iter().map(|filter| Self::prepare(run, clause, filter)).collect()
    }

    /// In which order to ask: what is answered cheaply and leaves little comes first.
    pub(super) fn weight(&self, part: &Part) -> Result<u64, SearchError> {
        Ok(match self {
            Self::Rids(rids) => rids.len(),
            Self::Keys(ranges) if ranges.len() <= 8 => {
                let mut sum = 0;
                for range in ranges {
                    sum += part.estimate(range.clone())?;
                }
                sum
            }
            Self::Keys(_) => UNKNOWN,
            Self::Any(all) | Self::All(all) => {
                let mut most = 0;
                for local in all {
                    most = most.max(local.weight(part)?);
                }
                most
            }
            Self::Terms(tests) if tests.iter().all(|test| test.with == TermMatch::Prefix) => {
                UNKNOWN
            }
            Self::Text(_) => UNKNOWN,
            Self::Types(_) => UNKNOWN + 1,
            Self::Numbers(..) | Self::Quantities(..) | Self::Near(..) => UNKNOWN + 2,
            Self::Dates(..) | Self::Updated(_) => UNKNOWN + 3,
            Self::Terms(_) => UNKNOWN + 4,
            Self::OtherKeys(..) | Self::OtherTerms(..) => UNKNOWN + 5,
            Self::Not(_) => UNKNOWN + 6,
        })
    }

    /// The rows of a part that pass. May hold rows outside `within`, which is what is still in
    /// question: where it is small, only that is looked at.
    pub(super) fn evaluate(
        &self,
        run: &Run<'_>,
        types: &[TypeId],
        part: &Part,
        within: Option<&RoaringBitmap>,
    ) -> Result<RoaringBitmap, SearchError> {
        match self {
            Self::Rids(rids) => Ok(rids & run.universe(part, types)?),
            Self::Types(types) => run.universe(part, types),
            Self::Keys(ranges) => union(run, ranges, |range| Ok(part.postings(range.clone())?)),
            Self::Terms(tests) => union(run, tests, |test| terms(part, test)),
            Self::Updated(tests) => {
                let column = part.updated()?;
                columns::instants(run, part, &column, within, tests)
            }
            Self::Dates(fields, tests) => union(run, fields, |field| {
                let Some(column) = part.dates(main(*field))? else { return Ok(empty()) };
                let test =
                    |at: usize| tests.iter().any(|test| test.passes(column.lo[at], column.hi[at]));
                columns::select(run, part, &column.rids, within, test)
            }),
            Self::Numbers(fields, tests) => union(run, fields, |field| {
                let Some(column) = part.numbers(main(*field))? else { return Ok(empty()) };
                let test =
                    |at: usize| tests.iter().any(|test| test.passes(column.lo[at], column.hi[at]));
                columns::select(run, part, &column.rids, within, test)
            }),
            Self::Quantities(fields, tests) => union(run, fields, |field| {
                let Some(column) = part.quantities(main(*field))? else { return Ok(empty()) };
                columns::quantities(run, part, &column, within, tests)
            }),
            Self::Text(test) => crate::text::evaluate(run, part, test.field, &test.tree),
            Self::Near(field, tests) => {
                let (north, east) = keys::position(*field);
                let (Some(north), Some(east)) = (part.numbers(north)?, part.numbers(east)?) else {
                    return Ok(empty());
                };
                columns::near(run, part, (&north, &east), within, tests)
            }
            Self::OtherKeys(fields, ranges) => {
                union(run, fields, |field| run.other_keys(part, main(*field), ranges))
            }
            Self::OtherTerms(fields, tests) => {
                union(run, fields, |field| run.other_terms(part, main(*field), tests))
            }
            Self::Not(inner) => {
                let base = match within {
                    Some(within) => within.clone(),
                    None => run.universe(part, types)?,
                };
                let out = inner.evaluate(run, types, part, Some(&base))?;
                Ok(base - out)
            }
            Self::Any(all) => union(run, all, |local| local.evaluate(run, types, part, within)),
            Self::All(all) => run.all_of(types, part, all, within, &[]),
        }
    }
}

fn empty() -> RoaringBitmap {
    RoaringBitmap::new()
}

fn union<T>(
    run: &Run<'_>,
    items: &[T],
    mut each: impl FnMut(&T) -> Result<RoaringBitmap, SearchError>,
) -> Result<RoaringBitmap, SearchError> {
    let mut found = RoaringBitmap::new();
    for item in items {
        run.budget.steps(1)?;
        let more = each(item)?;
        if found.is_empty() { found = more } else { found |= more }
    }
    Ok(found)
}

fn terms(part: &Part, test: &TermTest) -> Result<RoaringBitmap, SearchError> {
    let variant = if test.of_text { Variant::Text } else { Variant::Main };
    let with = match test.with {
        TermMatch::Prefix => tarn_store::TermMatch::Prefix(&test.text),
        TermMatch::Contains => tarn_store::TermMatch::Contains(&test.text),
        TermMatch::Suffix => tarn_store::TermMatch::Suffix(&test.text),
        TermMatch::Whole => tarn_store::TermMatch::Exact(&test.text),
    };
    Ok(part.terms(Field::new(test.field, variant), with)?)
}

/// The field of a parameter's own values.
pub(crate) const fn main(field: FieldId) -> Field {
    Field::new(field, Variant::Main)
}

fn find_ids(run: &Run<'_>, types: &[TypeId], ids: &[String]) -> Result<RoaringBitmap, SearchError> {
    let mut found = RoaringBitmap::new();
    let all: Vec<TypeId>;
    let types = if types.is_empty() {
        all = TypeId::all().collect();
        &all
    } else {
        types
    };
    for id in ids {
        run.budget.steps(types.len() as u64)?;
        for type_ in types {
            if let Some(row) = run.snapshot.lookup(*type_, id)?.filter(|row| !row.deleted) {
                found.insert(row.rid);
            }
        }
    }
    Ok(found)
}

/// The resources of these names that are of the types (none: of any).
fn find_these(
    run: &Run<'_>,
    types: &[TypeId],
    names: &[(TypeId, String)],
) -> Result<RoaringBitmap, SearchError> {
    run.budget.steps(names.len() as u64)?;
    let mut found = RoaringBitmap::new();
    for (type_, id) in names.iter().filter(|(of, _)| types.is_empty() || types.contains(of)) {
        found.extend(run.snapshot.lookup(*type_, id)?.filter(|r| !r.deleted).map(|r| r.rid));
    }
    Ok(found)
}

/// Lookups become plain conditions before anything is prepared.
fn not_looked_up() -> SearchError {
    SearchError::NotSupported { what: "a condition inside this one".to_owned() }
}

fn ranges(tests: &[KeyTest], hasher: &Hasher) -> Vec<RangeInclusive<Key>> {
    let mut ranges: Vec<_> = tests.iter().map(|test| range(test, hasher)).collect();
    ranges.sort_unstable_by_key(|range| (*range.start(), *range.end()));
    ranges.dedup();
    ranges
}

/// The keys that a test speaks of, as the extractor writes them.
fn range(test: &KeyTest, hasher: &Hasher) -> RangeInclusive<Key> {
    let key = match test {
        KeyTest::Code(field, code) => return keys::code_in_any_system(hasher, *field, code),
        KeyTest::Identifier(field, None, value) => {
            return keys::identifier_in_any_system(hasher, *field, value);
        }
        KeyTest::CodeIn(field, Some(system), code) => {
            keys::code_in_system(hasher, *field, system, code)
        }
        KeyTest::CodeIn(field, None, code) => keys::code_in_no_system(hasher, *field, code),
        KeyTest::System(field, system) => keys::any_code_in_system(hasher, *field, system),
        KeyTest::Exact(field, text) => keys::exact_string(hasher, *field, text),
        KeyTest::Uri(field, uri) => keys::uri(hasher, *field, uri),
        KeyTest::Reference(field, to) => keys::reference(hasher, *field, to),
        KeyTest::Identifier(field, Some(system), value) => {
            keys::identifier(hasher, *field, system.as_deref(), value)
        }
        KeyTest::OfType(field, system, code, value) => {
            keys::of_type(hasher, *field, system.as_deref(), code, value)
        }
        KeyTest::Present(field) => keys::present(*field),
    };
    key.only()
}

/// Whether rows that pass can only be of a type that the condition's own fields belong to.
pub(super) fn implies_type(filter: &Filter) -> bool {
    let typed = |field: &FieldId| {
        if crate::own::is_own(*field) {
            return true;
        }
        let parameter = definitions().field(*field);
        parameter.is_some_and(|p| matches!(p.base, tarn_fhir::definitions::Base::Type(_)))
    };
    match filter {
        Filter::Ids(_) | Filter::Is(..) | Filter::These(_) | Filter::Composite(_) => true,
        Filter::Near(field, _) => typed(field),
        Filter::Text(_) => false,
        Filter::Updated(_) | Filter::Not(_) | Filter::Has(..) | Filter::Lookup(_) => false,
        Filter::Keys(tests) => tests.iter().all(|test| typed(&test.field())),
        Filter::Terms(tests) => tests.iter().all(|test| typed(&test.field)),
        Filter::Dates(fields, _)
        | Filter::Numbers(fields, _)
        | Filter::Quantities(fields, _)
        | Filter::Chain(fields, _)
        | Filter::Other(fields, _) => fields.iter().all(typed),
        Filter::Any(all) => all.iter().all(implies_type),
        Filter::All(all) => all.iter().any(implies_type),
    }
}
