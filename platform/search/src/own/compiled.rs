//! A store's own parameters, ready to index and to be searched.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use tarn_fhir::definitions::{Base, FieldId, SearchParameter, TypeId};
use tarn_fhir::json::Document;
use tarn_store::{Entries, Field, Hasher, OwnParameters, Snapshot, StoreError};

use super::{Book, Defined, OwnError, is_own};
use crate::error::SearchError;
use crate::extract::OwnProgram;

/// The own parameters of a store.
#[derive(Debug)]
pub struct Compiled {
    book: Book,
    by_type: HashMap<TypeId, Vec<OwnParameter>>,
}

#[derive(Debug)]
pub(crate) struct OwnParameter {
    pub(crate) code: String,
    /// As a parameter of R4's would be. Its texts are empty: they live in the book.
    pub(crate) facts: SearchParameter,
    since: u32,
    program: OwnProgram,
}

/// How far the entries of a parameter have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Resources that have them.
    pub done: u64,
    /// Resources that will have them.
    pub all: u64,
}

/// A parameter and how it stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The id of the resource that defines it.
    pub by: String,
    /// What that says.
    pub defined: Defined,
    /// How far its entries have come; it can be used once they are whole.
    pub progress: Progress,
}

impl Progress {
    /// Whether the parameter can be used.
    pub fn is_whole(&self) -> bool {
        self.done == self.all
    }
}

/// The own parameters of a store as a search on a snapshot can use them.
#[derive(Clone)]
pub struct OwnView {
    own: Arc<dyn OwnParameters>,
    /// Those that cannot be used yet.
    building: Vec<(FieldId, Progress)>,
}

impl std::fmt::Debug for OwnView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnView(generation {})", self.own.generation())
    }
}

impl OwnView {
    /// What there is; none if the store never had any.
    pub fn of(snapshot: &Snapshot) -> Option<Self> {
        let own = snapshot.own();
        let compiled = Compiled::of(&*own).filter(|compiled| compiled.generation() > 0)?;
        let all = compiled.by_type.values().flatten();
        let building = all
            .map(|parameter| (parameter.facts.field, compiled.progress(snapshot, parameter)))
            .filter(|(_, progress)| !progress.is_whole())
            .collect();
        Some(Self { own, building })
    }

    /// Whether a type has a parameter of that code, usable or not.
    pub(crate) fn has(&self, type_: TypeId, code: &str) -> bool {
        Compiled::of(&*self.own).is_some_and(|own| own.parameter(type_, code).is_some())
    }

    /// The parameter of a type with that code.
    pub(crate) fn parameter(
        &self,
        type_: TypeId,
        code: &str,
    ) -> Result<Option<&SearchParameter>, SearchError> {
        let found = Compiled::of(&*self.own).and_then(|own| own.parameter(type_, code));
        let Some(found) = found else { return Ok(None) };
        let field = found.facts.field;
        match self.building.iter().find(|(building, _)| *building == field) {
            Some((_, Progress { done, all })) => {
                let name = code.to_owned();
                Err(SearchError::Building { name, done: *done, all: *all })
            }
            None => Ok(Some(&found.facts)),
        }
    }
}

impl Compiled {
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = StoreError::Damaged { what: "the book of the store's own parameters" };
        let book = Book::read(bytes).ok_or(damaged)?;
        let mut by_type: HashMap<TypeId, Vec<OwnParameter>> = HashMap::new();
        for written in &book.parameters {
            for (name, field) in written.defined.bases.iter().zip(&written.fields) {
                let Some(type_) = TypeId::parse(name) else { continue };
                // What a newer process wrote may be more than this one can read.
                let compiled = compile(&written.defined, type_, FieldId(*field), written.since);
                by_type.entry(type_).or_default().extend(compiled);
            }
        }
        Ok(Self { book, by_type })
    }

    /// What a store's parameters were compiled to.
    pub fn of(own: &dyn OwnParameters) -> Option<&Self> {
        let any: &dyn Any = own;
        any.downcast_ref()
    }

    /// The parameter of a type with that code.
    pub(crate) fn parameter(&self, type_: TypeId, code: &str) -> Option<&OwnParameter> {
        self.by_type.get(&type_)?.iter().find(|parameter| parameter.code == code)
    }

    /// Whether a resource may define that here.
    ///
    /// # Errors
    /// Why not.
    pub fn may_define(&self, by: &str, defined: &Defined) -> Result<(), OwnError> {
        self.book.may_define(by, defined)
    }

    /// How each parameter stands in a snapshot.
    pub fn standings(&self, snapshot: &Snapshot) -> Vec<Standing> {
        let of = |written: &super::book::Written| {
            let types = written.defined.bases.iter().filter_map(|name| TypeId::parse(name));
            let progress = types.map(|type_| progress(snapshot, type_, written.since));
            let progress = progress.fold(Progress { done: 0, all: 0 }, |sum, more| Progress {
                done: sum.done + more.done,
                all: sum.all + more.all,
            });
            Standing { by: written.by.clone(), defined: written.defined.clone(), progress }
        };
        self.book.parameters.iter().map(of).collect()
    }

    /// How far a parameter's entries have come.
    pub(crate) fn progress(&self, snapshot: &Snapshot, parameter: &OwnParameter) -> Progress {
        let Base::Type(type_) = parameter.facts.base else { return Progress { done: 0, all: 0 } };
        progress(snapshot, type_, parameter.since)
    }
}

fn progress(snapshot: &Snapshot, type_: TypeId, since: u32) -> Progress {
    let mut progress = Progress { done: 0, all: 0 };
    for part in snapshot.parts() {
        let count = part.count_of_type(type_);
        progress.all += count;
        progress.done += if part.generation() >= since { count } else { 0 };
    }
    progress
}

fn compile(defined: &Defined, type_: TypeId, field: FieldId, since: u32) -> Option<OwnParameter> {
    let kind = defined.param_kind()?;
    let program = OwnProgram::compile(type_, &defined.expression, kind, field).ok()?;
    let facts = SearchParameter {
        field,
        base: Base::Type(type_),
        code: "",
        kind,
        // Not empty, for it has one; and identifiers are asked for by the end of theirs.
        expression: if program.reads_identifiers() { "identifier" } else { "own" },
        targets: defined.targets.iter().filter_map(|name| TypeId::parse(name)).collect(),
        components: Vec::new(),
        url: "",
    };
    Some(OwnParameter { code: defined.code.clone(), facts, since, program })
}

impl OwnParameters for Compiled {
    fn generation(&self) -> u32 {
        self.book.generation
    }

    fn concerns(&self, type_: TypeId, since: u32) -> bool {
        let all = self.by_type.get(&type_).into_iter().flatten();
        all.into_iter().any(|parameter| parameter.since > since)
    }

    fn index(
        &self,
        since: u32,
        type_: TypeId,
        document: &Document<'_>,
        hasher: &Hasher,
        ordinal: u32,
        into: &mut Entries,
    ) {
        let all = self.by_type.get(&type_).into_iter().flatten();
        for parameter in all.filter(|parameter| parameter.since > since) {
            parameter.program.index(document, hasher, ordinal, into);
        }
    }

    fn keeps(&self, field: Field) -> bool {
        let id = FieldId(field.to_bits() & 0x3fff);
        if !is_own(id) {
            return true;
        }
        self.by_type.values().flatten().any(|parameter| parameter.facts.field == id)
    }
}
