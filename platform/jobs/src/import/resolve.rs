//! Conditional references of Bundles: `Practitioner?identifier=system|value` (R4 §3.1.0.11.2).

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};

use percent_encoding::percent_decode_str;
use tarn_domain::LogicalId;
use tarn_fhir::definitions::TypeId;
use tarn_fhir::reference::{self, Reference};

use super::target::{Identifier, Target};
use crate::JobError;

/// Answers kept by one thread, at most.
const REMEMBERED: usize = 100_000;

/// What a conditional reference or `ifNoneExist` asks for.
pub(crate) type Wanted = (TypeId, Identifier);

/// Reads `identifier=system|value`, the one query that an import answers.
pub(crate) fn identifier(query: &str) -> Option<Identifier> {
    let token = query.strip_prefix("identifier=")?;
    if token.contains(['&', ',']) {
        return None;
    }
    let token = percent_decode_str(token).decode_utf8().ok()?;
    let (system, value) = match token.rsplit_once('|') {
        Some((system, value)) => (Some(system.to_owned()), value),
        None => (None, &*token),
    };
    (!value.is_empty()).then(|| Identifier { system, value: value.to_owned() })
}

/// Reads `Type?identifier=…`.
pub(crate) fn conditional(reference: &str) -> Option<Wanted> {
    match reference::parse(reference, None) {
        Reference::Conditional { type_, query } => Some((type_, identifier(query)?)),
        _ => None,
    }
}

/// What is known of an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    One(LogicalId),
    Several,
}

/// How many chunks are written, for threads that need what comes before theirs.
#[derive(Debug, Default)]
pub(crate) struct Written {
    state: Mutex<(u64, bool)>,
    changed: Condvar,
}

impl Written {
    /// All chunks before `count` are written.
    pub(crate) fn advance(&self, count: u64) {
        self.lock().0 = count;
        self.changed.notify_all();
    }

    /// Nothing more will be written.
    pub(crate) fn stop(&self) {
        self.lock().1 = true;
        self.changed.notify_all();
    }

    fn wait_for(&self, count: u64) {
        let mut state = self.lock();
        while state.0 < count && !state.1 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, bool)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds resources by identifier: in the chunk at hand, in the store, and, when neither has it, in
/// the store once everything before the chunk is written.
pub(crate) struct Resolver<'a, T: Target> {
    target: &'a T,
    written: &'a Written,
    remembered: HashMap<Wanted, LogicalId>,
    /// Of the chunk at hand.
    here: HashMap<Wanted, Known>,
    chunk: u64,
    waited: bool,
}

impl<'a, T: Target> Resolver<'a, T> {
    pub(crate) fn new(target: &'a T, written: &'a Written) -> Self {
        let (remembered, here) = (HashMap::new(), HashMap::new());
        Self { target, written, remembered, here, chunk: 0, waited: false }
    }

    /// Begins a chunk.
    pub(crate) fn begin(&mut self, chunk: u64) {
        self.here.clear();
        self.chunk = chunk;
        self.waited = chunk == 0;
        if self.remembered.len() > REMEMBERED {
            self.remembered.clear();
        }
    }

    /// A resource of this chunk carries the identifier.
    pub(crate) fn learn(&mut self, type_: TypeId, system: &str, value: &str, id: &LogicalId) {
        for system in [Some(system.to_owned()), None] {
            let wanted = (type_, Identifier { system, value: value.to_owned() });
            self.here
                .entry(wanted)
                .and_modify(|known| {
                    if *known != Known::One(id.clone()) {
                        *known = Known::Several;
                    }
                })
                .or_insert_with(|| Known::One(id.clone()));
        }
    }

    /// The one resource that carries the identifier, if there is exactly one.
    pub(crate) fn find(&mut self, wanted: &Wanted) -> Result<Option<LogicalId>, JobError> {
        match self.here.get(wanted) {
            Some(Known::One(id)) => return Ok(Some(id.clone())),
            Some(Known::Several) => return Ok(None),
            None => {}
        }
        Ok(match self.earlier(wanted)? {
            Some(Known::One(id)) => Some(id),
            Some(Known::Several) | None => None,
        })
    }

    /// What was there before this chunk carries the identifier.
    pub(crate) fn earlier(&mut self, wanted: &Wanted) -> Result<Option<Known>, JobError> {
        if let Some(id) = self.remembered.get(wanted) {
            return Ok(Some(Known::One(id.clone())));
        }
        let mut found = self.target.identified(wanted.0, &wanted.1)?;
        if found.is_empty() && !self.waited {
            self.written.wait_for(self.chunk);
            self.waited = true;
            found = self.target.identified(wanted.0, &wanted.1)?;
        }
        Ok(match (found.pop(), found.is_empty()) {
            (None, _) => None,
            (Some(_), false) => Some(Known::Several),
            (Some(id), true) => {
                self.remembered.insert(wanted.clone(), id.clone());
                Some(Known::One(id))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_identifier_alone_is_a_query_that_is_answered() {
        let of = |system: Option<&str>, value: &str| {
            Some(Identifier { system: system.map(str::to_owned), value: value.to_owned() })
        };
        assert_eq!(identifier("identifier=http://a|b"), of(Some("http://a"), "b"));
        assert_eq!(identifier("identifier=http%3A%2F%2Fa%7Cb"), of(Some("http://a"), "b"));
        assert_eq!(identifier("identifier=|b"), of(Some(""), "b"));
        assert_eq!(identifier("identifier=b"), of(None, "b"));
        for no in ["", "identifier=", "identifier=a|", "name=b", "identifier=a&active=true"] {
            assert_eq!(identifier(no), None, "{no}");
        }
        assert!(conditional("Practitioner?identifier=a|b").is_some());
        for no in ["Practitioner/1", "Nothing?identifier=a|b", "Practitioner?name=b"] {
            assert!(conditional(no).is_none(), "{no}");
        }
    }
}
