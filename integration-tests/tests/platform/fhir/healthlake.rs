//! HealthLake's corners: what every store takes of them, and what only one with `aws_compat` does.

use serde_json::{Value, json};
use tarn_integration_tests::{Answer, Server, Tenant};

use super::{ask, create, entry, get, identified, link, process};

const KEY: &str = "x-amz-fhir-idempotency-key";
const LEVEL: &str = "x-amzn-healthlake-fhir-validation-level";

/// The same tenant with a store that follows AWS.
fn aws(tenant: &Tenant) -> Tenant {
    let asked = json!({ "name": "aws", "aws_compat": true });
    let store = tenant.client.post("/api/v1/stores", &asked).expect(201).json();
    assert_eq!(store["aws_compat"], true);
    let store = store["id"].as_str().expect("an id").to_owned();
    Tenant { fhir: format!("/datastore/{store}/r4"), store, ..tenant.clone() }
}

fn total(tenant: &Tenant, path: &str) -> Value {
    get(tenant, path).expect(200).json()["total"].clone()
}

#[test]
fn a_store_follows_aws_when_it_is_told_to_and_goes_on_after_a_restart() {
    let mut server = Server::start();
    let tenant = server.tenant();
    let path = format!("/api/v1/stores/{}", tenant.store);
    assert_eq!(tenant.client.get(&path).expect(200).json()["aws_compat"], false);
    let change = |tenant: &Tenant, body: &Value| {
        let headers = [("content-type", "application/json")];
        tenant.client.send("PATCH", &path, &headers, body.to_string().as_bytes())
    };
    assert_eq!(
        change(&tenant, &json!({ "aws_compat": true })).expect(200).json()["aws_compat"],
        true
    );
    change(&tenant, &json!({})).expect(400);
    change(&tenant, &json!({ "aws": true })).expect(400);
    server.kill();
    server.start_again();
    let tenant = Tenant { client: server.client(&tenant.key), ..tenant };
    assert_eq!(tenant.client.get(&path).expect(200).json()["aws_compat"], true);
    get(&tenant, "/Patient?_count=101").expect(400);
    change(&tenant, &json!({ "aws_compat": false })).expect(200);
    get(&tenant, "/Patient?_count=101").expect(200);
}

#[test]
fn a_creation_under_a_key_is_done_once() {
    let server = Server::start();
    let tenant = server.tenant();
    let key = "0b54f9f4-0000-4000-8000-0123456789ab";
    let send = |tenant: &Tenant, key: &str, value: &str| -> Answer {
        ask(tenant, "POST", "/Patient", &[(KEY, key)], &identified(value))
    };
    let first = send(&tenant, key, "1").expect(201);
    let again = send(&tenant, &key.to_uppercase(), "1").expect(201);
    assert_eq!(first.json(), again.json());
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(send(&tenant, key, "2").expect(422).json()["resourceType"], "OperationOutcome");
    assert_eq!(total(&tenant, "/Patient"), 1);

    // What became of the resource does not change what was answered.
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    ask(&tenant, "DELETE", &format!("/Patient/{id}"), &[], &Value::Null).expect(204);
    assert_eq!(send(&tenant, key, "1").expect(201).json(), first.json());
    assert_eq!(total(&tenant, "/Patient"), 0);
    // Of another type, and without a key, it is another creation.
    ask(
        &tenant,
        "POST",
        "/Basic",
        &[(KEY, key)],
        &json!({ "resourceType": "Basic",
        "code": { "text": "x" } }),
    )
    .expect(201);
    send(&tenant, "not-a-uuid", "1").expect(400);
    let bundle = json!({ "resourceType": "Bundle", "type": "batch" });
    ask(&tenant, "POST", "", &[(KEY, key)], &bundle).expect(400);

    let aws = aws(&tenant);
    let first = send(&aws, key, "1").expect(201).json();
    assert_eq!(send(&aws, key, "1").expect(409).json(), first, "a conflict, with the resource");
    send(&aws, key, "2").expect(409);
    assert_eq!(total(&aws, "/Patient"), 1);
}

#[test]
fn many_at_once_under_one_key_make_one_resource() {
    let server = Server::start();
    let tenant = server.tenant();
    let key = "0b54f9f4-0000-4000-8000-0123456789ab";
    let ids: Vec<String> = std::thread::scope(|scope| {
        let send = || {
            let made = ask(&tenant, "POST", "/Patient", &[(KEY, key)], &identified("1"));
            made.expect(201).json()["id"].as_str().expect("an id").to_owned()
        };
        let running: Vec<_> = (0..8).map(|_| scope.spawn(send)).collect();
        running.into_iter().map(|one| one.join().expect("an answer")).collect()
    });
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_eq!(total(&tenant, "/Patient"), 1);
}

