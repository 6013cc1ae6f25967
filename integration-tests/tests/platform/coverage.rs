//! The access coverage list: every route that needs a caller, tried without one and with one of
//! somebody else. A new route appears here.

use tarn_integration_tests::Server;

/// Method and path; `{store}` is a store of another organisation.
const ROUTES: &[(&str, &str)] = &[
    ("GET", "/api/v1/stores"),
    ("POST", "/api/v1/stores"),
    ("GET", "/api/v1/stores/{store}"),
    ("PATCH", "/api/v1/stores/{store}"),
    ("DELETE", "/api/v1/stores/{store}"),
    ("GET", "/api/v1/stores/{store}/imports"),
    ("POST", "/api/v1/stores/{store}/imports"),
    ("POST", "/api/v1/stores/{store}/imports/upload"),
    ("GET", "/api/v1/stores/{store}/imports/{job}"),
    ("POST", "/api/v1/stores/{store}/imports/{job}/cancel"),
    ("GET", "/api/v1/stores/{store}/exports"),
    ("POST", "/api/v1/stores/{store}/exports"),
    ("GET", "/api/v1/stores/{store}/exports/{job}"),
    ("POST", "/api/v1/stores/{store}/exports/{job}/cancel"),
    ("GET", "/api/v1/stores/{store}/subscriptions"),
    ("POST", "/api/v1/stores/{store}/subscriptions/x/replay"),
    ("GET", "/api/v1/mails"),
    ("GET", "/api/v1/audit/events"),
    ("POST", "/api/v1/audit/verify"),
    ("GET", "/api/v1/agreements/baa"),
    ("POST", "/api/v1/agreements/baa"),
    ("GET", "/datastore/{store}/r4/Patient"),
    ("POST", "/datastore/{store}/r4/Patient"),
    ("PUT", "/datastore/{store}/r4/Patient?identifier=x"),
    ("PATCH", "/datastore/{store}/r4/Patient?identifier=x"),
    ("DELETE", "/datastore/{store}/r4/Patient?identifier=x"),
    ("POST", "/datastore/{store}/r4/Patient/_search"),
    ("GET", "/datastore/{store}/r4/Patient/_history"),
    ("GET", "/datastore/{store}/r4/Patient/x"),
    ("HEAD", "/datastore/{store}/r4/Patient/x"),
    ("PUT", "/datastore/{store}/r4/Patient/x"),
    ("PATCH", "/datastore/{store}/r4/Patient/x"),
    ("DELETE", "/datastore/{store}/r4/Patient/x"),
    ("GET", "/datastore/{store}/r4/Patient/x/_history"),
    ("GET", "/datastore/{store}/r4/Patient/x/_history/1"),
    ("GET", "/datastore/{store}/r4/Patient/x/$everything"),
    ("POST", "/datastore/{store}/r4/Patient/x/$everything"),
    ("GET", "/datastore/{store}/r4/Patient/$everything"),
    ("GET", "/datastore/{store}/r4/Encounter/x/$everything"),
    ("GET", "/datastore/{store}/r4/Group/x/$everything"),
    ("GET", "/datastore/{store}/r4/$meta"),
    ("GET", "/datastore/{store}/r4/Patient/$meta"),
    ("GET", "/datastore/{store}/r4/Patient/x/$meta"),
    ("GET", "/datastore/{store}/r4/Patient/x/_history/1/$meta"),
    ("POST", "/datastore/{store}/r4/Patient/x/$meta-add"),
    ("POST", "/datastore/{store}/r4/Patient/x/$meta-delete"),
    ("GET", "/datastore/{store}/r4/Observation/$lastn?patient=x"),
    ("GET", "/datastore/{store}/r4/DocumentReference/$docref?patient=x"),
    ("GET", "/datastore/{store}/r4/Composition/$document?id=x"),
    ("GET", "/datastore/{store}/r4/Composition/x/$document"),
    ("GET", "/datastore/{store}/r4/Patient/x/$graph?graph=x"),
    ("GET", "/datastore/{store}/r4/$diff?from=Patient/x&to=Patient/x"),
    ("GET", "/datastore/{store}/r4/Patient/x/$diff"),
    ("GET", "/datastore/{store}/r4/Patient/x/_history/1/$diff"),
    ("POST", "/datastore/{store}/r4/Patient/$member-match"),
    ("POST", "/datastore/{store}/r4/Group/x/$member-add"),
    ("POST", "/datastore/{store}/r4/Group/x/$member-remove"),
    ("POST", "/datastore/{store}/r4/Patient/$validate"),
    ("POST", "/datastore/{store}/r4/Patient/x/$validate"),
    ("GET", "/datastore/{store}/r4/Patient/x/$graphql?query=%7Bid%7D"),
    ("POST", "/datastore/{store}/r4/Patient/x/$graphql"),
    ("GET", "/datastore/{store}/r4/$graphql?query=%7BPatientList%7Bid%7D%7D"),
    ("POST", "/datastore/{store}/r4/$graphql"),
    ("GET", "/datastore/{store}/r4/Subscription/$status"),
    ("POST", "/datastore/{store}/r4/Subscription/$status"),
    ("GET", "/datastore/{store}/r4/Subscription/x/$status"),
    ("POST", "/datastore/{store}/r4/Subscription/x/$status"),
    ("GET", "/datastore/{store}/r4/Subscription/$get-ws-binding-token"),
    ("POST", "/datastore/{store}/r4/Subscription/$get-ws-binding-token"),
    ("GET", "/datastore/{store}/r4/Subscription/x/$get-ws-binding-token"),
    ("POST", "/datastore/{store}/r4/Subscription/x/$get-ws-binding-token"),
    ("GET", "/datastore/{store}/r4/Subscription/x/$events"),
    ("POST", "/datastore/{store}/r4/Subscription/x/$events"),
    ("GET", "/datastore/{store}/r4/_history"),
    ("GET", "/datastore/{store}/r4?_type=Patient"),
    ("POST", "/datastore/{store}/r4/_search"),
    ("GET", "/datastore/{store}/r4/$export"),
    ("POST", "/datastore/{store}/r4/$export"),
    ("GET", "/datastore/{store}/r4/Patient/$export"),
    ("POST", "/datastore/{store}/r4/Patient/$export"),
    ("GET", "/datastore/{store}/r4/Group/x/$export"),
    ("POST", "/datastore/{store}/r4/Group/x/$export"),
    ("POST", "/datastore/{store}/r4/$import"),
    ("POST", "/datastore/{store}/r4/Patient/x/$erase"),
    ("POST", "/datastore/{store}/r4/Patient/x/$purge"),
    ("POST", "/datastore/{store}/r4/$bulk-delete?_id=x"),
    ("POST", "/datastore/{store}/r4/Patient/$bulk-delete"),
    ("GET", "/datastore/{store}/r4/_async/{job}"),
    ("GET", "/datastore/{store}/r4/_async/{job}/Patient-1-0-0.ndjson"),
    ("DELETE", "/datastore/{store}/r4/_async/{job}"),
    ("POST", "/datastore/{store}/r4"),
];

