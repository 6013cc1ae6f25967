//! How much work one question may take before it is broken off.

use std::cell::Cell;

use crate::error::SearchError;

/// Limits of one question. Without them a single search could hold a thread for ever.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Steps: a posting list, a term, a key or sixteen column values looked at are one each.
    pub steps: u64,
    /// Bodies that may be read to check or sort by what the index does not hold.
    pub bodies: u64,
    /// Resources that includes may add to a page.
    pub included: usize,
    /// Where one way of answering becomes dearer than another.
    pub turning: Turning,
}

impl Default for Limits {
    fn default() -> Self {
        let turning = Turning::default();
        Self { steps: 50_000_000, bodies: 100_000, included: 1_000, turning }
    }
}

/// Where one way of answering becomes dearer than another. Answers do not depend on it.
#[derive(Debug, Clone)]
pub struct Turning {
    /// Up to so many references are looked up one by one; for more, the field is read through.
    pub look_up_below: usize,
    /// Up to so many rows, reading them is quicker than walking through a field's terms.
    pub read_below: u64,
    /// How many column values can be scanned while one row's place is found.
    pub scanned_per_probe: usize,
    /// How many names of resources can be listed while one body is read.
    pub named_per_read: u64,
}

impl Default for Turning {
    fn default() -> Self {
        Self { look_up_below: 4_096, read_below: 256, scanned_per_probe: 16, named_per_read: 1_000 }
    }
}

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: Cell<u64>,
    bodies: Cell<u64>,
    /// Resources that includes may add.
    pub(crate) included: usize,
    pub(crate) turning: Turning,
}

impl Budget {
    /// A fresh budget.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            steps: Cell::new(limits.steps),
            bodies: Cell::new(limits.bodies),
            included: limits.included,
            turning: limits.turning.clone(),
        }
    }

    pub(crate) fn steps(&self, taken: u64) -> Result<(), SearchError> {
        take(&self.steps, taken, "narrow it down with one more parameter")
    }

    /// Takes column values that will be looked at.
    pub(crate) fn values(&self, count: usize) -> Result<(), SearchError> {
        self.steps(1 + count as u64 / 16)
    }

    /// Takes bodies before they are read, so that a hopeless search fails at once.
    pub(crate) fn bodies(&self, count: u64) -> Result<(), SearchError> {
        take(&self.bodies, count, "too many matches to look into; add a parameter that narrows it")
    }
}

fn take(left: &Cell<u64>, taken: u64, what: &'static str) -> Result<(), SearchError> {
    let rest = left.get().checked_sub(taken).ok_or(SearchError::TooCostly { what })?;
    left.set(rest);
    Ok(())
}
