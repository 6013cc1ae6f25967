//! Formats, preferences, methods, limits.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tarn_integration_tests::Server;

use super::{FHIR_JSON, ask, create, get, identified, observation};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("gzip")
}

#[test]
fn json_is_spoken_in_all_its_names() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("/Patient/{}", create(&tenant, &identified("1")));
    let read = |accept, path: &str| ask(&tenant, "GET", path, &[("accept", accept)], &Value::Null);
    let type_ = |accept| read(accept, &path).expect(200).header("content-type").to_owned();
    assert!(type_("*/*").starts_with("application/fhir+json"));
    assert!(type_("application/json").starts_with("application/json"));
    let refused = read("text/turtle", &path).expect(406);
    assert_eq!(refused.json()["resourceType"], "OperationOutcome");
    read("*/*", &format!("{path}?_format=html")).expect(406);
    read("text/html", &format!("{path}?_format=json")).expect(200);
    let headers = [("content-type", "text/turtle")];
    let sent = tenant.client.send("POST", &format!("{}/Patient", tenant.fhir), &headers, b"<x/>");
    sent.expect(415);
}

#[test]
fn a_method_that_is_not_offered_is_answered_with_those_that_are() {
    let server = Server::start();
    let tenant = server.tenant();
    let refused = ask(&tenant, "POST", "/Patient/1", &[], &identified("1")).expect(405);
    assert!(refused.header("allow").contains("PUT"));
    ask(&tenant, "DELETE", "/metadata", &[], &Value::Null).expect(405);
    get(&tenant, "/Nope/1").expect(404);
    get(&tenant, "/Patient/1/$nope").expect(501);
}

#[test]
fn a_write_answers_with_what_is_preferred() {
    let server = Server::start();
    let tenant = server.tenant();
    let made = |prefer| ask(&tenant, "POST", "/Patient", &[("prefer", prefer)], &identified("1"));
    let minimal = made("return=minimal").expect(201);
    assert!(minimal.body.is_empty() && !minimal.header("location").is_empty());
    let outcome = made("return=OperationOutcome").expect(201).json();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    assert_eq!(made("return=representation").expect(201).json()["resourceType"], "Patient");
}

#[test]
fn a_part_of_a_resource_is_marked_as_such() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("/Observation/{}", create(&tenant, &observation("Patient/1")));
    let part = get(&tenant, &format!("{path}?_elements=subject")).expect(200).json();
    assert_eq!(part["meta"]["tag"][0]["code"], "SUBSETTED");
    assert_eq!(part["subject"]["reference"], "Patient/1");
    get(&tenant, &format!("{path}?_summary=true")).expect(200);
    get(&tenant, &format!("{path}?_summary=nonsense")).expect(400);
    let pretty = get(&tenant, &format!("{path}?_pretty=true")).expect(200).text();
    assert!(pretty.contains("\n  \"id\": "), "{pretty}");
}

#[test]
fn head_tells_what_get_would_without_its_body() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("/Patient/{}", create(&tenant, &identified("1")));
    let length = get(&tenant, &path).expect(200).body.len();
    let head = ask(&tenant, "HEAD", &path, &[], &Value::Null).expect(200);
    assert!(head.body.is_empty());
    assert_eq!(head.header("etag"), "W/\"1\"");
    assert_eq!(head.header("content-length"), length.to_string());
}

#[test]
fn a_packed_body_is_unpacked_within_the_limit() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("{}/Patient", tenant.fhir);
    let headers = [FHIR_JSON, ("content-encoding", "gzip")];
    let post = |body: &[u8]| tenant.client.send("POST", &path, &headers, body);
    let packed = gzip(identified("1").to_string().as_bytes());
    post(&packed).expect(201);
    post(&packed[..packed.len() - 4]).expect(400);
    post(&gzip(&vec![b' '; 6 << 20])).expect(413);
}

#[test]
fn a_body_beyond_the_limit_is_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    let path = format!("{}/Patient", tenant.fhir);
    let body = vec![b' '; (5 << 20) + 1];
    tenant.client.send("POST", &path, &[FHIR_JSON], &body).expect(413);
}