const MATCH: &str = r#"{"resourceType":"Parameters","parameter":[
    {"name":"MemberPatient","resource":{"resourceType":"Patient"}},
    {"name":"CoverageToMatch","resource":{"resourceType":"Coverage","status":"active",
        "beneficiary":{"display":"x"},"payor":[{"display":"y"}]}}]}"#;
const MEMBER: &str = r#"{"resourceType":"Parameters","parameter":[
    {"name":"patientReference","valueReference":{"reference":"Patient/x"}},
    {"name":"providerReference","valueReference":{"reference":"Practitioner/x"}}]}"#;

fn body(path: &str) -> &'static str {
    match path {
        path if path.ends_with("/$graphql") => r#"{"query":"{ PatientList { id } }"}"#,
        path if path.contains("/subscriptions") => "{}",
        path if path.starts_with("/api/v1/stores/") && path.len() == 47 => {
            r#"{"aws_compat": true}"#
        }
        path if path.contains("/$member-match") => MATCH,
        path if path.contains("/$member-") => MEMBER,
        path if path.contains("/$meta-") => {
            r#"{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{}}]}"#
        }
        path if path.contains("/$validate") => r#"{"resourceType":"Patient","id":"x"}"#,
        path if path.contains("/$") => r#"{"resourceType":"Parameters"}"#,
        path if path.contains("/exports") || path.starts_with("/api/v1/audit") => "{}",
        path if path.ends_with("/imports") => r#"{"input": "file:///nowhere"}"#,
        path if path.ends_with("/r4") => r#"{"resourceType":"Bundle","type":"batch","entry":[]}"#,
        _ => r#"{"resourceType":"Patient","id":"x"}"#,
    }
}

#[test]
fn no_route_answers_a_caller_who_proves_nothing() {
    let server = Server::start();
    let tenant = server.tenant();
    for (method, path) in ROUTES {
        let path = path.replace("{store}", &tenant.store).replace("{job}", &tenant.store);
        let headers = [("content-type", "application/fhir+json")];
        let answer = server.client("").send(method, &path, &headers, body(&path).as_bytes());
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
    }
}

#[test]
fn no_route_touches_a_store_of_somebody_else() {
    let server = Server::start();
    let (ours, theirs) = (server.tenant(), server.tenant());
    let patient = serde_json::json!({ "resourceType": "Patient", "id": "x" });
    theirs.client.put(&format!("{}/Patient/x", theirs.fhir), &patient).expect(201);
    for (method, path) in ROUTES.iter().filter(|(_, path)| path.contains("{store}")) {
        let path = path.replace("{store}", &theirs.store).replace("{job}", &theirs.store);
        let media = match (*method, path.ends_with("/_search")) {
            ("PATCH", _) if !path.starts_with("/api") => "application/json-patch+json",
            (_, true) => "application/x-www-form-urlencoded",
            _ => "application/fhir+json",
        };
        let body = match media {
            "application/json-patch+json" => "[]",
            "application/x-www-form-urlencoded" => "_count=1",
            _ => body(&path),
        };
        let headers = [("content-type", media), ("prefer", "respond-async")];
        let answer = ours.client.send(method, &path, &headers, body.as_bytes());
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
    }
    let read = theirs.client.get(&format!("{}/Patient/x", theirs.fhir)).expect(200).json();
    assert_eq!(read["meta"]["versionId"], "1", "nobody changed it");
}
