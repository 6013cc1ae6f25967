//! How far a subscription has come: written down in its store, sealed, after every notification
//! that was accepted.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use tarn_actors::StoreHandle;
use tarn_domain::{JobId, LogicalId, Timestamp};
use tarn_store::Loc;

use crate::change::Trigger;
use crate::error::SubscriptionError;
use crate::scan::Event;

/// Delivered events that `$events` can still tell of.
const KEPT: usize = 512;
/// Undelivered events that are kept; the oldest go first.
const DEAD: usize = 2_000;

/// What is known of a subscription's past.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// Everything up to here in the version log is dealt with; none before its first activation.
    pub cursor: Option<u64>,
    /// How many events there were since the subscription's start: the number of the last one.
    pub events: u64,
    /// The last events, oldest first.
    pub kept: VecDeque<Kept>,
    /// Events that could not be delivered, oldest first: the dead-letter list.
    pub dead: VecDeque<Dead>,
    /// Numbers of events to be sent again, in this order.
    pub again: VecDeque<u64>,
    /// Failed tries since the last success.
    pub failures: u32,
    /// Why the last try failed; no patient's value.
    pub last_error: Option<String>,
    /// When something was delivered last.
    pub delivered: Option<i64>,
}

/// An event with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its number, from 1.
    pub number: u64,
    /// Where the version lies that it is about.
    pub loc: u64,
    /// What happened to it.
    pub trigger: Trigger,
}

/// An event that could not be delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dead {
    /// Its number, from 1.
    pub number: u64,
    /// Where the version lies that it is about.
    pub loc: u64,
    /// What happened to it.
    pub trigger: Trigger,
    /// When it was given up, in microseconds.
    pub since: i64,
    /// Why; no patient's value.
    pub error: String,
}

/// Under which name a subscription's state lies among the checkpoints of its store.
pub fn checkpoint_of(subscription: &LogicalId) -> JobId {
    let hash = blake3::derive_key(
        "tarn 2026 checkpoint of a subscription",
        subscription.as_str().as_bytes(),
    );
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    JobId::from_bytes(id)
}

