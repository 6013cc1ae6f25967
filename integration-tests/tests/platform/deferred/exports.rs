//! FHIR Bulk Data exports, from the kick-off to the files.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tarn_integration_tests::{Server, Tenant};

use super::{LATER, below, put_off, wait};

fn put(tenant: &Tenant, resource: &Value) {
    let (type_, id) = (&resource["resourceType"], &resource["id"]);
    let path = [type_, id].map(|text| text.as_str().expect("a text")).join("/");
    let status = tenant.client.put(&format!("{}/{path}", tenant.fhir), resource).status;
    assert!([200, 201].contains(&status), "{path}: {status}");
}

/// Three patients with an observation each, an organisation, and a group of two of the patients.
fn filled(server: &Server) -> Tenant {
    let tenant = server.tenant();
    for id in ["a", "b", "c"] {
        put(
            &tenant,
            &json!({
                "resourceType": "Patient", "id": id, "gender": "female", "birthDate": "1970-01-01",
            }),
        );
        put(
            &tenant,
            &json!({
                "resourceType": "Observation", "id": id, "status": "final", "code": { "text": "x" },
                "subject": { "reference": format!("Patient/{id}") },
            }),
        );
    }
    put(&tenant, &json!({ "resourceType": "Organization", "id": "o", "name": "x" }));
    let member = |id: &str, inactive: bool| json!({ "entity": { "reference": format!("Patient/{id}") }, "inactive": inactive });
    put(
        &tenant,
        &json!({
            "resourceType": "Group", "id": "g", "type": "person", "actual": true,
            "member": [member("a", false), member("b", false), member("c", true)],
        }),
    );
    tenant
}

fn export(tenant: &Tenant, path: &str) -> Value {
    let place = put_off(tenant, "GET", path, &Value::Null);
    wait(tenant, &place).expect(200).json()
}

/// The lines of a manifest's list, as `Type/id`.
fn exported(tenant: &Tenant, manifest: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in lines(tenant, &manifest["output"]) {
        let key = format!("{}/{}", line["resourceType"], line["id"]).replace('"', "");
        assert!(found.insert(key), "each once");
    }
    found
}

fn lines(tenant: &Tenant, list: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    for file in list.as_array().expect("a list") {
        let answer = tenant.client.get(&below(tenant, &file["url"])).expect(200);
        assert!(answer.header("content-type").starts_with("application/fhir+ndjson"));
        let text = answer.text();
        assert_eq!(file["count"], text.lines().count());
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).expect("a JSON line");
            assert_eq!(line["resourceType"], file["type"]);
            found.push(line);
        }
    }
    found
}

#[test]
fn an_export_is_kicked_off_followed_fetched_and_removed() {
    let server = Server::start();
    let tenant = filled(&server);
    let place =
        put_off(&tenant, "GET", "/$export?_outputFormat=application/fhir+ndjson", &Value::Null);
    let done = wait(&tenant, &place).expect(200);
    assert!(!done.header("expires").is_empty());
    let manifest = done.json();
    assert_eq!(manifest["requiresAccessToken"], true);
    assert!(manifest["request"].as_str().is_some_and(|url| url.contains("$export?_outputFormat=")));
    assert_eq!(manifest["error"], json!([]));
    assert_eq!(exported(&tenant, &manifest).len(), 8, "{manifest}");
    let file = below(&tenant, &manifest["output"][0]["url"]);
    let packed = tenant.client.send("GET", &file, &[("accept-encoding", "gzip")], &[]).expect(200);
    assert_eq!(packed.header("content-encoding"), "gzip");

    // Nobody else's key opens it, and without one there is nothing.
    let other = server.tenant();
    let foreign = |client: &tarn_integration_tests::Client, path: &str| client.get(path).status;
    assert_eq!(foreign(&other.client, &place), 404);
    assert_eq!(foreign(&other.client, &file), 404);
    assert_eq!(foreign(&server.client(""), &file), 401);
    let own_store = place.replace(&tenant.fhir, &other.fhir);
    assert_eq!(foreign(&other.client, &own_store), 404);
    other.client.delete(&place).expect(404);

    tenant.client.delete(&place).expect(202);
    tenant.client.get(&place).expect(404);
    tenant.client.get(&file).expect(404);
    tenant.client.delete(&place).expect(404);
}

#[test]
fn patients_and_groups_are_exported_with_what_is_theirs() {
    let server = Server::start();
    let tenant = filled(&server);
    let set = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<BTreeSet<_>>();
    let all = exported(&tenant, &export(&tenant, "/Patient/$export?_type=Patient,Observation"));
    let both = ["Observation/a", "Observation/b", "Patient/a", "Patient/b"];
    assert_eq!(all, set(&[&both[..], &["Observation/c", "Patient/c"]].concat()));
    let group = exported(&tenant, &export(&tenant, "/Group/g/$export?_type=Patient,Observation"));
    assert_eq!(group, set(&both), "not of an inactive member");
    let without_type = exported(&tenant, &export(&tenant, "/Group/g/$export"));
    assert!(!without_type.contains("Organization/o") && without_type.contains("Patient/a"));

    let named = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "patient", "valueReference": { "reference": "Patient/b" } },
        { "name": "_type", "valueString": "Observation" },
    ]});
    let place = put_off(&tenant, "POST", "/Patient/$export", &named);
    let done = wait(&tenant, &place).expect(200).json();
    assert_eq!(exported(&tenant, &done), set(&["Observation/b"]));
}

