//! Turns a resource into index entries, by R4's search parameters.
//!
//! The parameters of a type are compiled, once per process, into one trie of JSON keys, so that a
//! resource is walked once however many parameters look at it: this is the import's hot path. The
//! same walk answers what the plain values of a parameter are, for sorting, includes and checks.
//!
//! `_id` and `_lastUpdated` are not extracted (the store knows them), nor is what R4 gives no
//! expression and no words (`_filter`, `_query`); [`left_out`] lists them. Composites have no entries: [`tuples`] reads them.

mod composite;
mod contained;
mod content;
mod draft;
mod expression;
mod into_entries;
pub mod keys;
mod normalise;
mod own;
mod perfect;
mod program;
mod reference;
mod sink;
#[cfg(test)]
mod tests;
mod time;
mod trie;
mod value;
mod walk;
mod words;

use std::sync::{Arc, OnceLock};

use tarn_fhir::definitions::{FieldId, ParamKind, SearchParameter, TypeId, definitions};
use tarn_fhir::json::{Document, Value as Json};
use tarn_store::{Definition, Entries, Field, Hasher, Indexer, OwnParameters, StoreError, Variant};

pub(crate) use contained::type_of;
pub(crate) use content::{each_text_of, text_fields};
pub use normalise::normalise;
pub(crate) use own::OwnProgram;
pub use value::Value;
pub(crate) use words::each_word;

use content::TextFields;
use into_entries::IntoEntries;
use program::{Program, is_kept_by_the_store, program};
use value::Collector;
use walk::walk;

/// Makes index entries by R4's search parameters.
#[derive(Debug, Clone, Copy, Default)]
pub struct R4Indexer;

impl R4Indexer {
    /// Adds the entries of one resource, which has or will have that id. Data that cannot be read
    /// is skipped.
    pub fn index(
        &self,
        type_: TypeId,
        id: &str,
        document: &Document<'_>,
        hasher: &Hasher,
        ordinal: u32,
        into: &mut Entries,
    ) {
        let program = program(type_);
        let mut sink = IntoEntries::new(into, hasher, ordinal, &program.ranks);
        walk(program, document.root(), document.root(), &mut sink);
        // A patient is in its own compartment.
        let is_patient = type_ == patient_type() && !id.is_empty();
        let itself = is_patient.then(|| hasher.identity(type_.name(), id));
        let subject = itself.or(sink.subject());
        contained::add_keys(document.root(), hasher, ordinal, into);
        into.push_subject(subject);
        add_words(document, ordinal, into);
    }
}

/// The words of `_text` and `_content`, and how many there are.
fn add_words(document: &Document<'_>, ordinal: u32, into: &mut Entries) {
    let TextFields { narrative, content } = text_fields();
    let (narrative, content) = (main(narrative), main(content));
    let mut count = 0;
    let mut scratch = String::new();
    each_text_of(document.root(), &mut |text, in_narrative| {
        let mut cut = |text: &str, tell: &mut dyn FnMut(&str)| each_word(text, &mut scratch, tell);
        count += into.add_words(content, text, ordinal, &mut cut);
        if in_narrative {
            into.add_words(narrative, text, ordinal, &mut cut);
        }
    });
    into.add_number(content, ordinal, f64::from(count), f64::from(count));
}

fn main(field: FieldId) -> Field {
    Field::new(field, Variant::Main)
}

impl Indexer for R4Indexer {
    /// The same for a resource that carries its id.
    fn index(
        &self,
        type_: TypeId,
        document: &Document<'_>,
        hasher: &Hasher,
        ordinal: u32,
        into: &mut Entries,
    ) {
        let id = document.root().get("id").and_then(Json::as_str).unwrap_or_default();
        Self::index(self, type_, &id, document, hasher, ordinal, into);
    }

    fn definitions(&self) -> Option<TypeId> {
        TypeId::parse("SearchParameter")
    }

    fn own(&self, book: &[u8]) -> Result<Arc<dyn OwnParameters>, StoreError> {
        Ok(Arc::new(crate::own::Compiled::read(book)?))
    }

    fn amend(&self, book: &[u8], changes: &[Definition<'_>]) -> Option<Vec<u8>> {
        crate::own::amend(book, changes)
    }
}

/// The plain values of a parameter in a resource, in the order of the document; none twice.
pub fn values(type_: TypeId, doc: &Document<'_>, field: FieldId) -> Vec<Value> {
    match definitions().field(field).map(|parameter| parameter.code) {
        Some("_id") => id_of(doc.root()).into_iter().collect(),
        Some("_lastUpdated") => updated(doc.root()).into_iter().collect(),
        _ => collect(program(type_), doc, field).values,
    }
}

/// Whether a resource has any value for a parameter, readable or not: what `:missing` asks.
pub fn is_present(type_: TypeId, doc: &Document<'_>, field: FieldId) -> bool {
    match (composite(type_, field), definitions().field(field)) {
        (Some(composite), _) => !composite.tuples(doc.root()).is_empty(),
        (_, Some(parameter)) if is_kept_by_the_store(parameter) => true,
        _ => collect(program(type_), doc, field).is_present,
    }
}

/// The kinds of a composite parameter's parts, in order; none if it is no composite of the type.
pub fn parts(type_: TypeId, field: FieldId) -> Option<&'static [ParamKind]> {
    composite(type_, field).map(|composite| composite.kinds())
}

/// The tuples of a composite parameter in a resource: for each element where every part has a
/// value, the values of each part. A query matches if one tuple matches it in every part.
pub fn tuples(type_: TypeId, doc: &Document<'_>, field: FieldId) -> Vec<Vec<Vec<Value>>> {
    composite(type_, field).map_or_else(Vec::new, |composite| composite.tuples(doc.root()))
}

/// The parameters of a type that have neither entries nor tuples.
pub fn left_out(type_: TypeId) -> &'static [&'static SearchParameter] {
    &program(type_).left_out
}

/// Compiles the programs of all types, so that the first request does not wait for it.
pub fn compile_all() {
    for type_ in TypeId::all() {
        program(type_);
    }
}

fn composite(type_: TypeId, field: FieldId) -> Option<&'static composite::Composite> {
    program(type_).composites.iter().find(|composite| composite.field() == field)
}

fn collect(program: &Program, doc: &Document<'_>, field: FieldId) -> Collector {
    let mut collector = Collector::new(field);
    walk(program, doc.root(), doc.root(), &mut collector);
    collector
}

fn id_of(resource: Json<'_>) -> Option<Value> {
    let id = resource.get("id")?.as_str()?.into_owned();
    Some(Value::Token { system: None, code: Some(id) })
}

fn updated(resource: Json<'_>) -> Option<Value> {
    let (lo, hi) = time::moment(resource.get("meta")?.get("lastUpdated")?)?;
    Some(Value::Date { lo, hi })
}

fn patient_type() -> TypeId {
    static PATIENT: OnceLock<TypeId> = OnceLock::new();
    *PATIENT.get_or_init(|| TypeId::parse("Patient").unwrap_or(TypeId(0)))
}
