//! Starting, refusing to start, stopping.

use std::time::{Duration, Instant};

use tarn_integration_tests::{Server, run};

fn refused(arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let output = run(folder.path(), arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty(), "refusals go to standard error");
    String::from_utf8(output.stderr).expect("text")
}

#[test]
fn an_impossible_setting_stops_the_start_in_one_line() {
    let line = refused(&["serve", "--listen", "nowhere"]);
    assert_eq!(line.lines().count(), 1, "{line}");
    for part in ["listen", "`nowhere`", "takes an address"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(refused(&["serve", "--tls-cert", "/nowhere.pem"]).contains("tls.cert"));
    assert!(refused(&["serve", "--shutdown-grace", "soon"]).contains("takes a time"));
}

#[test]
fn a_setting_that_is_not_built_stops_the_start() {
    let line = refused(&["serve", "--database-url", "postgres://localhost/tarn"]);
    assert!(line.contains("database_url") && line.contains("not built yet"), "{line}");
}

#[test]
fn an_unknown_key_of_the_file_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("tarn.toml"), "listen_on = '127.0.0.1:0'").expect("a file");
    let output = run(folder.path(), &["serve"]);
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(line.contains("listen_on") && line.lines().count() == 1, "{line}");
}

#[test]
fn usage_is_2_failure_is_1_and_help_is_0() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = |arguments: &[&str]| run(folder.path(), arguments).status.code();
    assert_eq!(code(&["frobnicate"]), Some(2));
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["--version"]), Some(0));
    assert_eq!(code(&["audit", "verify", "nowhere"]), Some(1));
    let nobody = "00000000000000000000000000000000";
    assert_eq!(code(&["store", "create", "--org", nobody, "--name", "x"]), Some(1));
    assert_eq!(code(&["store", "create", "--org", "not an id", "--name", "x"]), Some(2));
}

#[test]
fn a_server_stops_soon_when_it_is_told_to() {
    let mut server = Server::start();
    let begun = Instant::now();
    assert_eq!(server.stop(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn what_was_written_is_there_after_a_restart() {
    let mut server = Server::start();
    let tenant = server.tenant();
    let patient = serde_json::json!({ "resourceType": "Patient", "active": true });
    let made = tenant.client.create(&format!("{}/Patient", tenant.fhir), &patient).expect(201);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(server.stop(), Some(0));
    server.start_again();
    let read = server.client(&tenant.key).get(&format!("{}/Patient/{id}", tenant.fhir));
    assert_eq!(read.expect(200).json(), made.json());
}

#[test]
fn two_servers_do_not_share_a_data_folder() {
    let server = Server::start();
    let output = run(server.data_dir(), &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("another"), "{output:?}");
}
