//! `Patient/$member-match`, `Group/$member-add` and `$member-remove`.

use serde_json::{Value, json};
use tarn_integration_tests::{Answer, Server, Tenant};

use super::super::{ask, get};
use super::{call, put};

fn member(id: &str, given: &str, number: &str) -> Value {
    let kind = json!({ "coding": [{ "code": "MB" }] });
    json!({
        "resourceType": "Patient", "id": id, "birthDate": "1970-02-03", "gender": "female",
        "name": [{ "family": "Müller", "given": [given] }],
        "identifier": [{ "system": "urn:ssn", "value": format!("s{number}") },
            { "type": kind, "system": "urn:plan", "value": number }],
    })
}

fn coverage(id: Option<&str>, beneficiary: &str, number: &str) -> Value {
    let mut coverage = json!({
        "resourceType": "Coverage", "status": "active",
        "identifier": [{ "system": "urn:policy", "value": number }],
        "beneficiary": { "reference": beneficiary }, "payor": [{ "display": "Plan" }],
    });
    if let Some(id) = id {
        coverage["id"] = json!(id);
    }
    coverage
}

fn ask_for(tenant: &Tenant, patient: &Value, coverage: &Value, more: &[(&str, Value)]) -> Answer {
    let named = [("MemberPatient", patient.clone()), ("CoverageToMatch", coverage.clone())];
    let named = named.into_iter().chain(more.iter().cloned());
    let parameter = |(name, resource): (&str, Value)| json!({ "name": name, "resource": resource });
    let parameters = json!({
        "resourceType": "Parameters", "parameter": named.map(parameter).collect::<Vec<_>>(),
    });
    ask(tenant, "POST", "/Patient/$member-match", &[], &parameters)
}

#[test]
fn a_member_is_matched_beyond_doubt_or_not_at_all() {
    let server = Server::start();
    let tenant = server.tenant();
    put(&tenant, &member("a", "Ada", "1"));
    put(&tenant, &member("b", "Bea", "2"));
    put(&tenant, &coverage(Some("ca"), "Patient/a", "P1"));
    put(&tenant, &coverage(Some("cb"), "Patient/b", "P2"));
    let person = |given: &str| {
        json!({ "resourceType": "Patient", "birthDate": "1970-02-03",
            "name": [{ "family": "MÜLLER", "given": [given] }] })
    };
    let theirs = coverage(None, "Patient/elsewhere", "P1");
    let matched = ask_for(&tenant, &person("ada"), &theirs, &[]).expect(200).json();
    assert_eq!(matched["parameter"][0]["name"], "MemberIdentifier");
    assert_eq!(matched["parameter"][0]["valueIdentifier"]["value"], "1");
    assert_eq!(matched["parameter"][1]["valueReference"]["reference"], "Patient/a");

    // The right person with another's policy; nobody; somebody who gives no name.
    let code = |answer: Answer| answer.json()["issue"][0]["details"]["coding"][0]["code"].clone();
    assert_eq!(code(ask_for(&tenant, &person("Bea"), &theirs, &[]).expect(422)), "no-match");
    assert_eq!(code(ask_for(&tenant, &person("Eve"), &theirs, &[]).expect(422)), "no-match");
    let nameless = json!({ "resourceType": "Patient", "birthDate": "1970-02-03" });
    ask_for(&tenant, &nameless, &theirs, &[]).expect(400);

    // Two members of one name under one policy.
    put(&tenant, &member("twin", "Ada", "3"));
    put(&tenant, &coverage(Some("ct"), "Patient/twin", "P1"));
    let doubtful = ask_for(&tenant, &person("Ada"), &theirs, &[]).expect(422);
    assert_eq!(code(doubtful), "multiple-matches");

    let consent = json!({ "resourceType": "Consent", "status": "inactive",
        "scope": { "text": "x" }, "category": [{ "text": "x" }], "policyRule": { "text": "x" } });
    let theirs = coverage(None, "Patient/elsewhere", "P2");
    let refused = ask_for(&tenant, &person("Bea"), &theirs, &[("Consent", consent)]);
    assert_eq!(code(refused.expect(422)), "consent-not-in-force");
    call(&tenant, "/Patient/$member-match", &[]).expect(400);
}

#[test]
fn members_come_to_a_group_and_leave_it() {
    let server = Server::start();
    let tenant = server.tenant();
    put(&tenant, &member("a", "Ada", "1"));
    put(
        &tenant,
        &json!({ "resourceType": "Practitioner", "id": "doc",
        "identifier": [{ "system": "urn:npi", "value": "9" }] }),
    );
    put(&tenant, &json!({ "resourceType": "Group", "id": "g", "type": "person", "actual": true }));
    let by_number = [
        ("memberId", "valueIdentifier", json!({ "system": "urn:plan", "value": "1" })),
        ("providerNpi", "valueIdentifier", json!({ "value": "9" })),
        ("attributionPeriod", "valuePeriod", json!({ "start": "2024-01-01" })),
    ];
    let group = call(&tenant, "/Group/g/$member-add", &by_number).expect(200).json();
    assert_eq!(group["member"][0]["entity"]["reference"], "Patient/a");
    assert_eq!(group["member"][0]["period"]["start"], "2024-01-01");
    let provider = &group["member"][0]["extension"][0]["valueReference"]["reference"];
    assert_eq!(provider, "Practitioner/doc");

    // Again, by reference: the same member, without the period.
    let patient = ("patientReference", "valueReference", json!({ "reference": "Patient/a" }));
    let doctor =
        ("providerReference", "valueReference", json!({ "reference": "Practitioner/doc" }));
    let again = [patient.clone(), doctor];
    let group = call(&tenant, "/Group/g/$member-add", &again).expect(200).json();
    assert_eq!(group["member"].as_array().expect("members").len(), 1);
    assert!(group["member"][0].get("period").is_none());

    let gone = call(&tenant, "/Group/g/$member-remove", &[patient.clone()]).expect(200).json();
    assert!(gone.get("member").is_none() && gone["meta"]["versionId"] == "4");
    call(&tenant, "/Group/g/$member-remove", &[patient.clone()]).expect(422);
    call(&tenant, "/Group/g/$member-add", &[patient]).expect(400);
    call(&tenant, "/Group/g/$member-add", &[]).expect(400);
    let nobody = ("memberId", "valueIdentifier", json!({ "value": "77" }));
    call(&tenant, "/Group/g/$member-add", &[nobody, by_number[1].clone()]).expect(422);
    get(&tenant, "/Group/g/$member-add").expect(405);
}