#[test]
fn what_breaks_a_rule_is_kept_with_a_remark_where_that_is_wanted() {
    let server = Server::start();
    let tenant = server.tenant();
    let aws = aws(&tenant);
    let wrong = json!({ "resourceType": "Patient", "birthDate": "yesterday" });
    let send =
        |tenant: &Tenant, level: &str| ask(tenant, "POST", "/Patient", &[(LEVEL, level)], &wrong);
    for level in ["strict", "structure-only", "minimal", "lax"] {
        send(&tenant, level).expect(400);
    }
    send(&aws, "strict").expect(400);
    let kept = send(&aws, "minimal").expect(201);
    assert_eq!(kept.header("x-amzn-healthlake-validation-issues"), "true");
    let kept = kept.json();
    let remark = kept["extension"][0]["valueString"].as_str().expect("a remark");
    let remark: Value = serde_json::from_str(remark).expect("an outcome as text");
    assert_eq!(remark["issue"][0]["expression"][0], "Patient.birthDate");
    let batch = json!({ "resourceType": "Bundle", "type": "batch",
        "entry": [entry("POST", "Patient", wrong)] });
    let done = ask(&aws, "POST", "", &[(LEVEL, "minimal")], &batch).expect(200).json();
    assert_eq!(done["entry"][0]["response"]["status"], "201");
    assert_eq!(done["entry"][0]["response"]["outcome"]["resourceType"], "OperationOutcome");
    let sound = ask(&aws, "POST", "/Patient", &[(LEVEL, "minimal")], &identified("1")).expect(201);
    assert_eq!(sound.header("x-amzn-healthlake-validation-issues"), "");
    assert_eq!(total(&aws, "/Patient"), 3);
}

#[test]
fn a_condition_with_a_count_deletes_so_many() {
    let server = Server::start();
    let tenant = server.tenant();
    for _ in 0..5 {
        create(&tenant, &identified("1"));
    }
    create(&tenant, &identified("2"));
    let delete = |query: &str, headers: &[(&str, &str)]| {
        ask(&tenant, "DELETE", &format!("/Patient?{query}"), headers, &Value::Null)
    };
    delete("identifier=urn:x%7C1", &[]).expect(412);
    delete("identifier=urn:x%7C1&_count=3", &[("if-match", "W/\"1\"")]).expect(400);
    delete("identifier=urn:x%7C1&_count=101", &[]).expect(400);
    delete("_count=3", &[]).expect(412);
    let first = delete("identifier=urn:x%7C1&_count=3", &[]).expect(200).json();
    assert_eq!((&first["type"], total(&tenant, "/Patient")), (&json!("batch-response"), json!(3)));
    let statuses: Vec<_> = first["entry"].as_array().expect("entries").iter().collect();
    assert!(statuses.len() == 3 && statuses.iter().all(|e| e["response"]["status"] == "204"));
    let next = link(&first, "next").expect("more is left");
    let next = &next[next.find("/datastore").expect("ours")..];
    let last = tenant.client.delete(next).expect(200).json();
    assert!(last["entry"].as_array().expect("entries").len() == 2 && link(&last, "next").is_none());
    let none = tenant.client.delete(next).expect(200).json();
    assert!(none.get("entry").is_none());
    assert_eq!(total(&tenant, "/Patient"), 1);
}

#[test]
fn answers_differ_where_aws_differs() {
    let server = Server::start();
    let tenant = server.tenant();
    let aws = aws(&tenant);
    for store in [&tenant, &aws] {
        for value in ["1", "2", "3"] {
            create(store, &identified(value));
        }
    }
    // A conditional deletion of nothing.
    let nothing = "/Patient?identifier=urn:x%7Cnobody";
    ask(&tenant, "DELETE", nothing, &[], &Value::Null).expect(204);
    ask(&aws, "DELETE", nothing, &[], &Value::Null).expect(404);
    // A conditional update of another id.
    let other = json!({ "resourceType": "Patient", "id": "other" });
    ask(&tenant, "PUT", "/Patient?identifier=urn:x%7C1", &[], &other).expect(400);
    ask(&aws, "PUT", "/Patient?identifier=urn:x%7C1", &[], &other).expect(409);
    // Pages.
    let page = get(&tenant, "/Patient?_count=2").expect(200).json();
    assert!(link(&page, "next").expect("more").contains("_cursor="));
    let page = get(&aws, "/Patient?_count=2").expect(200).json();
    let next = link(&page, "next").expect("more");
    assert!(next.contains("page=") && next.contains("_count=2"), "{next}");
    let next = aws.client.get(&next[next.find("/datastore").expect("ours")..]).expect(200).json();
    assert_eq!(next["entry"].as_array().expect("entries").len(), 1);
    get(&tenant, "/Patient?page=x").expect(400);
    get(&aws, "/Patient?_count=0").expect(400);
    // Bundles.
    let made = |store: &Tenant| {
        let done = process(store, "batch", &[entry("POST", "Patient", identified("9"))]);
        let done = done.expect(200).json();
        done["entry"][0]["response"]["location"].as_str().expect("a location").to_owned()
    };
    assert!(made(&tenant).starts_with("http://") && made(&aws).starts_with("Patient/"));
    let many = vec![entry("GET", "Patient/nobody", Value::Null); 101];
    process(&aws, "transaction", &many).expect(422);
    process(&tenant, "transaction", &many).expect(404);
}
