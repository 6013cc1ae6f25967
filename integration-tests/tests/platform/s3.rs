//! Imports from and exports to S3, against a real S3-compatible server: PyPI's moto, installed
//! into a virtual environment of the test's own and started on a port of its own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tarn_integration_tests::{Client, Server, Tenant};

use crate::imports::{PATIENCE, patients, total};

const MOTO: &str = "moto[s3,server]==5.2.5";

struct Moto {
    child: Child,
    base: String,
    _folder: tempfile::TempDir,
}

impl Moto {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let venv = folder.path().join("venv");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
        let pip = venv.join("bin/pip");
        run(Command::new(&pip).args(["install", "--quiet", "--disable-pip-version-check", MOTO]));
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let port = port.port();
        let child = Command::new(venv.join("bin/moto_server"))
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto starts");
        let moto = Self { child, base: format!("http://127.0.0.1:{port}"), _folder: folder };
        let (client, begun) = (moto.client(), Instant::now());
        while client.try_send("GET", "/", &[], &[]).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(60), "moto does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        moto
    }

    fn client(&self) -> Client {
        Client::new(&self.base, "")
    }

    /// Makes a bucket, or puts an object into one. Moto takes the owner from a signature's shape.
    fn put(&self, path: &str, body: &[u8]) {
        let scope = "Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host";
        let signed = format!("AWS4-HMAC-SHA256 {scope}, Signature=0");
        self.client().send("PUT", path, &[("authorization", &signed)], body).expect(200);
    }

    fn list(&self, bucket: &str) -> String {
        self.client().get(&format!("/{bucket}?list-type=2")).expect(200).text()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("python3 is there, with venv and pip");
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {why}");
}

fn environment(moto: &Moto) -> [(&str, &str); 4] {
    [
        ("TARN_S3_ENDPOINT", &moto.base),
        ("AWS_ACCESS_KEY_ID", "k"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_REGION", "us-east-1"),
    ]
}

/// Begins a job and waits for its end.
fn job(tenant: &Tenant, kind: &str, asked: &Value) -> Value {
    let path = format!("/api/v1/stores/{}/{kind}", tenant.store);
    let begun = tenant.client.post(&path, asked).expect(202).json();
    let id = begun["id"].as_str().expect("a job has an id");
    tenant.client.wait_for_job(&format!("{path}/{id}"), PATIENCE)
}

#[test]
fn a_population_goes_from_s3_to_a_store_and_back() {
    let moto = Moto::start();
    moto.put("/tarn-in", &[]);
    moto.put("/tarn-out", &[]);
    moto.put("/tarn-in/pop/a.ndjson", patients(0..200).as_bytes());
    moto.put("/tarn-in/pop/b.ndjson", b"{\"resourceType\":\"Patient\",\"id\":\"b\"}\nnot JSON\n");
    let server = Server::start_with_environment(&environment(&moto));
    let tenant = server.tenant();

    let asked = json!({ "input": "s3://tarn-in/pop", "output": "s3://tarn-out/results" });
    let import = job(&tenant, "imports", &asked);
    assert_eq!(import["status"], "COMPLETED_WITH_ERRORS", "{import}");
    assert_eq!(import["progress"]["resources_imported"], 201);
    assert_eq!(total(&tenant, "Patient"), 201);
    let results = moto.list("tarn-out");
    assert!(
        results.contains("/FAILURE/b.ndjson") && results.contains("manifest.json"),
        "{results}"
    );

    let export = job(&tenant, "exports", &json!({ "output": "s3://tarn-out/exports" }));
    assert_eq!(export["status"], "COMPLETED", "{export}");
    let exported = moto.list("tarn-out");
    assert!(exported.contains("/Patient/Patient-"), "{exported}");

    // A bucket that is not there fails the job, and the job says which.
    let nowhere = job(&tenant, "imports", &json!({ "input": "s3://no-such-bucket/pop" }));
    assert_eq!(nowhere["status"], "FAILED", "{nowhere}");
    let why = nowhere["error"].as_str().expect("a reason");
    assert!(why.contains("no-such-bucket"), "{why}");
    server.expect_errors();
}
