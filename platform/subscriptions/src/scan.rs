//! Reads the version log behind a place and picks what a subscription wants to know of.

use tarn_store::{Loc, Snapshot};

use crate::change::{Changed, Trigger};
use crate::error::SubscriptionError;
use crate::resource::Rules;

/// Something that a subscriber is to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Where the version lies that it is about.
    pub loc: Loc,
    /// What happened to the resource.
    pub trigger: Trigger,
}

/// What one look into the log found.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub(crate) events: Vec<Event>,
    /// Everything up to here was looked at.
    pub(crate) place: Loc,
    /// Whether that is all there is.
    pub(crate) at_end: bool,
}

/// Versions looked at in one go; more are left for the next, so that nobody waits long.
const VERSIONS: usize = 2_048;

/// Looks at what came after a place: at most `most` events.
pub(crate) fn scan(
    snapshot: &Snapshot,
    after: Loc,
    rules: &Rules,
    most: usize,
) -> Result<Scanned, SubscriptionError> {
    let mut found = Scanned { events: Vec::new(), place: after, at_end: false };
    for version in snapshot.following(after).take(VERSIONS) {
        let version = version?;
        let loc = version.loc;
        if rules.is_about(version.type_) {
            let mut changed = Changed::new(snapshot, version);
            if let Some(trigger) = rules.wants(&mut changed)? {
                found.events.push(Event { loc, trigger });
            }
        }
        found.place = loc;
        if found.events.len() >= most {
            return Ok(found);
        }
    }
    // Ended early: there was no more.
    found.at_end = snapshot.following(found.place).next().is_none();
    Ok(found)
}