#[test]
fn capabilities_are_for_everybody_and_name_what_there_is() {
    let server = Server::start();
    let tenant = server.tenant();
    let anybody = tenant.client.with_key("");
    let statement = anybody.get(&format!("{}/metadata", tenant.fhir)).expect(200).json();
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let base = format!("{}{}", server.base(), tenant.fhir);
    assert_eq!(statement["implementation"]["url"], json!(base));
    anybody.get(&format!("{}/Patient/1", tenant.fhir)).expect(401);
}

#[test]
fn validate_tells_what_would_be_refused() {
    let server = Server::start();
    let tenant = server.tenant();
    let bad = json!({ "resourceType": "Observation", "status": "final" });
    let wrapped = json!({
        "resourceType": "Parameters", "parameter": [{ "name": "resource", "resource": bad }],
    });
    for body in [&bad, &wrapped] {
        let outcome = ask(&tenant, "POST", "/Observation/$validate", &[], body).expect(200).json();
        assert_eq!(outcome["issue"][0]["severity"], "error", "{outcome}");
    }
    let good = observation("Patient/1");
    let outcome = ask(&tenant, "POST", "/Observation/$validate", &[], &good).expect(200).json();
    assert_eq!(outcome["issue"][0]["severity"], "information");
    let total = get(&tenant, "/Observation?_summary=count").expect(200).json();
    assert_eq!(total["total"], 0);
}

#[test]
fn validate_checks_the_rules_of_r4_and_names_their_place() {
    let server = Server::start();
    let tenant = server.tenant();
    let rule_breaker = json!({ "resourceType": "Patient", "contact": [{ "gender": "male" }] });
    let check = |path: &str, body: &[u8]| {
        let path = format!("{}{path}", tenant.fhir);
        let headers = [("content-type", "application/fhir+json")];
        tenant.client.send("POST", &path, &headers, body).expect(200).json()["issue"].clone()
    };
    let body = rule_breaker.to_string();
    let found = check("/Patient/$validate", body.as_bytes());
    let broken = found.as_array().unwrap().iter().find(|issue| issue["severity"] == "error");
    let broken = broken.expect("an error");
    assert_eq!(
        (&broken["code"], &broken["expression"][0]),
        (&json!("invariant"), &json!("Patient.contact[0]"))
    );
    assert!(broken["diagnostics"].as_str().unwrap().starts_with("pat-1 does not hold"));
    // It is no reason to refuse it: rules are for those who ask.
    let kept = format!("/Patient/{}", create(&tenant, &rule_breaker));
    assert_eq!(check(&format!("{kept}/$validate"), b"")[0]["severity"], "error");
    assert_eq!(check(&format!("{kept}/$validate?mode=delete"), b"")[0]["severity"], "information");
    assert_eq!(check("/Patient/nobody/$validate", b"")[0]["code"], "not-found");
    assert_eq!(check("/Patient/$validate", b"")[0]["code"], "required");
    let good = json!({ "resourceType": "Patient", "active": true }).to_string();
    for (query, severity) in [
        ("", "information"),
        ("?mode=create", "information"),
        ("?mode=update", "information"),
        ("?mode=nonsense", "error"),
        ("?mode=profile", "error"),
        ("?profile=http://hl7.org/fhir/StructureDefinition/Patient", "information"),
        ("?profile=http://example.org/other", "error"),
    ] {
        let found = check(&format!("/Patient/$validate{query}"), good.as_bytes());
        assert_eq!(found[0]["severity"], severity, "{query} {found}");
    }
    // The URL's id must be the resource's, for an update.
    let found = check(&format!("{kept}/$validate?mode=update"), good.as_bytes());
    assert_eq!(found[0]["severity"], "error", "{found}");
}

#[test]
fn what_is_unpacked_is_what_was_packed() {
    let server = Server::start();
    let tenant = server.tenant();
    let mut patient = identified("1");
    patient["name"] = json!([{ "text": "x".repeat(4_000) }]);
    let path = format!("{}/Patient/{}", tenant.fhir, create(&tenant, &patient));
    let plain = tenant.client.send("GET", &path, &[("accept-encoding", "identity")], &[]);
    let packed = tenant.client.send("GET", &path, &[("accept-encoding", "gzip")], &[]).expect(200);
    let mut text = Vec::new();
    match packed.header("content-encoding") {
        "gzip" => drop(GzDecoder::new(&packed.body[..]).read_to_end(&mut text).expect("gzip")),
        // The client has undone it.
        _ => text.clone_from(&packed.body),
    }
    assert_eq!(text, plain.expect(200).body);
}
