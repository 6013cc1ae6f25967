//! The server is killed again and again at moments of no one's choosing. What it acknowledged is
//! there, no transaction is half there, and the audit chain holds.
//!
//! `TARN_KILL_CYCLES` says how often; CI's long lane asks for 200.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tarn_integration_tests::{Client, Server, Tenant};

use crate::imports::{PATIENCE, patients, total};

#[derive(Default)]
struct Seen {
    /// Acknowledged: path, version, and what was written.
    written: Vec<(String, u64, u64)>,
    /// Acknowledged deletions.
    deleted: Vec<String>,
    /// Transactions that were sent, and whether they were acknowledged.
    transactions: Vec<(String, bool)>,
    /// Import jobs that were acknowledged.
    imports: Vec<String>,
}

fn cycles() -> u64 {
    std::env::var("TARN_KILL_CYCLES").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// Chance for the moments of killing; printed, so that a bad run can be told again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let mut dice = Dice(u64::from(std::process::id()) << 20 | 0x5eed);
    eprintln!("seed {}", dice.0);
    let mut server = Server::start();
    let tenant = server.tenant();
    let seen = Arc::new(Mutex::new(Seen::default()));
    let number = Arc::new(AtomicU64::new(0));
    for cycle in 0..cycles() {
        let stop = Arc::new(AtomicBool::new(false));
        let client = server.client(&tenant.key);
        let writers: Vec<_> = (0..4)
            .map(|kind| {
                let (client, tenant) = (client.clone(), tenant.clone());
                let (seen, stop, number) = (seen.clone(), stop.clone(), number.clone());
                thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        let n = number.fetch_add(1, Ordering::Relaxed);
                        if !write(kind, n, &client, &tenant, &seen) {
                            break;
                        }
                    }
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(20 + dice.roll(400)));
        server.kill();
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            writer.join().expect("a writer does not panic");
        }
        server.start_again();
        let client = server.client(&tenant.key);
        check(cycle, &client, &tenant, &mut seen.lock().expect("no writer panicked"));
        server.verify_audit(&tenant.organization);
    }
    imports_end_well(&server, &tenant, &seen.lock().expect("no writer panicked"));
}

/// Writes something of a kind; false when the server is gone.
fn write(kind: u64, n: u64, client: &Client, tenant: &Tenant, seen: &Mutex<Seen>) -> bool {
    let fhir = &tenant.fhir;
    let headers = [("content-type", "application/fhir+json")];
    match kind {
        0 | 1 => {
            let path = format!("{fhir}/Patient/k{kind}-{}", n % 50);
            if n % 11 == 5 {
                return match client.try_send("DELETE", &path, &[], &[]) {
                    Ok(answer) => {
                        assert!([200, 204].contains(&answer.status), "{}", answer.text());
                        seen.lock().expect("whole").deleted.push(path);
                        true
                    }
                    Err(_) => false,
                };
            }
            let patient = json!({
                "resourceType": "Patient", "id": path.rsplit('/').next(), "multipleBirthInteger": n,
            });
            match client.try_send("PUT", &path, &headers, patient.to_string().as_bytes()) {
                Ok(answer) => {
                    assert!([200, 201].contains(&answer.status), "{}", answer.text());
                    let version = answer.json()["meta"]["versionId"].as_str().map(str::parse);
                    let version = version.expect("a version").expect("a number");
                    seen.lock().expect("whole").written.push((path, version, n));
                    true
                }
                Err(_) => false,
            }
        }
        2 => {
            let name = format!("t{n}");
            seen.lock().expect("whole").transactions.push((name.clone(), false));
            let body = transaction(&name).to_string();
            match client.try_send("POST", fhir, &headers, body.as_bytes()) {
                Ok(answer) => {
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    let mut seen = seen.lock().expect("whole");
                    let sent = seen.transactions.iter_mut().find(|(sent, _)| *sent == name);
                    sent.expect("it was noted").1 = true;
                    true
                }
                Err(_) => false,
            }
        }
        _ => {
            let path = format!("/api/v1/stores/{}/imports/upload?name=k.ndjson", tenant.store);
            let lines = patients(0..2_000).replace("\"id\":\"p", "\"id\":\"import-");
            match client.try_send("POST", &path, &[], lines.as_bytes()) {
                Ok(answer) if answer.status == 429 => thread::sleep(Duration::from_millis(50)),
                Ok(answer) => {
                    assert_eq!(answer.status, 202, "{}", answer.text());
                    let id = answer.json()["id"].as_str().expect("an id").to_owned();
                    seen.lock().expect("whole").imports.push(id);
                    thread::sleep(Duration::from_millis(100));
                }
                Err(_) => return false,
            }
            true
        }
    }
}

