//! A real store beside a plain list of what should be in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tarn_domain::Timestamp;
use tarn_fhir::json::Document;
use tarn_store::Snapshot;

use crate::chance::Chance;
use crate::data::{self, IDS, TYPES};
use crate::lookups;
use crate::model::Res;
use crate::scan::NOW;
use crate::store::{Store, type_id};

pub(crate) struct World {
    store: Store,
    live: BTreeMap<(String, String), Value>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut store = Store::at(Timestamp::from_micros(NOW + 10_123_456));
        let all = lookups::definitions();
        store.commit(all.iter().map(|json| store.put(json)).collect());
        let text = |json: &Value, name: &str| json[name].as_str().unwrap_or_default().to_owned();
        let name = |json: &Value| (text(json, "resourceType"), text(json, "id"));
        let live = all.into_iter().map(|json| (name(&json), json)).collect();
        Self { store, live }
    }

    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.store.snapshot()
    }

    /// Something happens to the store.
    pub(crate) fn live_on(&mut self, chance: &mut Chance) {
        self.store.clock.advance(Duration::from_micros(1_700_001));
        match chance.below(9) {
            0 | 1 => self.load(chance),
            2 => self.store.engine().flush().expect("a flush"),
            3 => self.store.reopen(),
            _ => self.write(chance),
        }
        self.maintain();
    }

    fn name(chance: &mut Chance) -> (&'static str, &'static str) {
        (chance.pick(&TYPES), chance.pick(&IDS))
    }

    fn write(&mut self, chance: &mut Chance) {
        let mut changes = BTreeMap::new();
        for _ in 0..1 + chance.below(12) {
            let (type_, id) = Self::name(chance);
            let of = (type_.to_owned(), id.to_owned());
            let change = if chance.once_in(4) {
                self.live.remove(&of);
                Store::delete(type_, id)
            } else {
                let json = data::resource(chance, type_, id);
                let change = self.store.put(&json);
                self.live.insert(of.clone(), json);
                change
            };
            changes.insert(of, change);
        }
        self.store.commit(changes.into_values().collect());
    }

    fn load(&mut self, chance: &mut Chance) {
        let mut builder = self.store.engine().loader().block();
        for _ in 0..10 + chance.below(25) {
            let (type_, id) = Self::name(chance);
            let json = data::resource(chance, type_, id);
            let text = json.to_string();
            builder.add(&Document::parse(text.as_bytes()).expect("JSON"), type_id(type_), id);
            self.live.insert((type_.to_owned(), id.to_owned()), json);
        }
        self.store.engine().load(builder.finish()).expect("a load");
    }

    fn maintain(&mut self) {
        let engine = self.store.engine();
        while let Some(task) = engine.next_task() {
            let mut step = Some(task.run().expect("a task"));
            while let Some(done) = step {
                step = engine.install(done).expect("an install");
            }
        }
    }

    /// What should be there. Numbers and times are the store's, contents are not.
    pub(crate) fn all(&self) -> Vec<Res> {
        let snapshot = self.snapshot();
        let each = self.live.iter().map(|((type_, id), json)| {
            let row = snapshot.lookup(type_id(type_), id).expect("a lookup").expect("a row");
            assert!(!row.deleted, "{type_}/{id}");
            Res { json: json.clone(), rid: row.rid, updated: row.updated.micros() }
        });
        each.collect()
    }
}
