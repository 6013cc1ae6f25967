//! Notifications by mail: to a real SMTP server (PyPI's aiosmtpd, in a virtual environment of the
//! test's own), and into the outbox where none is set.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::json;
use tarn_integration_tests::Server;

use super::*;

const AIOSMTPD: &str = "aiosmtpd==1.4.6";

/// Prints its port, then each mail as one line of JSON.
const PROGRAM: &str = r#"
import email, json, time
from aiosmtpd.controller import Controller
class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content)
        parts = [{"type": p.get_content_type(), "name": p.get_filename(),
                  "text": p.get_payload(decode=True).decode()}
                 for p in mail.walk() if not p.is_multipart()]
        print(json.dumps({"from": envelope.mail_from, "to": envelope.rcpt_tos,
                          "subject": mail["subject"], "parts": parts}), flush=True)
        return "250 OK"
controller = Controller(Handler(), hostname="127.0.0.1", port=0)
controller.port = 0
import socket
with socket.socket() as s:
    s.bind(("127.0.0.1", 0))
    controller.port = s.getsockname()[1]
controller.start()
print(controller.port, flush=True)
while True:
    time.sleep(3600)
"#;

struct Smtp {
    child: Child,
    url: String,
    mails: Receiver<String>,
    _folder: tempfile::TempDir,
}

impl Smtp {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let venv = folder.path().join("venv");
        run(Command::new("python3").args(["-m", "venv"]).arg(&venv));
        let quiet = ["install", "--quiet", "--disable-pip-version-check", AIOSMTPD];
        run(Command::new(venv.join("bin/pip")).args(quiet));
        let mut child = Command::new(venv.join("bin/python"))
            .args(["-c", PROGRAM])
            .stdout(Stdio::piped())
            .spawn()
            .expect("python starts");
        let output = child.stdout.take().expect("it is piped");
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let port = mails.recv_timeout(PATIENCE).expect("the server starts");
        Self { child, url: format!("smtp://127.0.0.1:{port}"), mails, _folder: folder }
    }

    fn next(&self) -> Value {
        let line = self.mails.recv_timeout(PATIENCE).expect("a mail comes");
        serde_json::from_str(&line).expect("JSON")
    }
}

impl Drop for Smtp {
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

fn by_mail(payload: bool) -> Value {
    let mut body =
        of_criteria("Patient?family=Verysecretname", "mailto:nurse@example.org", payload);
    body["channel"]["type"] = "email".into();
    body
}

#[test]
fn a_mail_says_no_more_than_was_asked_for() {
    let smtp = Smtp::start();
    let environment =
        [("TARN_SMTP_URL", smtp.url.as_str()), ("TARN_MAIL_FROM", "Tarn <t@example.org>")];
    let server = Server::start_with_environment(&environment);
    let tenant = server.tenant();
    let id = subscribe(&tenant, &by_mail(false));
    put(&tenant, &patient("p", "Verysecretname"));
    let mail = smtp.next();
    assert_eq!(mail["from"], "t@example.org");
    assert_eq!(mail["to"], json!(["nurse@example.org"]));
    assert_eq!(mail["subject"], format!("Notification of subscription {id}"));
    assert_eq!(mail["parts"].as_array().map(Vec::len), Some(1), "{mail}");
    assert!(!mail.to_string().contains("Verysecretname"), "{mail}");

    let with = subscribe(&tenant, &by_mail(true));
    wait_for_status(&tenant, &with, "active");
    tenant.client.delete(&format!("{}/Subscription/{id}", tenant.fhir)).expect(204);
    put(&tenant, &patient("q", "Verysecretname"));
    let mail = loop {
        let mail = smtp.next();
        if mail["subject"] == format!("Notification of subscription {with}") {
            break mail;
        }
    };
    assert!(
        !text(&mail["parts"][0]["text"]).contains("Verysecretname"),
        "only the attachment does"
    );
    assert_eq!(mail["parts"][1]["type"], "application/fhir+json");
    let attached: Value = serde_json::from_str(text(&mail["parts"][1]["text"])).expect("JSON");
    assert_eq!(attached["id"], "q");
}

#[test]
fn without_a_mail_server_mails_are_kept_for_their_organisation() {
    let mut server = Server::start();
    let (tenant, other) = (server.tenant(), server.tenant());
    let id = subscribe(&tenant, &by_mail(true));
    put(&tenant, &patient("p", "Verysecretname"));
    let kept = wait(&tenant.client, "/api/v1/mails", |all| all["mails"] != json!([]));
    let mail = &kept["mails"][0];
    assert_eq!(mail["to"], "nurse@example.org");
    assert_eq!(mail["subject"], format!("Notification of subscription {id}"));
    assert_eq!(mail["attachments"], json!(["notification.json"]));
    assert!(!kept.to_string().contains("Verysecretname"), "{kept}");
    assert_eq!(other.client.get("/api/v1/mails").expect(200).json()["mails"], json!([]));
    server.kill();
    server.start_again();
    let again = server.client(&tenant.key).get("/api/v1/mails").expect(200).json();
    assert_eq!(again["mails"][0]["subject"], mail["subject"]);
}

#[test]
fn an_address_that_is_none_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    for endpoint in ["nurse@example.org", "mailto:", "mailto:a@b@c", "https://example.org/"] {
        let mut body = by_mail(false);
        body["channel"]["endpoint"] = endpoint.into();
        let path = format!("{}/Subscription", tenant.fhir);
        assert_eq!(tenant.client.create(&path, &body).status, 422, "{endpoint}");
    }
}