#[test]
fn filters_elements_and_times_narrow_an_export() {
    let server = Server::start();
    let tenant = filled(&server);
    let some = "/$export?_type=Patient,Observation&_elements=Patient.gender\
                &_typeFilter=Observation%3Fsubject%3DPatient%2Fa,Observation%3Fsubject%3DPatient/c";
    let first = export(&tenant, some);
    let found = lines(&tenant, &first["output"]);
    assert_eq!(found.len(), 5);
    let patient = found.iter().find(|line| line["resourceType"] == "Patient").expect("patients");
    assert_eq!((&patient["gender"], &patient["birthDate"]), (&json!("female"), &Value::Null));
    assert_eq!(patient["meta"]["tag"][0]["code"], "SUBSETTED");
    let observation = found.iter().find(|line| line["resourceType"] == "Observation");
    assert_eq!(observation.expect("observations")["code"]["text"], "x");

    let moment = first["transactionTime"].as_str().expect("an instant").to_owned();
    // Times are told to the millisecond: the next change must be in another one.
    let later = loop {
        put(&tenant, &json!({ "resourceType": "Patient", "id": "d" }));
        let read = tenant.client.get(&format!("{}/Patient/d", tenant.fhir)).expect(200).json();
        let updated = read["meta"]["lastUpdated"].as_str().expect("an instant").to_owned();
        if updated > moment {
            break updated;
        }
    };
    tenant.client.delete(&format!("{}/Observation/b", tenant.fhir)).expect(204);
    let since = export(&tenant, &format!("/Patient/$export?_since={later}"));
    let expected = BTreeSet::from(["Patient/d".to_owned()]);
    assert_eq!(exported(&tenant, &since), expected);
    let deleted = lines(&tenant, &since["deleted"]);
    assert_eq!(deleted[0]["type"], "transaction");
    let request = &deleted[0]["entry"][0]["request"];
    assert_eq!((&request["method"], &request["url"]), (&json!("DELETE"), &json!("Observation/b")));
    let until = export(&tenant, &format!("/$export?_type=Patient&_until={moment}"));
    assert!(!exported(&tenant, &until).contains("Patient/d"));
}

#[test]
fn what_is_not_understood_is_refused_unless_the_caller_is_lenient() {
    let server = Server::start();
    let tenant = filled(&server);
    let ask = |path: &str, headers: &[(&str, &str)]| {
        tenant.client.send("GET", &format!("{}{path}", tenant.fhir), headers, &[])
    };
    ask("/$export", &[]).expect(400);
    let wrong = [
        "/$export?_outputFormat=text/csv",
        "/$export?_since=yesterday",
        "/$export?_typeFilter=gender%3Dmale",
        "/$export?_typeFilter=Patient%3Fnonsense%3D1",
        "/Patient/$export?patient=Patient/a",
    ];
    let unknown = [
        "/$export?_nonsense=1",
        "/$export?includeAssociatedData=LatestProvenanceResources",
        "/$export?_type=Patient,Nonsense",
        "/Patient/$export?_type=Patient,Organization",
    ];
    for path in wrong.iter().chain(&unknown) {
        let refused = ask(path, &[LATER]).expect(400).json();
        assert_eq!(refused["resourceType"], "OperationOutcome", "{path}");
    }
    for path in unknown {
        ask(path, &[LATER, ("prefer", "handling=lenient")]).expect(202);
    }
    ask("/$export?_typeFilter=Patient%3Fnonsense%3D1", &[LATER, ("prefer", "handling=lenient")])
        .expect(400);
    ask("/Group/nobody/$export", &[LATER]).expect(404);
    ask("/Observation/$export", &[LATER]).expect(501);
    let nobody = json!({ "resourceType": "Parameters", "parameter": [
        { "name": "patient", "valueReference": { "reference": "Patient/nobody" } },
    ]});
    let headers = [LATER, ("content-type", "application/fhir+json")];
    let path = format!("{}/Patient/$export", tenant.fhir);
    tenant.client.send("POST", &path, &headers, nobody.to_string().as_bytes()).expect(400);
    let statement = tenant.client.get(&format!("{}/metadata", tenant.fhir)).expect(200).json();
    let operations = statement["rest"][0]["operation"].as_array().expect("operations").clone();
    assert!(operations.iter().any(|operation| operation["name"] == "export"));
}

#[test]
fn an_export_goes_on_after_a_kill_and_lies_sealed() {
    let mut server = Server::start();
    let tenant = filled(&server);
    let place =
        put_off(&tenant, "GET", "/$export?_typeFilter=Patient%3Fgender%3Dfemale", &Value::Null);
    server.kill();
    // Neither what was asked nor what came of it can be read on the disk.
    let mut folders = vec![server.data_dir().join("results")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let raw = std::fs::read(entry.path()).expect("it reads");
            assert!(!raw.windows(6).any(|window| window == b"female"), "{:?}", entry.path());
        }
    }
    server.start_again();
    let mut tenant = tenant.clone();
    tenant.client = server.client(&tenant.key);
    let manifest = wait(&tenant, &place).expect(200).json();
    assert_eq!(exported(&tenant, &manifest).len(), 8);
}
