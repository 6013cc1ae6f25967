//! XML in and out, beside JSON.

use serde_json::{Value, json};
use tarn_integration_tests::{Answer, Server, Tenant};

use super::{ask, create, get, identified, link, place};

const XML: &str = "application/fhir+xml";
const PATIENT: &str = r#"<?xml version="1.0"?>
<Patient xmlns="http://hl7.org/fhir">
  <id value="x"/>
  <text>
    <status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml"><p>A &lt; B<br/></p></div>
  </text>
  <extension url="http://example.org/e"><valueDecimal value="1.500"/></extension>
  <name><family value="Tarn"/><given value="A"/><given id="g"/></name>
  <birthDate value="1970-01-01"/>
</Patient>"#;

/// Sends XML, or nothing, and takes XML.
fn speak(tenant: &Tenant, method: &str, path: &str, body: &str) -> Answer {
    let path = format!("{}{path}", tenant.fhir);
    let headers = [("accept", XML), ("content-type", XML)];
    let headers = if body.is_empty() { &headers[..1] } else { &headers[..] };
    tenant.client.send(method, &path, headers, body.as_bytes())
}

fn patient(identifier: &str) -> String {
    format!(
        "<Patient xmlns=\"http://hl7.org/fhir\"><identifier><system value=\"urn:x\"/>\
         <value value=\"{identifier}\"/></identifier></Patient>"
    )
}

#[test]
fn a_resource_comes_in_and_goes_out_as_xml() {
    let server = Server::start();
    let tenant = server.tenant();
    let made = speak(&tenant, "PUT", "/Patient/x", PATIENT).expect(201);
    assert_eq!(made.header("content-type"), "application/fhir+xml; charset=utf-8");
    assert_eq!(made.header("etag"), "W/\"1\"");
    let json = get(&tenant, "/Patient/x").expect(200);
    assert!(json.text().contains("\"valueDecimal\":1.500"), "{}", json.text());
    let json = json.json();
    assert_eq!(json["name"][0]["given"], json!(["A", null]));
    assert_eq!(json["name"][0]["_given"], json!([null, { "id": "g" }]));
    let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>A &lt; B<br/></p></div>";
    assert_eq!(json["text"]["div"], div);
    let read = speak(&tenant, "GET", "/Patient/x", "").expect(200);
    assert_eq!(read.header("etag"), "W/\"1\"");
    let text = read.text();
    assert!(text.contains("<versionId value=\"1\"/>") && text.contains(div), "{text}");
    assert!(text.contains("<given value=\"A\"/><given id=\"g\"/>"), "{text}");
    let pretty = get(&tenant, "/Patient/x?_format=xml&_pretty=true&_elements=name").expect(200);
    let text = pretty.text();
    assert!(text.contains("\n  <name>\n    <family value=\"Tarn\"/>"), "{text}");
    assert!(text.contains("SUBSETTED") && !text.contains("birthDate"), "{text}");
    speak(&tenant, "PUT", "/Patient/x", &PATIENT.replace("1970", "1971")).expect(200);
    let history = speak(&tenant, "GET", "/Patient/x/_history", "").expect(200).text();
    assert!(history.contains("<total value=\"2\"/>") && history.contains("1970-01-01"));
    let old = speak(&tenant, "GET", "/Patient/x/_history/1", "").expect(200).text();
    assert!(old.contains("1970-01-01"));
    assert!(speak(&tenant, "GET", "/metadata", "").expect(200).text().contains("<CapabilityS"));
    let valid = speak(&tenant, "POST", "/Patient/$validate", PATIENT).expect(200).text();
    assert!(valid.contains("<OperationOutcome xmlns=\"http://hl7.org/fhir\">"), "{valid}");
}

#[test]
fn bundles_and_searches_speak_xml() {
    let server = Server::start();
    let tenant = server.tenant();
    let entry = |id: &str| {
        format!(
            "<entry><resource>{}</resource><request><method value=\"POST\"/>\
             <url value=\"Patient\"/></request></entry>",
            patient(id)
        )
    };
    let entries: String = ["1", "2", "3"].map(entry).concat();
    let bundle = format!(
        "<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"transaction\"/>{entries}</Bundle>"
    );
    let done = speak(&tenant, "POST", "", &bundle).expect(200).text();
    assert_eq!(done.matches("<status value=\"201\"/>").count(), 3, "{done}");
    let found = speak(&tenant, "GET", "/Patient?_count=2", "").expect(200).text();
    assert_eq!(found.matches("<resource><Patient>").count(), 2, "{found}");
    assert!(found.contains("<relation value=\"next\"/>"));
    let path = format!("{}/Patient/_search", tenant.fhir);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = b"identifier=urn:x|2&_format=xml";
    let posted = tenant.client.send("POST", &path, &form, body).expect(200).text();
    assert!(posted.contains("<resource><Patient>"), "{posted}");
    let page = get(&tenant, "/Patient?_count=2&_format=json").expect(200).json();
    assert!(link(&page, "next").is_some_and(|next| next.contains("_format=json")), "{page}");
}

#[test]
fn what_is_wrong_is_told_in_xml_with_its_place() {
    let server = Server::start();
    let tenant = server.tenant();
    let broken = "<Patient xmlns=\"http://hl7.org/fhir\">\n  <active value=true/>\n</Patient>";
    let refused = speak(&tenant, "POST", "/Patient", broken).expect(400);
    assert_eq!(refused.header("content-type"), "application/fhir+xml; charset=utf-8");
    let text = refused.text();
    assert!(text.contains("<OperationOutcome") && text.contains("line 2, column 3"), "{text}");
    let headers = [("content-type", XML)];
    let in_json = tenant.client.send(
        "POST",
        &format!("{}/Patient", tenant.fhir),
        &headers,
        b"<Patient xmlns='http://hl7.org/fhir'><name><nick value='x'/></name></Patient>",
    );
    assert_eq!(place(&in_json.expect(400).json()), "Patient.name[0].nick");
    for hostile in [
        "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><Patient/>",
        "<Patient xmlns='http://hl7.org/fhir'><birthDate value='&a;'/></Patient>",
        "<Patient/>",
        "",
    ] {
        let headers = [("content-type", XML), ("accept", "text/xml")];
        let path = format!("{}/Patient", tenant.fhir);
        let refused = tenant.client.send("POST", &path, &headers, hostile.as_bytes()).expect(400);
        assert_eq!(refused.header("content-type"), "text/xml; charset=utf-8");
    }
    assert!(speak(&tenant, "GET", "/Patient/none", "").expect(404).text().contains("<Operation"));
    let mixed = ask(&tenant, "GET", "/Patient/none?_format=xml", &[], &Value::Null).expect(404);
    assert!(mixed.text().contains("<OperationOutcome"));
    let nothing = tenant.client.send(
        "POST",
        &format!("{}/Patient", tenant.fhir),
        &[("content-type", "application/fhir+xml; charset=utf-16")],
        b"<Patient/>",
    );
    nothing.expect(415);
}

#[test]
fn what_xml_cannot_tell_is_not_passed_over() {
    let server = Server::start();
    let tenant = server.tenant();
    let mut resource = identified("1");
    resource["text"] = json!({ "status": "generated", "div": "<div><p></div>" });
    let path = format!("/Patient/{}", create(&tenant, &resource));
    let refused = speak(&tenant, "GET", &path, "").expect(406);
    assert!(refused.text().contains("<expression value=\"Patient.text.div\"/>"));
    get(&tenant, &path).expect(200);
}
