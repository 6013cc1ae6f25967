//! What was done to answer a question, step by step: for those who ask why it takes so long.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use tarn_fhir::definitions::{FieldId, definitions};

use crate::filter::{Filter, KeyTest, Lookup};

/// The steps of an answer, in the order in which they began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// How long all of it took.
    pub total: Duration,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was done. Names of parameters and types, never a value.
    pub what: String,
    /// How deep inside chains it was done.
    pub depth: u32,
    /// How many rows were expected at most, where the index can say so beforehand.
    pub estimated: Option<u64>,
    /// How many rows, or other things, there were.
    pub found: u64,
    /// How long it took, inner steps included.
    pub time: Duration,
}

/// Takes the steps down.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    steps: RefCell<Vec<Step>>,
    depth: Cell<u32>,
}

/// A step that has begun.
pub(crate) struct Begun {
    at: usize,
    since: Instant,
}

impl Trace {
    /// Begins a step inside those that have begun and not ended.
    pub(crate) fn begin(&self, what: String) -> Begun {
        let mut steps = self.steps.borrow_mut();
        let depth = self.depth.get();
        self.depth.set(depth + 1);
        steps.push(Step { what, depth, estimated: None, found: 0, time: Duration::ZERO });
        Begun { at: steps.len() - 1, since: Instant::now() }
    }

    /// Ends it.
    pub(crate) fn end(&self, begun: &Begun, found: u64) {
        self.depth.set(self.depth.get().saturating_sub(1));
        self.add(begun.at, None, found, begun.since.elapsed());
    }

    /// Begins a step that is done in pieces, one for each part of the index.
    pub(crate) fn pieces(&self, what: String) -> usize {
        let begun = self.begin(what);
        self.end(&begun, 0);
        begun.at
    }

    /// Adds a piece.
    pub(crate) fn add(&self, at: usize, estimated: Option<u64>, found: u64, time: Duration) {
        if let Some(step) = self.steps.borrow_mut().get_mut(at) {
            if let Some(estimated) = estimated {
                step.estimated = Some(step.estimated.unwrap_or(0).saturating_add(estimated));
            }
            step.found = step.found.saturating_add(found);
            step.time += time;
        }
    }

    /// The plan, when all is done.
    pub(crate) fn plan(&self, total: Duration) -> Plan {
        Plan { steps: self.steps.borrow().clone(), total }
    }
}

/// A condition in words, without what it looks for.
pub(crate) fn words(filter: &Filter) -> String {
    match filter {
        Filter::Ids(ids) => format!("look up {} ids", ids.len()),
        Filter::Is(type_, _) => format!("look up one {type_}"),
        Filter::These(all) => format!("look up {} resources", all.len()),
        Filter::Updated(_) => "_lastUpdated".to_owned(),
        Filter::Keys(tests) => of_keys(tests),
        Filter::Terms(tests) => {
            let fields: Vec<FieldId> = tests.iter().map(|test| test.field).collect();
            format!("{}: {} terms", names(&fields), tests.len())
        }
        Filter::Dates(fields, _) => format!("{}: dates", names(fields)),
        Filter::Numbers(fields, _) => format!("{}: numbers", names(fields)),
        Filter::Quantities(fields, _) => format!("{}: quantities", names(fields)),
        Filter::Near(field, _) => format!("{}: places", names(&[*field])),
        Filter::Not(inner) => format!("not ({})", words(inner)),
        Filter::Any(all) => joined(all, " or "),
        Filter::All(all) => joined(all, " and "),
        Filter::Chain(fields, clause) => {
            format!("refers by {} to ({})", names(fields), joined(&clause.all, " and "))
        }
        Filter::Has(fields, clause) => {
            format!("is referred to by {} of ({})", names(fields), joined(&clause.all, " and "))
        }
        Filter::Text(test) => format!("{}: words", names(&[test.field])),
        Filter::Composite(composite) => format!("{}: composite", composite.parameter.code),
        Filter::Other(fields, _) => format!("{}: another value", names(fields)),
        Filter::Lookup(lookup) => match lookup {
            Lookup::ValueSets(fields, _) => format!("{}: in a value set", names(fields)),
            Lookup::Concept(fields, ..) => format!("{}: in a code system", names(fields)),
            Lookup::Place(fields, ..) => format!("{}: in a hierarchy", names(fields)),
            Lookup::Lists(_) => "_list".to_owned(),
        },
    }
}

/// What a question of many alternatives is called: the first few.
fn joined(all: &[Filter], with: &str) -> String {
    const SHOWN: usize = 4;
    let mut some: Vec<String> = all.iter().take(SHOWN).map(words).collect();
    if all.len() > SHOWN {
        some.push(format!("{} more", all.len() - SHOWN));
    }
    some.join(with)
}

fn of_keys(tests: &[KeyTest]) -> String {
    let fields: Vec<FieldId> = tests.iter().map(KeyTest::field).collect();
    format!("{}: {} keys", names(&fields), tests.len())
}

fn names(fields: &[FieldId]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for field in fields {
        let name = definitions().field(*field).map_or("?", |parameter| parameter.code);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}
