//! A subscription's state as its task has it, for whoever asks while it runs.

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::state::State;

/// The state of a subscription that is being served.
#[derive(Debug, Default)]
pub struct Live {
    state: Mutex<State>,
    /// Rung when there is something to send that no commit tells of.
    pub(crate) wake: Notify,
}

impl Live {
    pub(crate) fn new(state: State) -> Self {
        Self { state: Mutex::new(state), wake: Notify::new() }
    }

    /// The state at this moment.
    pub fn state(&self) -> State {
        self.state.lock().clone()
    }

    /// Looks at the state.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock())
    }

    /// Changes the state, in memory: whoever needs it durable writes it down.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock())
    }

    /// Has events sent again; see [`State::replay`].
    pub fn replay(&self, from: Option<u64>) -> usize {
        let count = self.change(|state| state.replay(from));
        self.wake.notify_one();
        count
    }
}
