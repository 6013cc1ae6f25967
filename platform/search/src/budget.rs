//! How much one question may ask for, and how much work it may take before it is broken off.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::error::SearchError;
use crate::trace::{Plan, Trace};

/// What a question may ask for: checked while it is read, before any work is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widths {
    /// Parameters.
    pub parameters: usize,
    /// Values with commas between them, of all parameters together.
    pub values: usize,
    /// Conditions that the parameters come to: a chain without types asks in every type that fits.
    pub conditions: usize,
    /// Links of one chain, `_has` included.
    pub links: usize,
    /// `_include` and `_revinclude`.
    pub includes: usize,
    /// Keys of `_sort`.
    pub sort_keys: usize,
    /// Parentheses and brackets in one another, in `_filter`.
    pub nesting: usize,
    /// Bytes of one `_filter`.
    pub filter_bytes: usize,
}

impl Default for Widths {
    fn default() -> Self {
        Self {
            parameters: 200,
            values: 10_000,
            conditions: 500,
            links: 6,
            includes: 50,
            sort_keys: 5,
            nesting: 32,
            filter_bytes: 20_000,
        }
    }
}

/// Limits of one question's work. Without them a single search could hold a thread for ever.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Steps: a posting list, a term, a key or sixteen column values looked at are one each.
    pub steps: u64,
    /// Bodies that may be read to check or sort by what the index does not hold.
    pub bodies: u64,
    /// Resources that includes may add to a page.
    pub included: usize,
    /// Codes of a value set, members of a list, places of a hierarchy.
    pub members: usize,
    /// The time that all of it may take.
    pub time: Duration,
    /// Where one way of answering becomes dearer than another.
    pub turning: Turning,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            steps: 50_000_000,
            bodies: 100_000,
            included: 1_000,
            members: 10_000,
            time: Duration::from_secs(20),
            turning: Turning::default(),
        }
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

/// So many looks at the budget pass between two looks at the clock.
const LOOKS_PER_TICK: u32 = 256;

/// What is left of the limits.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: Left,
    bodies: Left,
    /// Resources that includes may add.
    pub(crate) included: usize,
    /// Codes of a value set, members of a list, places of a hierarchy.
    pub(crate) members: usize,
    time: Duration,
    begun: Instant,
    looks: Cell<u32>,
    pub(crate) turning: Turning,
    /// Takes down what is done, where somebody asked for that.
    pub(crate) trace: Option<Trace>,
}

#[derive(Debug)]
struct Left {
    of: u64,
    left: Cell<u64>,
}

const NARROW: &str = "narrow it down with one more parameter";

impl Budget {
    /// A fresh budget. Its time begins now.
    pub(crate) fn new(limits: &Limits) -> Self {
        let left = |of| Left { of, left: Cell::new(of) };
        Self {
            steps: left(limits.steps),
            bodies: left(limits.bodies),
            included: limits.included,
            members: limits.members,
            time: limits.time,
            begun: Instant::now(),
            looks: Cell::new(0),
            turning: limits.turning.clone(),
            trace: None,
        }
    }

    /// The same, taking down what is done.
    pub(crate) fn traced(limits: &Limits) -> Self {
        Self { trace: Some(Trace::default()), ..Self::new(limits) }
    }

    /// What was done, if it was taken down.
    pub(crate) fn plan(&self) -> Option<Plan> {
        self.trace.as_ref().map(|trace| trace.plan(self.begun.elapsed()))
    }

    /// Does a step, which is taken down where somebody asked for that.
    pub(crate) fn step<T>(
        &self,
        what: impl FnOnce() -> String,
        count: impl FnOnce(&T) -> u64,
        work: impl FnOnce() -> Result<T, SearchError>,
    ) -> Result<T, SearchError> {
        let Some(trace) = &self.trace else { return work() };
        let begun = trace.begin(what());
        let done = work()?;
        trace.end(&begun, count(&done));
        Ok(done)
    }

    pub(crate) fn steps(&self, taken: u64) -> Result<(), SearchError> {
        self.tick()?;
        self.steps.take(taken, "steps through the index", NARROW)
    }

    /// Takes column values that will be looked at.
    pub(crate) fn values(&self, count: usize) -> Result<(), SearchError> {
        self.steps(1 + count as u64 / 16)
    }

    /// Takes bodies before they are read, so that a hopeless search fails at once.
    pub(crate) fn bodies(&self, count: u64) -> Result<(), SearchError> {
        self.bodies.take(count, "resources to read", NARROW)
    }

    /// Looks at the clock now and then: for loops whose turns cost no steps.
    pub(crate) fn tick(&self) -> Result<(), SearchError> {
        let looks = self.looks.get() + 1;
        if looks < LOOKS_PER_TICK {
            self.looks.set(looks);
            return Ok(());
        }
        self.looks.set(0);
        let spent = self.begun.elapsed();
        if spent <= self.time {
            return Ok(());
        }
        let (limit, asked) = (self.time.as_millis() as u64, spent.as_millis() as u64);
        Err(SearchError::TooCostly { budget: "milliseconds", limit, asked, narrow: NARROW })
    }
}

impl Left {
    fn take(
        &self,
        taken: u64,
        budget: &'static str,
        narrow: &'static str,
    ) -> Result<(), SearchError> {
        let left = self.left.get();
        let Some(rest) = left.checked_sub(taken) else {
            let asked = (self.of - left).saturating_add(taken);
            return Err(SearchError::TooCostly { budget, limit: self.of, asked, narrow });
        };
        self.left.set(rest);
        Ok(())
    }
}

/// What a question asks for, as it is read.
#[derive(Debug)]
pub(crate) struct Counts<'w> {
    pub(crate) widths: &'w Widths,
    values: Cell<usize>,
    conditions: Cell<usize>,
}

impl<'w> Counts<'w> {
    pub(crate) fn new(widths: &'w Widths) -> Self {
        Self { widths, values: Cell::new(0), conditions: Cell::new(0) }
    }

    pub(crate) fn values(&self, count: usize) -> Result<(), SearchError> {
        self.values.set(self.values.get().saturating_add(count));
        let narrow = "ask in several searches, or with a list (`_list`) or value set (`:in`)";
        within(self.values.get(), self.widths.values, "values with commas between them", narrow)
    }

    pub(crate) fn condition(&self) -> Result<(), SearchError> {
        self.conditions.set(self.conditions.get() + 1);
        let narrow = "name the types of references: `subject:Patient.name`";
        within(self.conditions.get(), self.widths.conditions, "conditions", narrow)
    }

    pub(crate) fn links(&self, links: usize) -> Result<(), SearchError> {
        let narrow = "begin the search nearer to what is asked about";
        within(links, self.widths.links, "links of a chain", narrow)
    }

    pub(crate) fn parameters(&self, count: usize) -> Result<(), SearchError> {
        within(count, self.widths.parameters, "parameters", "leave some out")
    }

    pub(crate) fn includes(&self, count: usize) -> Result<(), SearchError> {
        within(count, self.widths.includes, "includes", "use `Type:*` or `*`, or leave some out")
    }

    pub(crate) fn sort_keys(&self, count: usize) -> Result<(), SearchError> {
        within(count, self.widths.sort_keys, "keys of `_sort`", "leave some out")
    }
}

/// Holds a number to its limit.
pub(crate) fn within(
    asked: usize,
    limit: usize,
    budget: &'static str,
    narrow: &'static str,
) -> Result<(), SearchError> {
    if asked <= limit {
        return Ok(());
    }
    Err(SearchError::TooCostly { budget, limit: limit as u64, asked: asked as u64, narrow })
}
