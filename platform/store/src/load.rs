//! Building load blocks: everything of an import that needs no order, on as many threads as there
//! are.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored;

use crate::body::dictionary::{Dictionary, pack};
use crate::body::train;
use crate::entries::Entries;
use crate::index::run::Run;
use crate::key::{Hash96, Hasher, Rid};
use crate::shared::Shared;
use crate::write::{Checkpoint, Indexer};

/// Makes builders of load blocks for a store. Cheap to clone, one for each thread.
#[derive(Clone)]
pub struct Loader {
    shared: Arc<Shared>,
    indexer: Arc<dyn Indexer>,
    /// Dictionaries of this load, some of which are not yet written.
    trained: Arc<ArcSwap<Vec<Arc<Dictionary>>>>,
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loader")
    }
}

pub(crate) struct Item {
    pub identity: Hash96,
    pub type_: TypeId,
    pub start: u32,
    pub end: u32,
    pub raw_len: u32,
    pub splice: u32,
    pub dictionary: u32,
}

/// Resources ready to be written: compressed, and indexed under their ordinals.
pub struct LoadBlock {
    pub(crate) items: Vec<Item>,
    pub(crate) data: Vec<u8>,
    pub(crate) subjects: Vec<Option<Hash96>>,
    /// Indexed with ordinal + 1 in place of rids.
    pub(crate) run: Run,
    /// Identity and ordinal, ascending.
    pub(crate) identities: Vec<(Hash96, u32)>,
    pub(crate) dictionaries: Vec<Arc<Dictionary>>,
    /// The job's mark, to be written with the block.
    pub checkpoint: Option<Checkpoint>,
    /// Audit entries that become durable with the block.
    pub outbox: Vec<Vec<u8>>,
}

impl std::fmt::Debug for LoadBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoadBlock({} resources)", self.items.len())
    }
}

impl LoadBlock {
    /// How many resources.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Loader {
    pub(crate) fn new(shared: Arc<Shared>, indexer: Arc<dyn Indexer>) -> Self {
        Self { shared, indexer, trained: Arc::default() }
    }

    /// The store's keyed hash.
    pub fn hasher(&self) -> &Hasher {
        &self.shared.vault.hasher
    }

    /// An empty block.
    pub fn block(&self) -> BlockBuilder {
        BlockBuilder {
            loader: self.clone(),
            raw: Vec::new(),
            items: Vec::new(),
            entries: Entries::default(),
        }
    }

    fn dictionary(&self, type_: TypeId) -> Option<Arc<Dictionary>> {
        let known = self.shared.dictionaries.load();
        known.of_type(type_).cloned().or_else(|| {
            self.trained.load().iter().find(|d| d.type_ == type_).cloned()
        })
    }

    /// The type's dictionary, trained on these bodies where there is none.
    fn dictionary_for(&self, type_: TypeId, bodies: &[&[u8]]) -> Option<Arc<Dictionary>> {
        if let Some(known) = self.dictionary(type_) {
            return Some(known);
        }
        let bytes = train::train(bodies)?;
        let word = tarn_keys::DataKey::salt();
        let id = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).max(1);
        let fresh = Arc::new(Dictionary::new(id, type_, bytes));
        // Another thread may have been quicker: then its dictionary counts.
        self.trained.rcu(|list| {
            let mut list = Vec::clone(list);
            if !list.iter().any(|d| d.type_ == type_) {
                list.push(fresh.clone());
            }
            list
        });
        self.dictionary(type_)
    }
}

/// Collects the resources of a load block.
pub struct BlockBuilder {
    loader: Loader,
    raw: Vec<u8>,
    items: Vec<Item>,
    entries: Entries,
}

impl std::fmt::Debug for BlockBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BlockBuilder({} resources)", self.items.len())
    }
}

impl BlockBuilder {
    /// How many resources it has.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Bytes of their bodies.
    pub fn raw_bytes(&self) -> usize {
        self.raw.len()
    }

    /// Adds a resource that has been checked.
    pub fn add(&mut self, document: &Document<'_>, type_: TypeId, id: &str) {
        let ordinal = self.items.len() as u32;
        let hasher = &self.loader.shared.vault.hasher;
        let start = self.raw.len() as u32;
        let splice = stored::store_into(document, id, &mut self.raw);
        let end = self.raw.len() as u32;
        self.loader.indexer.index(type_, document, hasher, ordinal, &mut self.entries);
        self.items.push(Item {
            identity: hasher.identity(type_.name(), id),
            type_,
            start,
            end,
            raw_len: end - start,
            splice,
            dictionary: 0,
        });
    }

    /// Compresses and sorts.
    pub fn finish(self) -> LoadBlock {
        let Self { loader, raw, mut items, mut entries } = self;
        let body = |item: &Item| &raw[item.start as usize..item.end as usize];
        let mut dictionaries: Vec<Arc<Dictionary>> = Vec::new();
        let mut types: Vec<TypeId> = items.iter().map(|item| item.type_).collect();
        types.sort_unstable_by_key(|t| t.0);
        types.dedup();
        for type_ in types {
            let of_type = items.iter().filter(|item| item.type_ == type_);
            let samples: Vec<&[u8]> = of_type.map(body).collect();
            dictionaries.extend(loader.dictionary_for(type_, &samples));
        }
        let mut data = Vec::with_capacity(raw.len() / 4);
        for item in &mut items {
            let dictionary = dictionaries.iter().find(|d| d.type_ == item.type_);
            let start = data.len() as u32;
            pack(&raw[item.start as usize..item.end as usize], dictionary.map(|d| &**d), &mut data);
            item.dictionary = dictionary.map_or(0, |d| d.id);
            (item.start, item.end) = (start, data.len() as u32);
        }
        let ordinals: Vec<Rid> = (1..=items.len() as u32).collect();
        let run = Run::index(&entries, &ordinals);
        let mut identities: Vec<(Hash96, u32)> =
            items.iter().enumerate().map(|(at, item)| (item.identity, at as u32)).collect();
        identities.sort_unstable();
        let subjects = std::mem::take(&mut entries.subjects);
        let (checkpoint, outbox) = (None, Vec::new());
        LoadBlock { items, data, subjects, run, identities, dictionaries, checkpoint, outbox }
    }
}