/// Three resources that refer to each other: all there, or none.
fn transaction(name: &str) -> Value {
    let entry = |n: u32, resource: Value| {
        json!({
            "fullUrl": format!("urn:uuid:00000000-0000-4000-8000-00000000000{n}"),
            "resource": resource,
            "request": {
                "method": "PUT",
                "url": format!("{}/{}", resource["resourceType"].as_str().unwrap_or_default(),
                    resource["id"].as_str().unwrap_or_default()),
            },
        })
    };
    let subject = json!({ "reference": "urn:uuid:00000000-0000-4000-8000-000000000001" });
    json!({
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            entry(1, json!({ "resourceType": "Patient", "id": name })),
            entry(2, json!({
                "resourceType": "Observation", "id": name, "status": "final",
                "code": { "text": "x" }, "subject": subject,
            })),
            entry(3, json!({
                "resourceType": "Condition", "id": name, "subject": subject,
            })),
        ],
    })
}

fn check(cycle: u64, client: &Client, tenant: &Tenant, seen: &mut Seen) {
    let fhir = &tenant.fhir;
    for (path, version, n) in &seen.written {
        // This very version, even where a later one, acknowledged or not, came on top.
        let read = client.get(&format!("{path}/_history/{version}"));
        assert_eq!(read.status, 200, "cycle {cycle}: {path} version {version}: {}", read.text());
        assert_eq!(read.json()["multipleBirthInteger"], *n, "cycle {cycle}: {path}");
    }
    for path in &seen.deleted {
        let read = client.get(path);
        assert!([200, 404, 410].contains(&read.status), "cycle {cycle}: {}", read.text());
    }
    for (name, acknowledged) in &seen.transactions {
        let there: Vec<u16> = ["Patient", "Observation", "Condition"]
            .iter()
            .map(|type_| client.get(&format!("{fhir}/{type_}/{name}")).status)
            .collect();
        let whole = there.iter().all(|status| *status == 200);
        let none = there.iter().all(|status| *status == 404);
        assert!(whole || (none && !acknowledged), "cycle {cycle}: {name}: {there:?}");
        if whole {
            let found = format!("{fhir}/Observation?subject=Patient/{name}&_summary=count");
            assert_eq!(client.get(&found).expect(200).json()["total"], 1, "cycle {cycle}: {name}");
        }
    }
    // Looked at; the next cycle looks at what is new, and at some of what is old.
    seen.written.retain(|(_, version, _)| version % 7 == cycle % 7);
    seen.transactions.retain(|(name, _)| name.len() as u64 % 3 == cycle % 3);
    seen.deleted.clear();
}

fn imports_end_well(server: &Server, tenant: &Tenant, seen: &Seen) {
    let client = server.client(&tenant.key);
    for job in &seen.imports {
        let path = format!("/api/v1/stores/{}/imports/{job}", tenant.store);
        let job = client.wait_for_job(&path, PATIENCE);
        assert_eq!(job["status"], "COMPLETED", "{job}");
        assert_eq!(job["progress"]["resources_imported"], 2_000, "{job}");
    }
    if !seen.imports.is_empty() {
        let mut tenant = tenant.clone();
        tenant.client = client;
        assert!(total(&tenant, "Patient").as_u64().is_some_and(|count| count >= 2_000));
    }
}
