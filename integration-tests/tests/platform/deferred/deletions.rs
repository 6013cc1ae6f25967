//! Deleting much, and erasing for good.

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::{put_off, wait};

fn put(tenant: &Tenant, path: &str, more: &Value) {
    let (type_, id) = path.split_once('/').expect("a type and an id");
    let mut resource = json!({ "resourceType": type_, "id": id });
    if let (Some(all), Some(more)) = (resource.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
    }
    let status = tenant.client.put(&format!("{}/{path}", tenant.fhir), &resource).status;
    assert!([200, 201].contains(&status), "{path}: {status}");
}

/// Two patients with two versions and an observation each.
fn filled(server: &Server) -> Tenant {
    let tenant = server.tenant();
    for id in ["a", "b"] {
        put(&tenant, &format!("Patient/{id}"), &json!({ "gender": "female" }));
        put(&tenant, &format!("Patient/{id}"), &json!({ "gender": "male" }));
        put(
            &tenant,
            &format!("Observation/{id}"),
            &json!({
                "status": "final", "code": { "text": "x" },
                "subject": { "reference": format!("Patient/{id}") },
            }),
        );
    }
    tenant
}

fn status(tenant: &Tenant, path: &str) -> u16 {
    tenant.client.get(&format!("{}/{path}", tenant.fhir)).status
}

fn total(tenant: &Tenant, search: &str) -> Value {
    let path = format!("{}/{search}&_summary=count", tenant.fhir);
    tenant.client.get(&path).expect(200).json()["total"].clone()
}

fn count(done: &Value, name: &str) -> Value {
    let all = done["parameter"].as_array().expect("parameters");
    all.iter().find(|one| one["name"] == name).expect("a count")["valueDecimal"].clone()
}

#[test]
fn a_purged_patient_is_gone_with_all_that_was_theirs_also_after_a_kill() {
    let mut server = Server::start();
    let tenant = filled(&server);
    let place = put_off(&tenant, "POST", "/Patient/a/$purge", &Value::Null);
    // Wherever it is by now: it goes on.
    server.kill();
    server.start_again();
    let mut tenant = tenant.clone();
    tenant.client = server.client(&tenant.key);
    let done = wait(&tenant, &place).expect(200).json();
    assert_eq!((count(&done, "resources"), count(&done, "versions")), (json!(2), json!(3)));
    for path in ["Patient/a", "Patient/a/_history", "Patient/a/_history/1", "Observation/a"] {
        assert_eq!(status(&tenant, path), 404, "{path}");
    }
    assert_eq!(total(&tenant, "Observation?code:text=x"), 1);
    let history = tenant.client.get(&format!("{}/_history", tenant.fhir)).expect(200).text();
    assert!(!history.contains("Patient/a") && history.contains("Patient/b"), "{history}");
    for path in ["Patient/b", "Patient/b/_history/1", "Observation/b"] {
        assert_eq!(status(&tenant, path), 200, "{path}");
    }
    // The trail tells who did it.
    let trail = tenant.client.get("/api/v1/audit/events").expect(200).text();
    assert!(trail.contains("PurgePatient"), "{trail}");
    // The name is free for another patient, who starts anew.
    put(&tenant, "Patient/a", &json!({}));
    let read = tenant.client.get(&format!("{}/Patient/a", tenant.fhir)).expect(200).json();
    assert_eq!(read["meta"]["versionId"], "1");
    assert_eq!(tenant.client.get(&place).status, 200, "told again until it is forgotten");
}

#[test]
fn one_resource_is_erased_with_its_versions() {
    let server = Server::start();
    let tenant = filled(&server);
    let place = put_off(&tenant, "POST", "/Observation/a/$erase", &Value::Null);
    wait(&tenant, &place).expect(200);
    assert_eq!(status(&tenant, "Observation/a/_history"), 404);
    assert_eq!(status(&tenant, "Patient/a"), 200);
    let post = |path: &str| {
        let path = format!("{}/{path}", tenant.fhir);
        tenant.client.send("POST", &path, &[], &[]).status
    };
    assert_eq!(post("Observation/nobody/$erase"), 404);
    assert_eq!(post("Observation/b/$purge"), 501);
    assert_eq!(post("Observation/b/$erase?deleteAuditEvent=true"), 400);
}

#[test]
fn what_a_search_finds_is_deleted_in_bulk() {
    let server = Server::start();
    let tenant = filled(&server);
    let place =
        put_off(&tenant, "POST", "/Observation/$bulk-delete?subject=Patient/a", &Value::Null);
    let done = wait(&tenant, &place).expect(200).json();
    assert_eq!(count(&done, "resources"), 1);
    assert_eq!((status(&tenant, "Observation/a"), status(&tenant, "Observation/b")), (410, 200));
    assert_eq!(status(&tenant, "Observation/a/_history/1"), 200);
    let hard = "/$bulk-delete?_type=Observation,Patient&_id=b&isHardDelete=true";
    let place = put_off(&tenant, "POST", hard, &Value::Null);
    assert_eq!(count(&wait(&tenant, &place).expect(200).json(), "resources"), 2);
    assert_eq!((status(&tenant, "Patient/b/_history"), status(&tenant, "Patient/a")), (404, 200));
    for path in ["$bulk-delete", "Patient/$bulk-delete?nonsense=1", "Patient/$bulk-delete?_count=1"]
    {
        let path = format!("{}/{path}", tenant.fhir);
        assert_eq!(tenant.client.send("POST", &path, &[], &[]).status, 400, "{path}");
    }
    assert_eq!(status(&tenant, "Patient/a"), 200);
}
