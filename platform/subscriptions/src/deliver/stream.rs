//! Notifications as entries of Redis streams: numbers and references only, since Redis holds no
//! health data.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Pipeline, RedisError};
use tarn_domain::Secret;
use tokio::sync::Mutex;

use super::Outgoing;
use crate::resource::Content;

/// Entries that a stream keeps, about; the oldest go first.
const MOST: usize = 100_000;
/// How long the server may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Streams of a Redis server.
pub(crate) struct Streams {
    client: Client,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Streams {
    /// The streams of the server at a URL.
    pub(crate) fn new(url: &Secret<String>) -> Result<Self, String> {
        let wrong = |_| "`redis_url` is no URL such as redis://127.0.0.1:6379".to_owned();
        let client = Client::open(url.expose().as_str()).map_err(wrong)?;
        Ok(Self { client, connection: Mutex::default() })
    }

    /// Adds an entry for each event, all of them or none; one entry where there is no event.
    pub(crate) async fn add(&self, name: &str, out: &Outgoing<'_>) -> Result<(), String> {
        let commands = commands(name, out);
        let mut kept = self.connection.lock().await;
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => self.connect().await.map_err(|error| words(&error))?,
        };
        let done: Result<(), RedisError> = commands.exec_async(&mut connection).await;
        match done {
            Ok(()) => {
                *kept = Some(connection);
                Ok(())
            }
            // The next try begins with a new connection.
            Err(error) => Err(words(&error)),
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        self.client.get_multiplexed_async_connection_with_config(&config).await
    }
}

/// What is asked of the server. The stream's key is the store's own, so that nobody writes to
/// another one's.
fn commands(name: &str, out: &Outgoing<'_>) -> Pipeline {
    let key = format!("tarn:{}:{name}", out.store);
    let mut all = redis::pipe();
    all.atomic();
    let mut entry = |fields: &[(&str, String)]| {
        let add = all.cmd("XADD").arg(&key).arg("MAXLEN").arg("~").arg(MOST).arg("*");
        for (name, value) in fields {
            add.arg(*name).arg(value);
        }
        add.ignore();
    };
    let head =
        [("type", out.kind.as_str().to_owned()), ("subscription", out.subscription.to_string())];
    if out.notices.is_empty() {
        entry(&head);
    }
    for notice in out.notices {
        let mut fields = head.to_vec();
        fields.push(("event-number", notice.number.to_string()));
        fields.push(("timestamp", notice.updated.to_string()));
        if out.content != Content::Empty {
            fields.push(("trigger", notice.trigger.as_str().to_owned()));
            fields.push(("focus", notice.reference()));
        }
        entry(&fields);
    }
    all
}

/// What failed, without the URL, which may hold a password.
fn words(error: &RedisError) -> String {
    format!("the Redis server did not take it ({})", error.category())
}
