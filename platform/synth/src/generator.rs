//! Patients of a seed, one at a time.

use crate::care::CareSystem;
use crate::sink::Sink;
use crate::{chart, life, resources};

/// Generates the patients of a seed, in any order, each the same every time.
#[derive(Debug)]
pub struct Generator {
    seed: u64,
    care: CareSystem,
}

impl Generator {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, care: CareSystem::new(seed) }
    }

    /// Writes what all patients share: organisations, locations, practitioners and their roles,
    /// medicines. Patients refer to it.
    pub fn shared(&self, sink: &mut Sink) {
        resources::shared::write(&self.care, sink);
    }

    /// Writes patient `index` with the records of the whole life.
    pub fn patient(&self, index: u64, sink: &mut Sink) {
        chart::write(life::plan(self.seed, index), &self.care, sink);
    }
}
