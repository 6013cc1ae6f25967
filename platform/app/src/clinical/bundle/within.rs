//! Conditional references to what the same transaction creates: R4 resolves them when all is
//! written, and the index does not have it before.

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_search::extract::{Value, values};
use tarn_search::filter::{Filter, KeyTest};

use crate::clinical::criteria::Criteria;

/// Whether a resource of the transaction is what the criteria ask for. Codes and identifiers are
/// looked at; by anything else only what is in the store already is found.
pub(super) fn matches(criteria: &Criteria, type_: TypeId, document: &Document<'_>) -> bool {
    criteria.type_() == type_ && criteria.conditions().iter().all(|f| passes(f, type_, document))
}

fn passes(filter: &Filter, type_: TypeId, document: &Document<'_>) -> bool {
    match filter {
        Filter::Keys(tests) => tests.iter().any(|test| has(test, type_, document)),
        Filter::Any(filters) => filters.iter().any(|filter| passes(filter, type_, document)),
        Filter::All(filters) => filters.iter().all(|filter| passes(filter, type_, document)),
        _ => false,
    }
}

fn has(test: &KeyTest, type_: TypeId, document: &Document<'_>) -> bool {
    let any = |field, fits: &dyn Fn(Option<&str>, Option<&str>) -> bool| {
        values(type_, document, field).iter().any(|value| match value {
            Value::Token { system, code } => fits(system.as_deref(), code.as_deref()),
            _ => false,
        })
    };
    match test {
        KeyTest::Code(field, wanted) => any(*field, &|_, code| code == Some(wanted.as_str())),
        KeyTest::CodeIn(field, wanted_system, wanted) => any(*field, &|system, code| {
            code == Some(wanted.as_str()) && system == wanted_system.as_deref()
        }),
        KeyTest::System(field, wanted) => any(*field, &|system, _| system == Some(wanted.as_str())),
        _ => false,
    }
}
