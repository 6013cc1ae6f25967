//! Building load blocks: everything of an import that needs no order, on as many threads as there
//! are.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored;

use crate::body::dictionary::{Dictionary, Plain, pack};
use crate::body::train;
use crate::entries::Entries;
use crate::index::run::Run;
use crate::key::{Hash96, Hasher, Rid};
use crate::own::{Definitions, OwnParameters};
use crate::shared::Shared;
use crate::write::{Checkpoint, Indexer};

/// Makes builders of load blocks for a store. Cheap to clone, one for each thread.
#[derive(Clone)]
pub struct Loader {
    shared: Arc<Shared>,
    indexer: Arc<dyn Indexer>,
    /// Dictionaries of this load, some of which are not yet written.
    trained: Arc<ArcSwap<Vec<Arc<Dictionary>>>>,
    /// Buffers of finished builders: fresh pages for every block cost a tenth of an import.
    spare: Arc<Mutex<Vec<Buffers>>>,
}

/// Bodies and entries of a block that is being built.
type Buffers = (Vec<u8>, Entries);
/// A body with its patient.
type Sample<'a> = (&'a [u8], Option<Hash96>);

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Loader")
    }
}

pub(crate) struct Item {
    pub identity: Hash96,
    pub type_: TypeId,
    pub splice: u32,
    /// Bytes of its body.
    pub len: u32,
}

/// Items of one type and patient, compressed together.
pub(crate) struct Group {
    /// Their ordinals, as a stretch of the block's `order`.
    pub items: Range<usize>,
    pub data: Range<usize>,
    pub dictionary: u32,
    pub plain: Plain,
}

/// How many bodies are compressed together at most, and up to how many bytes. A read of one
/// unpacks its group: four at 6 KB cost it about 4 µs and save the disk a third.
const TOGETHER: usize = 4;
const TOGETHER_BYTES: usize = 6 * 1024;

