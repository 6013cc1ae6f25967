//! A store in memory, for tests: it keeps versions, the checkpoint, and can be made to fail.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tarn_domain::LogicalId;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Document;
use tarn_fhir::stored;

use super::target::{BlockBuilder, Identifier, Target};
use crate::JobError;

#[derive(Default)]
pub(super) struct Fake {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Versions by type and id, oldest first.
    resources: BTreeMap<(String, String), Vec<String>>,
    checkpoint: Option<Vec<u8>>,
    blocks: usize,
    /// Blocks after which the store fails.
    fails_after: Option<usize>,
    break_on: Option<&'static str>,
}

pub(super) struct FakeBuilder {
    items: Vec<(TypeId, String, String)>,
    break_on: Option<&'static str>,
}

impl Fake {
    pub(super) fn fail_after(&self, blocks: Option<usize>) {
        let mut state = self.state.lock().unwrap();
        state.fails_after = blocks.map(|more| state.blocks + more);
    }

    /// Makes indexing panic at that id.
    pub(super) fn break_on(&self, id: &'static str) {
        self.state.lock().unwrap().break_on = Some(id);
    }

    pub(super) fn blocks(&self) -> usize {
        self.state.lock().unwrap().blocks
    }

    pub(super) fn count(&self, type_: &str) -> usize {
        self.state.lock().unwrap().resources.keys().filter(|(t, _)| t == type_).count()
    }

    pub(super) fn len(&self) -> usize {
        self.state.lock().unwrap().resources.len()
    }

    pub(super) fn versions(&self, type_: &str, id: &str) -> Vec<String> {
        let key = (type_.to_owned(), id.to_owned());
        self.state.lock().unwrap().resources.get(&key).cloned().unwrap_or_default()
    }

    /// Every resource's newest version.
    pub(super) fn all(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        state.resources.values().filter_map(|versions| versions.last().cloned()).collect()
    }

    /// The most versions that any resource has.
    pub(super) fn most_versions(&self) -> usize {
        let state = self.state.lock().unwrap();
        state.resources.values().map(Vec::len).max().unwrap_or(0)
    }
}

impl Target for Fake {
    type Block = Vec<(TypeId, String, String)>;
    type Builder = FakeBuilder;

    fn builder(&self) -> FakeBuilder {
        FakeBuilder { items: Vec::new(), break_on: self.state.lock().unwrap().break_on }
    }

    fn load(&self, block: Self::Block, checkpoint: Vec<u8>) -> Result<(), JobError> {
        let mut state = self.state.lock().unwrap();
        if state.fails_after.is_some_and(|after| state.blocks >= after) {
            return Err(JobError::Store("told to fail".to_owned()));
        }
        for (type_, id, body) in block {
            let key = (type_.name().to_owned(), id);
            state.resources.entry(key).or_default().push(body);
        }
        state.checkpoint = Some(checkpoint);
        state.blocks += 1;
        Ok(())
    }

    fn checkpoint(&self) -> Result<Option<Vec<u8>>, JobError> {
        Ok(self.state.lock().unwrap().checkpoint.clone())
    }

    fn identified(
        &self,
        type_: TypeId,
        identifier: &Identifier,
    ) -> Result<Vec<LogicalId>, JobError> {
        let state = self.state.lock().unwrap();
        let mut found = Vec::new();
        for ((of, id), versions) in &state.resources {
            let Some(body) = versions.last().filter(|_| of == type_.name()) else { continue };
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            let carries = |one: &serde_json::Value| {
                let system = one["system"].as_str().unwrap_or_default();
                one["value"].as_str() == Some(&identifier.value)
                    && identifier.system.as_deref().is_none_or(|wanted| wanted == system)
            };
            if body["identifier"].as_array().is_some_and(|all| all.iter().any(carries)) {
                found.push(id.parse().unwrap());
            }
        }
        Ok(found)
    }
}

impl BlockBuilder for FakeBuilder {
    type Block = Vec<(TypeId, String, String)>;

    fn add(&mut self, document: &Document<'_>, type_: TypeId, id: &str) {
        assert!(self.break_on != Some(id), "told to break");
        let body = String::from_utf8(stored::store(document, id).body).unwrap();
        self.items.push((type_, id.to_owned(), body));
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn finish(self) -> Self::Block {
        self.items
    }
}
