//! Many connections that ask as fast as they are answered, and how long answers took.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::client::Client;
use super::process::Server;
use super::report;
use crate::error::Failure;

/// Asks for `seconds` over `clients` connections; `next` makes the n-th request. Tells requests a
/// second, a second of the server's processor time, and the quantiles of the time to the answer.
pub(super) async fn run(
    what: &str,
    server: &Server,
    key: &str,
    clients: usize,
    seconds: u64,
    next: impl Fn(&Client, usize) -> Vec<u8> + 'static,
) -> Result<(), Failure> {
    let next = Rc::new(next);
    let until = Instant::now() + Duration::from_secs(seconds);
    let cpu = server.cpu_seconds();
    let begun = Instant::now();
    let mut asking = Vec::with_capacity(clients);
    for number in 0..clients {
        let mut client = server.client(key).await?;
        let next = Rc::clone(&next);
        asking.push(actix_rt::spawn(async move {
            let mut took = Vec::new();
            let mut n = number;
            while Instant::now() < until {
                let request = next(&client, n);
                let sent = Instant::now();
                let status = client.send(&request).await?.status;
                took.push((sent.elapsed(), status < 300));
                n += clients;
            }
            Ok::<_, std::io::Error>(took)
        }));
    }
    let mut took = Vec::new();
    for asked in asking {
        took.extend(asked.await.map_err(Failure::new)??);
    }
    let (wall, cpu) = (begun.elapsed().as_secs_f64(), server.cpu_seconds() - cpu);
    let failed = took.iter().filter(|(_, well)| !well).count();
    let mut spans: Vec<Duration> = took.into_iter().map(|(span, _)| span).collect();
    spans.sort_unstable();
    let at = |share: f64| {
        let index = (spans.len() as f64 * share) as usize;
        spans.get(index.min(spans.len().saturating_sub(1))).map_or(0.0, |s| s.as_secs_f64() * 1e3)
    };
    let count = spans.len() as f64;
    report(
        what,
        &format!(
            "{:.0}/s, {:.0} per server core second; p50 {:.2} ms, p99 {:.2} ms; {clients} clients{}",
            count / wall,
            count / cpu.max(0.01),
            at(0.50),
            at(0.99),
            if failed == 0 { String::new() } else { format!("; {failed} FAILED") },
        ),
    );
    Ok(())
}