/// Resources ready to be written: compressed, and indexed under their ordinals.
pub struct LoadBlock {
    pub(crate) items: Vec<Item>,
    /// Ordinals, those of one type and patient next to each other.
    pub(crate) order: Vec<u32>,
    pub(crate) groups: Vec<Group>,
    pub(crate) data: Vec<u8>,
    pub(crate) subjects: Vec<Option<Hash96>>,
    /// Indexed with ordinal + 1 in place of rids.
    pub(crate) run: Run,
    /// Identity and ordinal, ascending.
    pub(crate) identities: Vec<(Hash96, u32)>,
    pub(crate) dictionaries: Vec<Arc<Dictionary>>,
    /// Definitions of the store's own parameters among the items.
    pub(crate) definitions: Definitions,
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
        Self { shared, indexer, trained: Arc::default(), spare: Arc::default() }
    }

    /// The store's keyed hash.
    pub fn hasher(&self) -> &Hasher {
        &self.shared.vault.hasher
    }

    /// An empty block.
    pub fn block(&self) -> BlockBuilder {
        let (raw, entries) = self.spare.lock().pop().unwrap_or_default();
        let own = self.shared.own.load().compiled.clone();
        let definitions = Definitions::default();
        BlockBuilder { loader: self.clone(), raw, items: Vec::new(), entries, own, definitions }
    }

    fn dictionary(&self, type_: TypeId) -> Option<Arc<Dictionary>> {
        let known = self.shared.dictionaries.load();
        known
            .of_type(type_)
            .cloned()
            .or_else(|| self.trained.load().iter().find(|d| d.type_ == type_).cloned())
    }

    /// A dictionary for each type of the items that has one, or can have one now.
    fn dictionaries_for(
        &self,
        items: &[Item],
        subjects: &[Option<Hash96>],
        raw: &[u8],
    ) -> Vec<Arc<Dictionary>> {
        let mut by_type: HashMap<TypeId, Vec<Sample<'_>>> = HashMap::new();
        let mut start = 0;
        for (at, item) in items.iter().enumerate() {
            let end = start + item.len as usize;
            let subject = subjects.get(at).copied().flatten();
            by_type.entry(item.type_).or_default().push((&raw[start..end], subject));
            start = end;
        }
        let mut found = Vec::with_capacity(by_type.len());
        for (type_, bodies) in by_type {
            found.extend(self.dictionary_for(type_, &bodies));
        }
        found
    }

    /// The type's dictionary, trained on these bodies where there is none.
    fn dictionary_for(&self, type_: TypeId, bodies: &[Sample<'_>]) -> Option<Arc<Dictionary>> {
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

/// Where in `order` the group that begins at `at` ends.
fn together(items: &[Item], subjects: &[Option<Hash96>], order: &[u32], at: usize) -> usize {
    let subject = |ordinal: u32| subjects.get(ordinal as usize).copied().flatten();
    let first = &items[order[at] as usize];
    let mut len = first.len as usize;
    let mut end = at + 1;
    while end < order.len() && end - at < TOGETHER {
        let next = &items[order[end] as usize];
        let alike = next.type_ == first.type_ && subject(order[end]) == subject(order[at]);
        if !alike || len + next.len as usize > TOGETHER_BYTES {
            break;
        }
        len += next.len as usize;
        end += 1;
    }
    end
}

/// Collects the resources of a load block.
pub struct BlockBuilder {
    loader: Loader,
    raw: Vec<u8>,
    items: Vec<Item>,
    entries: Entries,
    own: Arc<dyn OwnParameters>,
    definitions: Definitions,
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
        if self.own.concerns(type_, 0) {
            self.own.index(0, type_, document, hasher, ordinal, &mut self.entries);
        }
        if self.loader.indexer.definitions() == Some(type_) {
            self.definitions.push(id, Some(&self.raw[start as usize..]));
        }
        let identity = hasher.identity(type_.name(), id);
        self.items.push(Item { identity, type_, splice, len: end - start });
    }

    /// Compresses and sorts.
    pub fn finish(self) -> LoadBlock {
        let Self { loader, mut raw, items, mut entries, own, definitions } = self;
        let subjects = std::mem::take(&mut entries.subjects);
        let dictionaries = loader.dictionaries_for(&items, &subjects, &raw);
        let mut starts: Vec<u32> = Vec::with_capacity(items.len());
        let mut end = 0;
        for item in &items {
            starts.push(end);
            end += item.len;
        }
        let mut identities: Vec<(Hash96, u32)> =
            items.iter().enumerate().map(|(at, item)| (item.identity, at as u32)).collect();
        identities.sort_unstable();
        // Versions of one resource must lie in their order.
        let twins = identities.windows(2).any(|pair| pair[0].0 == pair[1].0);
        // A bundle's resources change type with every line: bring what is alike together.
        let subject = |at: u32| subjects.get(at as usize).copied().flatten();
        let mut order: Vec<u32> = (0..items.len() as u32).collect();
        if !twins {
            order.sort_by_key(|&at| (items[at as usize].type_.0, subject(at)));
        }
        let mut data = Vec::with_capacity(raw.len() / 6);
        let mut groups = Vec::with_capacity(items.len() / 2);
        let (mut at, mut bodies) = (0, Vec::new());
        while at < order.len() {
            let type_ = items[order[at] as usize].type_;
            let end = together(&items, &subjects, &order, at);
            bodies.clear();
            for &ordinal in &order[at..end] {
                let (start, item) = (starts[ordinal as usize] as usize, &items[ordinal as usize]);
                bodies.extend_from_slice(&raw[start..start + item.len as usize]);
            }
            let dictionary = dictionaries.iter().find(|d| d.type_ == type_);
            let before = data.len();
            let plain = pack(&bodies, dictionary.map(|d| &**d), &mut data);
            let dictionary = dictionary.map_or(0, |d| d.id);
            groups.push(Group { items: at..end, data: before..data.len(), dictionary, plain });
            at = end;
        }
        let ordinals: Vec<Rid> = (1..=items.len() as u32).collect();
        let mut run = Run::index(&entries, &ordinals);
        run.generation = own.generation();
        raw.clear();
        entries.clear();
        loader.spare.lock().push((raw, entries));
        let (checkpoint, outbox) = (None, Vec::new());
        LoadBlock {
            items,
            order,
            groups,
            data,
            subjects,
            run,
            identities,
            dictionaries,
            definitions,
            checkpoint,
            outbox,
        }
    }
}