impl State {
    /// What was written down last.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(store: &StoreHandle, of: &LogicalId) -> Result<Self, SubscriptionError> {
        match store.checkpoint(checkpoint_of(of)).await? {
            None => Ok(Self::default()),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(SubscriptionError::Checkpoint),
        }
    }

    /// Writes it down: durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn write(
        &self,
        store: &StoreHandle,
        of: &LogicalId,
    ) -> Result<(), SubscriptionError> {
        let bytes = serde_json::to_vec(self).map_err(SubscriptionError::Checkpoint)?;
        Ok(store.keep_checkpoint(checkpoint_of(of), bytes).await?)
    }

    /// The place in the version log.
    pub(crate) fn place(&self) -> Option<Loc> {
        self.cursor.map(Loc::from_bits)
    }

    /// The events were accepted, and all up to `place` is dealt with.
    pub(crate) fn accepted(&mut self, events: &[(u64, Event)], place: Loc, now: Timestamp) {
        self.number(events, place);
        self.failures = 0;
        self.last_error = None;
        self.delivered = Some(now.micros());
    }

    /// The events could not be delivered: they are dead letters, and the log goes on behind them.
    pub(crate) fn buried(&mut self, events: &[(u64, Event)], place: Loc, now: Timestamp) {
        self.number(events, place);
        let error = self.last_error.clone().unwrap_or_default();
        for (number, event) in events {
            if self.dead.iter().any(|dead| dead.number == *number) {
                continue;
            }
            self.dead.push_back(Dead {
                number: *number,
                loc: event.loc.to_bits(),
                trigger: event.trigger,
                since: now.micros(),
                error: error.clone(),
            });
        }
        while self.dead.len() > DEAD {
            self.dead.pop_front();
        }
    }

    fn number(&mut self, events: &[(u64, Event)], place: Loc) {
        self.cursor = Some(self.cursor.unwrap_or(0).max(place.to_bits()));
        for (number, event) in events {
            if *number <= self.events {
                continue;
            }
            self.events = *number;
            let kept = Kept { number: *number, loc: event.loc.to_bits(), trigger: event.trigger };
            self.kept.push_back(kept);
        }
        while self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    /// The numbers of all events that are known, ascending.
    pub fn numbers(&self) -> Vec<u64> {
        let dead = self.dead.iter().map(|dead| dead.number);
        let mut all: Vec<u64> = dead.chain(self.kept.iter().map(|kept| kept.number)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// An event by its number: delivered lately, or dead.
    pub fn event(&self, number: u64) -> Option<Kept> {
        let dead = self.dead.iter().map(|dead| Kept {
            number: dead.number,
            loc: dead.loc,
            trigger: dead.trigger,
        });
        dead.chain(self.kept.iter().copied()).find(|event| event.number == number)
    }

    /// Has events sent again: the dead letters, and with `from` every kept one from that number on.
    /// Tells how many.
    pub fn replay(&mut self, from: Option<u64>) -> usize {
        let mut numbers: Vec<u64> = self.dead.iter().map(|dead| dead.number).collect();
        if let Some(from) = from {
            numbers.retain(|number| *number >= from);
            numbers.extend(self.kept.iter().map(|kept| kept.number).filter(|n| *n >= from));
        }
        numbers.retain(|number| !self.again.contains(number));
        numbers.sort_unstable();
        numbers.dedup();
        self.again.extend(&numbers);
        numbers.len()
    }

    /// Events were sent again and accepted: they are dead no more.
    pub(crate) fn resent(&mut self, numbers: &[u64], now: Timestamp) {
        self.again.retain(|number| !numbers.contains(number));
        self.dead.retain(|dead| !numbers.contains(&dead.number));
        self.failures = 0;
        self.last_error = None;
        self.delivered = Some(now.micros());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(loc: u64) -> Event {
        Event { loc: Loc::from_bits(loc), trigger: Trigger::Create }
    }

    #[test]
    fn events_are_counted_once_and_the_place_never_goes_back() {
        let mut state = State::default();
        let events = [(1, event(10)), (2, event(20))];
        state.accepted(&events, Loc::from_bits(30), Timestamp::default());
        assert_eq!((state.events, state.cursor), (2, Some(30)));
        state.accepted(&events, Loc::from_bits(20), Timestamp::default());
        assert_eq!((state.events, state.cursor, state.kept.len()), (2, Some(30), 2));
    }

    #[test]
    fn a_dead_letter_is_listed_until_it_is_sent_again() {
        let mut state = State { last_error: Some("answered 500".into()), ..State::default() };
        state.buried(&[(1, event(10)), (2, event(20))], Loc::from_bits(20), Timestamp::default());
        assert_eq!(state.dead.len(), 2);
        assert_eq!(state.dead[0].error, "answered 500");
        assert_eq!((state.replay(None), state.replay(None)), (2, 0));
        state.resent(&[1], Timestamp::default());
        assert_eq!((state.dead.len(), state.again.len()), (1, 1));
        assert_eq!(state.event(1).map(|kept| kept.loc), Some(10), "it is kept all the same");
    }

    #[test]
    fn replay_from_a_number_takes_delivered_ones_too() {
        let mut state = State::default();
        let events: Vec<_> = (1..=4).map(|n| (n, event(n * 10))).collect();
        state.accepted(&events, Loc::from_bits(40), Timestamp::default());
        assert_eq!(state.replay(Some(3)), 2);
        assert_eq!(state.again, [3, 4]);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut state = State::default();
        let events: Vec<_> = (1..=3_000).map(|n| (n, event(n))).collect();
        state.buried(&events, Loc::from_bits(3_000), Timestamp::default());
        assert_eq!((state.kept.len(), state.dead.len()), (KEPT, DEAD));
        assert_eq!(state.events, 3_000);
    }
}
