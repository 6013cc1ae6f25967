//! Notifications as messages of a Redis stream, with a real `redis-server`.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use tarn_integration_tests::Server;

use super::*;

struct Redis {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

/// Debian's package, installed where it is missing.
fn require_redis() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let is_there = || Command::new("redis-server").arg("--version").output().is_ok();
        if is_there() {
            return;
        }
        for arguments in [&["update", "-qq"][..], &["install", "-y", "-qq", "redis-server"]] {
            let mut apt = Command::new("apt-get");
            apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
            let output = apt.output().expect("apt-get is there, or redis-server is");
            let why = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "redis-server cannot be installed: {why}");
        }
        assert!(is_there(), "redis-server is installed and does not run");
    });
}

impl Redis {
    fn start(port: Option<u16>) -> Self {
        require_redis();
        let folder = tempfile::tempdir().expect("a folder");
        let free = || {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            listener.local_addr().expect("an address").port()
        };
        let port = port.unwrap_or_else(free);
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts");
        let redis = Self { child, port, _folder: folder };
        let begun = Instant::now();
        while redis.ask(&["PING"]).trim() != "PONG" {
            assert!(begun.elapsed() < PATIENCE, "redis-server does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        redis
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let port = self.port.to_string();
        let output = Command::new("redis-cli").args(["-p", &port]).args(arguments).output();
        String::from_utf8_lossy(&output.expect("redis-cli runs").stdout).into_owned()
    }

    /// The entries of a stream, once there are enough.
    fn entries(&self, key: &str, enough: usize) -> String {
        let begun = Instant::now();
        while self.ask(&["XLEN", key]).trim().parse::<usize>().unwrap_or(0) < enough {
            assert!(begun.elapsed() < PATIENCE, "the entries do not come");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.ask(&["XRANGE", key, "-", "+"])
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn message(content: &str) -> Value {
    let mut body = of_topic("redis:ward-4", content);
    body["channel"]["type"] = "message".into();
    body
}

#[test]
fn references_go_to_a_stream_of_the_stores_own_and_survive_its_absence() {
    let redis = Redis::start(None);
    let port = redis.port;
    let url = format!("redis://127.0.0.1:{port}");
    let mut settings = QUICK.to_vec();
    settings[3].1 = "100000";
    settings.push(("TARN_REDIS_URL", &url));
    let server = Server::start_with_environment(&settings);
    let tenant = server.tenant();
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &topic()).expect(201);
    let id = subscribe(&tenant, &message("id-only"));
    put(&tenant, &encounter("first", "finished", "p"));
    let key = format!("tarn:{}:ward-4", tenant.store);
    let entries = redis.entries(&key, 1);
    for part in ["event-notification", &id, "event-number", "create", "Encounter/first"] {
        assert!(entries.contains(part), "{part}: {entries}");
    }
    assert!(!entries.contains("AMB"), "{entries}");

    drop(redis);
    put(&tenant, &encounter("second", "finished", "p"));
    let path = format!("/api/v1/stores/{}/subscriptions", tenant.store);
    wait(&tenant.client, &path, |all| all["subscriptions"][0]["failures"] != 0);
    let redis = Redis::start(Some(port));
    assert!(redis.entries(&key, 1).contains("Encounter/second"));
}

#[test]
fn resources_never_go_to_a_stream() {
    let path = |tenant: &Tenant| format!("{}/Subscription", tenant.fhir);
    let server = Server::start_with_environment(&[("TARN_REDIS_URL", "redis://127.0.0.1:1")]);
    let tenant = server.tenant();
    tenant.client.create(&format!("{}/Basic", tenant.fhir), &topic()).expect(201);
    let refused = tenant.client.create(&path(&tenant), &message("full-resource")).expect(422);
    assert_eq!(refused.json()["issue"][0]["expression"][0], "Subscription.channel.payload");
    let without = Server::start();
    let tenant = without.tenant();
    let refused = tenant.client.create(&path(&tenant), &message("id-only")).expect(422).text();
    assert!(refused.contains("redis_url"), "{refused}");
}
