//! What subscriptions need to know of the server's settings. The server fills it in.

use std::time::Duration;

use tarn_domain::Secret;

/// Settings of subscriptions.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Base of every URL that is told, without its closing slash.
    pub public_url: String,
    /// The region in audit events.
    pub region: String,
    /// What channels there are.
    pub offers: Offers,
    /// The Redis server that messages are added to.
    pub redis_url: Option<Secret<String>>,
    /// How long to wait before the second try of a notification; doubled with every further one.
    pub first_pause: Duration,
    /// The longest wait between two tries.
    pub longest_pause: Duration,
    /// So many tries are made before a subscription is in error.
    pub attempts: u32,
}

/// What channels a server offers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Offers {
    /// Whether endpoints may lie in private networks and be reached without TLS. Off, so that
    /// nobody can have the server call its own neighbours.
    pub private_endpoints: bool,
    /// Whether there is a Redis server for messages.
    pub messages: bool,
}

impl Settings {
    /// The base URL of a store, without its closing slash.
    pub fn base(&self, store: tarn_domain::StoreId) -> String {
        format!("{}/datastore/{store}/r4", self.public_url)
    }
}
