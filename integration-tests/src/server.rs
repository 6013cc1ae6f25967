//! A server of its own for a test, in a data folder of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary::command;
use crate::{Client, run};

/// How long a debug build on a busy machine may take to be ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. When it is dropped it is told to stop, and what it leaves is looked at:
/// every audit chain must be whole, and nothing in its log an error that the test did not mean.
#[derive(Debug)]
pub struct Server {
    data: Data,
    child: Option<Child>,
    base: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// Lines of its log that somebody would have to look at.
    errors: Arc<Mutex<Vec<String>>>,
}

#[derive(Debug)]
enum Data {
    Own(TempDir),
    Lent(PathBuf),
}

/// An organisation with a signed agreement and one data store.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id.
    pub organization: String,
    /// Its client.
    pub client: Client,
    /// Its API key.
    pub key: String,
    /// Its store's id.
    pub store: String,
    /// Its store's FHIR base, without the server: `/datastore/<id>/r4`.
    pub fhir: String,
}

impl Server {
    /// Starts a server in a new folder.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more arguments of `tarn serve`.
    pub fn start_with(arguments: &[&str]) -> Self {
        let data = Data::Own(tempfile::tempdir().expect("a folder"));
        Self::boot(data, arguments.iter().map(|&a| a.to_owned()).collect())
    }

    /// Starts a server in a new folder, with these in its environment.
    pub fn start_with_environment(environment: &[(&str, &str)]) -> Self {
        let data = Data::Own(tempfile::tempdir().expect("a folder"));
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self::boot_with(data, Vec::new(), environment.iter().map(own).collect())
    }

    /// Starts a server in a folder that is there, and stays.
    pub fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&a| a.to_owned()).collect();
        Self::boot(Data::Lent(folder.to_owned()), arguments)
    }

    fn boot(data: Data, arguments: Vec<String>) -> Self {
        Self::boot_with(data, arguments, Vec::new())
    }

    fn boot_with(data: Data, arguments: Vec<String>, environment: Vec<(String, String)>) -> Self {
        let (base, errors) = (String::new(), Arc::default());
        let mut server = Self { data, child: None, base, arguments, environment, errors };
        server.start_again();
        server
    }

    /// Starts the server again in the same folder, after [`Self::kill`] or [`Self::stop`].
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "it is running");
        let mut command = command(self.data_dir());
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let (child, base) = spawn(command, Arc::clone(&self.errors));
        (self.child, self.base) = (Some(child), base);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        let (client, begun) = (self.client(""), Instant::now());
        while client.try_send("GET", "/readyz", &[], &[]).map_or(0, |answer| answer.status) != 200 {
            assert!(begun.elapsed() < PATIENCE, "the server does not become ready");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Forgets the errors in its log: the test meant them.
    pub fn expect_errors(&self) {
        self.errors.lock().expect("no reader of the log panics").clear();
    }

    /// Where it keeps everything.
    pub fn data_dir(&self) -> &Path {
        match &self.data {
            Data::Own(folder) => folder.path(),
            Data::Lent(folder) => folder,
        }
    }

    /// Its URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("it is running").id()
    }

    /// A client with a key.
    pub fn client(&self, key: &str) -> Client {
        Client::new(&self.base, key)
    }

    /// Kills it at once, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Tells it to stop, waits for it, and gives its exit code.
    pub fn stop(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        let told = Command::new("kill").arg(child.id().to_string()).status();
        assert!(told.is_ok_and(|status| status.success()), "the server can be told to stop");
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Ok(Some(status)) = child.try_wait() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(10));
        }
        let _ = child.kill();
        panic!("the server does not stop");
    }

    /// Creates an organisation beside the running server.
    pub fn organization(&self, more: &[&str]) -> Value {
        let who = ["org", "create", "--json", "--name", "Test", "--admin-email", "a@example.org"];
        let output = run(self.data_dir(), &[&who, more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }

    /// Creates an organisation that has signed, with one store.
    pub fn tenant(&self) -> Tenant {
        let made = self.organization(&["--accept-baa", "Ada Lovelace, Director"]);
        let text = |name: &str| made[name].as_str().expect("it is printed").to_owned();
        let (organization, key) = (text("organization_id"), text("api_key"));
        let client = self.client(&key);
        let store = client.post("/api/v1/stores", &serde_json::json!({ "name": "first" }));
        let store = store.expect(201).json()["id"].as_str().expect("a store has an id").to_owned();
        let fhir = format!("/datastore/{store}/r4");
        Tenant { organization, client, key, store, fhir }
    }

    /// Verifies an organisation's audit chain with the command, beside the server or without it.
    pub fn verify_audit(&self, organization: &str) {
        let output = run(self.data_dir(), &["audit", "verify", "--org", organization]);
        let said = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "the chain of {organization} is not whole: {said}{why}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            return self.kill();
        }
        if self.child.is_some() {
            assert_eq!(self.stop(), Some(0), "the server stops well");
        }
        let errors = std::mem::take(&mut *self.errors.lock().expect("no reader of the log panics"));
        assert!(errors.is_empty(), "somebody would have to look at: {errors:#?}");
        let organizations = std::fs::read_dir(self.data_dir().join("organizations"));
        for organization in organizations.into_iter().flatten().flatten() {
            self.verify_audit(&organization.file_name().to_string_lossy());
        }
    }
}

/// Starts the command and reads from its output where it listens.
fn spawn(mut command: Command, errors: Arc<Mutex<Vec<String>>>) -> (Child, String) {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the binary runs");
    let (found, heard) = mpsc::channel();
    let output = child.stdout.take().expect("its output is ours");
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(base) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                let _ = found.send(base.to_owned());
            }
        }
    });
    let log = child.stderr.take().expect("its log is ours");
    thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            if std::env::var_os("TARN_TEST_LOG").is_some() {
                eprintln!("server: {line}");
            }
            if line.contains(" ERROR ") || line.contains("panicked") {
                errors.lock().expect("no reader of the log panics").push(line);
            }
        }
    });
    match heard.recv_timeout(PATIENCE) {
        Ok(base) => (child, base),
        Err(_) => {
            let _ = child.kill();
            panic!("the server does not say where it listens: {:?}", child.wait());
        }
    }
}
