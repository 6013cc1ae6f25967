//! `$meta`, `$meta-add`, `$meta-delete`.

use serde_json::{Value, json};
use tarn_integration_tests::Server;

use super::super::{ask, create, get};
use super::call;

fn tag(code: &str) -> Value {
    json!({ "system": "urn:t", "code": code })
}

fn meta(parameters: &Value) -> Value {
    assert_eq!(parameters["resourceType"], "Parameters", "{parameters}");
    assert_eq!(parameters["parameter"][0]["name"], "return");
    parameters["parameter"][0]["valueMeta"].clone()
}

#[test]
fn labels_are_added_taken_away_and_found() {
    let server = Server::start();
    let tenant = server.tenant();
    let patient = json!({ "resourceType": "Patient", "meta": { "tag": [tag("a")] } });
    let id = create(&tenant, &patient);
    let path = format!("/Patient/{id}");
    let labels = json!({ "tag": [tag("a"), tag("b")], "profile": ["http://x/p"] });
    let added = call(&tenant, &format!("{path}/$meta-add"), &[("meta", "valueMeta", labels)]);
    let added = meta(&added.expect(200).json());
    assert_eq!(added["tag"], json!([tag("a"), tag("b")]));
    assert_eq!((&added["versionId"], &added["profile"][0]), (&json!("2"), &json!("http://x/p")));
    let found = get(&tenant, "/Patient?_tag=urn:t%7Cb").expect(200).json();
    assert_eq!(found["total"], 1, "the index knows it");

    // What changes nothing makes no version.
    let again = json!({ "tag": [tag("b")] });
    let again = call(&tenant, &format!("{path}/$meta-add"), &[("meta", "valueMeta", again)]);
    assert_eq!(meta(&again.expect(200).json())["versionId"], "2");

    let less = json!({ "tag": [tag("a"), tag("zz")] });
    let less = call(&tenant, &format!("{path}/$meta-delete"), &[("meta", "valueMeta", less)]);
    assert_eq!(meta(&less.expect(200).json())["tag"], json!([tag("b")]));
    let now = meta(&get(&tenant, &format!("{path}/$meta")).expect(200).json());
    assert_eq!((&now["tag"], &now["versionId"]), (&json!([tag("b")]), &json!("3")));
    let then = meta(&get(&tenant, &format!("{path}/_history/1/$meta")).expect(200).json());
    assert_eq!(then["tag"], json!([tag("a")]));
}

#[test]
fn labels_in_use_are_listed_for_a_type_and_the_store() {
    let server = Server::start();
    let tenant = server.tenant();
    create(&tenant, &json!({ "resourceType": "Patient", "meta": { "tag": [tag("a"), tag("b")] } }));
    let gone = json!({ "resourceType": "Patient", "meta": { "tag": [tag("gone")] } });
    let gone = create(&tenant, &gone);
    ask(&tenant, "DELETE", &format!("/Patient/{gone}"), &[], &Value::Null).expect(204);
    let restricted = json!({ "security": [tag("R")], "profile": ["http://x/p"] });
    create(
        &tenant,
        &json!({ "resourceType": "Basic", "code": { "text": "x" }, "meta": restricted }),
    );
    let of_type = meta(&get(&tenant, "/Patient/$meta").expect(200).json());
    assert_eq!(of_type, json!({ "tag": [tag("a"), tag("b")] }));
    let all = meta(&call(&tenant, "/$meta", &[]).expect(200).json());
    let expected = json!({ "profile": ["http://x/p"], "security": [tag("R")],
        "tag": [tag("a"), tag("b")] });
    assert_eq!(all, expected);
}

#[test]
fn operations_work_in_bundles() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &json!({ "resourceType": "Patient" }));
    let labels = json!({ "resourceType": "Parameters",
        "parameter": [{ "name": "meta", "valueMeta": { "tag": [tag("a")] } }] });
    let bundle = |type_: &str| {
        json!({ "resourceType": "Bundle", "type": type_, "entry": [
            { "resource": labels,
              "request": { "method": "POST", "url": format!("Patient/{id}/$meta-add") } },
            { "request": { "method": "GET", "url": format!("Patient/{id}/$meta") } },
            { "request": { "method": "GET", "url": format!("Patient/{id}/$everything?_count=1") } },
        ] })
    };
    let done = ask(&tenant, "POST", "/", &[], &bundle("batch")).expect(200).json();
    for (at, type_) in [(0, "Parameters"), (1, "Parameters"), (2, "Bundle")] {
        assert_eq!(done["entry"][at]["response"]["status"], "200", "{done}");
        assert_eq!(done["entry"][at]["resource"]["resourceType"], type_);
    }
    assert_eq!(meta(&done["entry"][1]["resource"])["tag"], json!([tag("a")]));
    // A transaction is one commit; an operation that writes has its own.
    ask(&tenant, "POST", "/", &[], &bundle("transaction")).expect(501);
}

#[test]
fn what_is_wrong_with_a_call_is_named() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &json!({ "resourceType": "Patient" }));
    let path = format!("/Patient/{id}/$meta-add");
    let missing = call(&tenant, &path, &[]).expect(400).json();
    assert_eq!(missing["issue"][0]["code"], "required");
    call(&tenant, &path, &[("meta", "valueString", json!("x"))]).expect(400);
    call(&tenant, &path, &[("other", "valueString", json!("x"))]).expect(400);
    let bad = json!({ "tag": [{ "code": 7 }] });
    call(&tenant, &path, &[("meta", "valueMeta", bad)]).expect(400);
    get(&tenant, &path).expect(405);
    get(&tenant, &format!("/Patient/{id}/_history/9/$meta")).expect(404);
    call(&tenant, &format!("/Patient/{id}/_history/1/$meta-add"), &[]).expect(501);
}

#[test]
fn differences_are_told_as_a_patch() {
    let server = Server::start();
    let tenant = server.tenant();
    let id = create(&tenant, &json!({ "resourceType": "Patient", "gender": "male" }));
    let changed = json!({ "resourceType": "Patient", "id": id, "gender": "other", "active": true });
    let path = format!("/Patient/{id}");
    ask(&tenant, "PUT", &path, &[], &changed).expect(200);
    let other = create(&tenant, &json!({ "resourceType": "Patient", "gender": "male" }));
    let types = |path: &str| {
        let parameters = get(&tenant, path).expect(200).json();
        let all = parameters["parameter"].as_array().cloned().unwrap_or_default();
        let type_ = |operation: &Value| operation["part"][0]["valueCode"].clone();
        all.iter().map(type_).collect::<Vec<_>>()
    };
    for query in ["/$diff", "/$diff?fromVersion=1", "/_history/2/$diff"] {
        assert_eq!(types(&format!("{path}{query}")), ["replace", "add"], "{query}");
    }
    assert!(types(&format!("/$diff?from=Patient/{id}/_history/1&to=Patient/{other}")).is_empty());
    assert!(!types(&format!("{path}/$diff?includeMeta=true")).is_empty());
    for query in ["/$diff?fromVersion=9", "/_history/9/$diff"] {
        get(&tenant, &format!("{path}{query}")).expect(404);
    }
    for query in ["/$diff?fromVersion=x", "/$diff?from=Patient/1", "/_history/1/$diff"] {
        get(&tenant, &format!("{path}{query}")).expect(400);
    }
    get(&tenant, &format!("/$diff?from=Patient/{id}")).expect(400);
}
