//! What every answer of the doors has in common.

use serde_json::json;
use tarn_integration_tests::Server;

#[test]
fn every_answer_carries_a_request_id_and_tells_browsers_to_be_careful() {
    let server = Server::start();
    let client = server.client("");
    for path in
        ["/", "/healthz", "/readyz", "/nowhere", "/api/v1/stores", "/datastore/x/r4/Patient"]
    {
        let answer = client.get(path);
        let id = answer.header("x-request-id");
        assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{path}: {id}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors"), "{path}");
    }
}

#[test]
fn refusals_of_our_own_api_are_problem_details() {
    let server = Server::start();
    let tenant = server.tenant();
    let nobody = server.client("").get("/api/v1/stores").expect(401);
    assert_eq!(nobody.header("content-type"), "application/problem+json");
    assert!(nobody.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(nobody.json()["status"], 401);
    assert_eq!(nobody.json()["request_id"], nobody.header("x-request-id"));
    for key in ["tarn_", "x", &"y".repeat(5_000), &format!("{}x", tenant.key)] {
        server.client(key).get("/api/v1/stores").expect(401);
    }
    let missing = tenant.client.get("/api/v1/nowhere").expect(404);
    assert_eq!(missing.header("content-type"), "application/problem+json");
    let method = tenant.client.send("PUT", "/api/v1/stores", &[], b"{}").expect(405);
    assert_eq!(method.header("content-type"), "application/problem+json");
    let body = tenant.client.post("/api/v1/stores", &json!({ "nmae": "x" })).expect(400);
    assert!(body.json()["detail"].as_str().expect("words").contains("nmae"));
    let query = tenant.client.get("/api/v1/audit/events?colour=red").expect(400);
    assert!(query.json()["detail"].as_str().expect("words").contains("colour"));
}

#[test]
fn the_door_for_aws_says_in_its_words_that_it_is_not_open() {
    let server = Server::start();
    let headers = [
        ("x-amz-target", "HealthLake.ListFHIRDatastores"),
        ("content-type", "application/x-amz-json-1.0"),
    ];
    let answer = server.client("").send("POST", "/", &headers, b"{}").expect(400);
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(answer.json()["__type"], "UnknownOperationException");
}

#[test]
fn metrics_are_for_loopback_and_count_requests_by_route() {
    let server = Server::start();
    let tenant = server.tenant();
    tenant.client.get(&format!("{}/Patient/nobody", tenant.fhir));
    let metrics = server.client("").get("/metrics").expect(200).text();
    assert!(metrics.contains("tarn_http_requests_total"), "{metrics}");
    assert!(!metrics.contains("nobody"), "paths do not appear in metrics");
    let proxied = [("x-forwarded-for", "203.0.113.9")];
    server.client("").send("GET", "/metrics", &proxied, &[]).expect(403);
}

#[test]
fn metrics_behind_a_proxy_take_the_token() {
    let server = Server::start_with(&["--metrics-token", "a token of good length"]);
    let proxied = [("x-forwarded-for", "203.0.113.9")];
    let get = |key: &str| server.client(key).send("GET", "/metrics", &proxied, &[]).status;
    assert_eq!(
        (get("a token of good length"), get("another of good length"), get("")),
        (200, 403, 403)
    );
}
