//! WebSockets that are bound to subscriptions, whatever door they came through.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tarn_domain::{LogicalId, StoreId};
use tokio::sync::{Notify, mpsc, oneshot};

use super::Outgoing;

/// Notifications that may wait for one socket.
const WAITING: usize = 16;
/// Sockets of one subscription.
const SOCKETS: usize = 16;

/// A text to write to a socket; `done` is told once it is written.
#[derive(Debug)]
pub struct Push {
    /// The text.
    pub text: String,
    /// Told when it is out.
    pub done: oneshot::Sender<()>,
}

type Key = (StoreId, LogicalId);

/// Who listens to what.
#[derive(Debug, Default)]
pub struct Sockets {
    bound: Mutex<HashMap<Key, Vec<(u64, mpsc::Sender<Push>)>>>,
    next: AtomicU64,
    came: Notify,
}

impl Sockets {
    /// A channel for one socket: what is to be written comes out of the receiver.
    pub fn channel() -> (mpsc::Sender<Push>, mpsc::Receiver<Push>) {
        mpsc::channel(WAITING)
    }

    /// Binds a socket to a subscription until [`Self::unbind`] with the number given. None when too
    /// many are bound to it already.
    pub fn bind(
        &self,
        store: StoreId,
        subscription: LogicalId,
        socket: mpsc::Sender<Push>,
    ) -> Option<u64> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut bound = self.bound.lock();
        let listeners = bound.entry((store, subscription)).or_default();
        listeners.retain(|(_, known)| !known.is_closed());
        if listeners.len() >= SOCKETS {
            return None;
        }
        listeners.push((number, socket));
        drop(bound);
        self.came.notify_waiters();
        Some(number)
    }

    /// The socket has gone.
    pub fn unbind(&self, store: StoreId, subscription: &LogicalId, number: u64) {
        let mut bound = self.bound.lock();
        let key = (store, subscription.clone());
        if let Some(listeners) = bound.get_mut(&key) {
            listeners.retain(|(known, _)| *known != number);
            if listeners.is_empty() {
                bound.remove(&key);
            }
        }
    }

    /// Returns once somebody listens.
    pub(crate) async fn listened(&self, store: StoreId, subscription: &LogicalId) {
        loop {
            let came = self.came.notified();
            if !self.listeners(store, subscription).is_empty() {
                return;
            }
            came.await;
        }
    }

    /// Writes to everyone who listens; accepted when one has it.
    pub(super) async fn send(&self, out: Outgoing<'_>) -> Result<(), String> {
        let body = out.body.map(String::from_utf8).transpose();
        let body = body.map_err(|_| "the notification is no text".to_owned())?;
        let text = body.unwrap_or_else(|| format!("ping {}", out.subscription));
        let mut pending = Vec::new();
        for sender in self.listeners(out.store, out.subscription) {
            let (done, written) = oneshot::channel();
            // Who does not keep up is left behind; `$events` has what was missed.
            if sender.try_send(Push { text: text.clone(), done }).is_ok() {
                pending.push(written);
            }
        }
        let mut accepted = false;
        for written in pending {
            let told = tokio::time::timeout(out.timeout, written).await;
            accepted |= matches!(told, Ok(Ok(())));
        }
        accepted.then_some(()).ok_or_else(|| "no bound client took it".to_owned())
    }

    fn listeners(&self, store: StoreId, subscription: &LogicalId) -> Vec<mpsc::Sender<Push>> {
        let bound = self.bound.lock();
        let listeners = bound.get(&(store, subscription.clone()));
        listeners
            .into_iter()
            .flatten()
            .map(|(_, sender)| sender.clone())
            .filter(|s| !s.is_closed())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ping;
    use super::*;

    #[tokio::test]
    async fn a_text_is_accepted_once_a_listener_has_written_it() {
        let sockets = Sockets::default();
        let (store, id): Key = (StoreId::from_bytes([1; 16]), "s".parse().unwrap());
        let out = || Outgoing { store, ..ping(&id) };
        assert!(sockets.send(out()).await.is_err(), "nobody listens");
        let (sender, mut receiver) = Sockets::channel();
        let number = sockets.bind(store, id.clone(), sender).unwrap();
        sockets.listened(store, &id).await;
        let write = async {
            let push = receiver.recv().await.unwrap();
            assert_eq!(push.text, "ping s");
            push.done.send(()).unwrap();
        };
        let (sent, ()) = tokio::join!(sockets.send(out()), write);
        assert_eq!(sent, Ok(()));
        sockets.unbind(store, &id, number);
        assert!(sockets.send(out()).await.is_err());
    }
}
