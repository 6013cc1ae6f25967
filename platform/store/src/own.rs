//! Search parameters that a store has of its own, as the engine sees them.
//!
//! Definitions are resources of the store. The engine keeps what search made of them (the
//! *book*, opaque bytes) in the same commit as the resource, so that neither is ever without the
//! other. Each part of the index says up to which *generation* of the book it has entries;
//! upkeep supplements parts that fall short, from the bodies, one part at a time.

use std::any::Any;
use std::sync::Arc;

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;

use crate::entries::Entries;
use crate::error::StoreError;
use crate::key::{Field, Hasher};

/// A store's own search parameters, compiled.
pub trait OwnParameters: Any + Send + Sync {
    /// Counts up with every parameter that is added; 0 as long as there never was one.
    fn generation(&self) -> u32;

    /// Whether resources of the type can have entries of parameters younger than a generation.
    fn concerns(&self, type_: TypeId, since: u32) -> bool;

    /// Adds a resource's entries of the parameters that are younger than a generation.
    fn index(
        &self,
        since: u32,
        type_: TypeId,
        document: &Document<'_>,
        hasher: &Hasher,
        ordinal: u32,
        into: &mut Entries,
    );

    /// Whether entries of a field are still wanted; those of parameters that are gone are not.
    fn keeps(&self, field: Field) -> bool;
}

/// No parameters of its own.
#[derive(Debug, Clone, Copy)]
pub struct NoParameters;

impl OwnParameters for NoParameters {
    fn generation(&self) -> u32 {
        0
    }

    fn concerns(&self, _: TypeId, _: u32) -> bool {
        false
    }

    fn index(&self, _: u32, _: TypeId, _: &Document<'_>, _: &Hasher, _: u32, _: &mut Entries) {}

    fn keeps(&self, _: Field) -> bool {
        true
    }
}

/// A change of a resource that defines a parameter.
#[derive(Debug, Clone, Copy)]
pub struct Definition<'a> {
    /// The resource's id.
    pub id: &'a str,
    /// Its body; none when it was deleted.
    pub body: Option<&'a [u8]>,
}

/// Definitions that a group or a block changes, with what they leave.
#[derive(Debug, Default)]
pub(crate) struct Definitions(Vec<(String, Option<Vec<u8>>)>);

impl Definitions {
    pub(crate) fn push(&mut self, id: &str, body: Option<&[u8]>) {
        self.0.push((id.to_owned(), body.map(<[u8]>::to_vec)));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn changes(&self) -> Vec<Definition<'_>> {
        self.0.iter().map(|(id, body)| Definition { id, body: body.as_deref() }).collect()
    }
}

/// A store's own parameters, by the book they are written down in.
#[derive(Clone)]
pub(crate) struct Own {
    pub book: Arc<[u8]>,
    pub compiled: Arc<dyn OwnParameters>,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Own(generation {})", self.compiled.generation())
    }
}

impl Own {
    pub(crate) fn read(
        book: Vec<u8>,
        indexer: &dyn crate::write::Indexer,
    ) -> Result<Self, StoreError> {
        let compiled = indexer.own(&book)?;
        Ok(Self { book: book.into(), compiled })
    }
}
