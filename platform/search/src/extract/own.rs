//! A walk for one parameter of a store's own.

use tarn_fhir::definitions::{FieldId, ParamKind, TypeId, definitions};
use tarn_fhir::json::Document;
use tarn_store::{Entries, Hasher};

use super::expression::{self, Path};
use super::into_entries::IntoEntries;
use super::program::{NO_RANK, Program, compile_one};
use super::trie::Read;
use super::walk::walk;
use crate::own::OwnError;

/// What one parameter of a type reads.
#[derive(Debug)]
pub(crate) struct OwnProgram(Program);

impl OwnProgram {
    /// Compiles an expression for a type: those of its alternatives that speak of the type.
    pub(crate) fn compile(
        type_: TypeId,
        expression: &str,
        kind: ParamKind,
        field: FieldId,
    ) -> Result<Self, OwnError> {
        let unreadable = || OwnError::Expression { type_: type_.to_string() };
        let paths = paths_of(type_, expression).ok_or_else(unreadable)?;
        let nothing = || OwnError::Nothing { type_: type_.to_string(), kind: kind.as_str() };
        if paths.is_empty() {
            return Err(nothing());
        }
        let root = definitions().root(type_);
        // Each alternative has to find something: one that cannot is a mistake.
        for path in &paths {
            let one = std::slice::from_ref(path);
            compile_one(root, one, kind, field).ok_or_else(nothing)?;
        }
        compile_one(root, &paths, kind, field).map(Self).ok_or_else(nothing)
    }

    /// Whether it reads identifiers, whose types can be asked for.
    pub(crate) fn reads_identifiers(&self) -> bool {
        self.0.nodes.iter().any(|node| node.reads(Read::Identifier))
    }

    /// Adds a resource's entries.
    pub(crate) fn index(
        &self,
        document: &Document<'_>,
        hasher: &Hasher,
        ordinal: u32,
        into: &mut Entries,
    ) {
        let mut sink = IntoEntries::new(into, hasher, ordinal, &[NO_RANK]);
        walk(&self.0, document.root(), document.root(), &mut sink);
    }
}

/// The alternatives that speak of a type, or of none; none if one cannot be read.
fn paths_of(type_: TypeId, expression: &str) -> Option<Vec<Path<'_>>> {
    let mut paths = Vec::new();
    for alternative in expression::split(expression, "|") {
        let plain = alternative.trim().trim_start_matches('(');
        let first = plain.split(['.', ' ']).next().unwrap_or_default();
        let is_another = TypeId::parse(first).is_some_and(|named| named != type_);
        if !is_another {
            paths.append(&mut expression::paths(alternative)?);
        }
    }
    Some(paths)
}
