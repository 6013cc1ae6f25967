//! A server as a process of its own, and what it uses.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client::Client;
use crate::error::Failure;

/// A running server.
pub(super) struct Server {
    child: Child,
    /// `host:port`.
    pub(super) address: String,
    /// From its start until it was ready.
    pub(super) ready_after: Duration,
}

/// Clock ticks of `/proc/<pid>/stat` in a second: Linux' `USER_HZ`, the same on all its machines.
const TICKS: f64 = 100.0;

impl Server {
    /// Starts this very binary and waits until it is ready.
    pub(super) async fn start(
        data_dir: &Path,
        root: &Path,
        more: &[String],
    ) -> Result<Self, Failure> {
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["serve", "--listen", "127.0.0.1:0", "--log-filter", "warn", "--data-dir"]);
        command.arg(data_dir).arg("--import-roots").arg(root).args(more);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().map(BufReader::new);
        let line = output.and_then(|output| output.lines().next()).transpose()?;
        let address = line.as_deref().and_then(|line| line.split("http://").nth(1));
        let Some(address) = address.map(str::to_owned) else {
            let _ = child.kill();
            return Err(Failure::new("the server does not say where it listens"));
        };
        let mut server = Self { child, address, ready_after: Duration::ZERO };
        let mut client = server.client("").await?;
        let ready = client.request("GET", "/readyz", "");
        while client.send(&ready).await?.status != 200 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        server.ready_after = begun.elapsed();
        Ok(server)
    }

    /// A connection to it.
    pub(super) async fn client(&self, key: &str) -> Result<Client, Failure> {
        Ok(Client::connect(&self.address, key).await?)
    }

    /// Seconds of processor time that it has used.
    pub(super) fn cpu_seconds(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.unwrap_or_default();
        // Behind the name, which may hold anything, in brackets.
        let behind = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<f64> =
            behind.split_whitespace().map(|text| text.parse().unwrap_or_default()).collect();
        fields.get(11).zip(fields.get(12)).map_or(0.0, |(user, system)| (user + system) / TICKS)
    }

    /// A line of `/proc/<pid>/status` in MiB: `VmRSS`, `VmHWM`.
    pub(super) fn memory_mib(&self, line: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let found = status.lines().find_map(|text| text.strip_prefix(line)?.strip_prefix(':'));
        let kb = found.and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok());
        kb.unwrap_or_default() / 1_024.0
    }

    /// Tells it to stop and waits until it has.
    pub(super) fn stop(mut self) -> Result<(), Failure> {
        let told = Command::new("kill").arg(self.child.id().to_string()).status()?;
        if !told.success() {
            return Err(Failure::new("the server could not be told to stop"));
        }
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
