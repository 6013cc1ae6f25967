//! The forms that values take: names, contacts, references, canonicals, extensions.

use super::*;

const PATIENT: &str = r#"{
  "resourceType":"Patient","id":"p1","active":true,
  "identifier":[{"system":"urn:mrn","value":"A-1","type":{"text":"Medical Record"}},{"value":"7"}],
  "name":[{"use":"official","family":"Müller-Lüdenscheidt","given":["Anna","Zoë"],"prefix":["Dr."],"text":"Dr. Anna Müller"}],
  "telecom":[{"system":"phone","value":"555-1234"},{"system":"email","value":"a@b.c"},{"value":"x"}],
  "gender":"female","birthDate":"1970-05-15",
  "address":[{"line":["1 Main St","Apt 2"],"city":"Boston","state":"MA","postalCode":"02101","country":"US","use":"home"}],
  "communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en-US"}]}}],
  "managingOrganization":{"reference":"Organization/o1"},
  "generalPractitioner":[{"reference":"Practitioner/d1/_history/4"}],
  "link":[{"other":{"reference":"Patient/p0"},"type":"seealso"}]}"#;

#[test]
fn a_patient() {
    for (code, expected) in [
        ("identifier", vec!["urn:mrn|A-1", "~Medical Record", "7"]),
        ("family", vec!["'Müller-Lüdenscheidt'"]),
        ("given", vec!["'Anna'", "'Zoë'"]),
        ("name", vec!["'Müller-Lüdenscheidt'", "'Anna'", "'Zoë'", "'Dr.'", "'Dr. Anna Müller'"]),
        (
            "phonetic",
            vec!["'Müller-Lüdenscheidt'", "'Anna'", "'Zoë'", "'Dr.'", "'Dr. Anna Müller'"],
        ),
        ("telecom", vec!["555-1234", "a@b.c", "x"]),
        ("phone", vec!["555-1234"]),
        ("email", vec!["a@b.c"]),
        ("gender", vec!["http://hl7.org/fhir/administrative-gender|female"]),
        ("birthdate", vec!["1970-05-15T00:00:00.000Z .. 1970-05-15T23:59:59.999Z"]),
        ("address", vec!["'1 Main St'", "'Apt 2'", "'Boston'", "'MA'", "'02101'", "'US'"]),
        ("address-city", vec!["'Boston'"]),
        ("address-use", vec!["http://hl7.org/fhir/address-use|home"]),
        ("language", vec!["urn:ietf:bcp:47|en-US"]),
        ("active", vec!["true"]),
        ("organization", vec!["Organization/o1"]),
        ("general-practitioner", vec!["Practitioner/d1"]),
        ("link", vec!["Patient/p0"]),
        ("deceased", vec!["false"]),
        ("death-date", vec![]),
    ] {
        assert_eq!(shown(PATIENT, code), expected, "{code}");
    }
}

#[test]
fn whoever_has_a_date_of_death_is_deceased() {
    let patient = |said: &str| format!(r#"{{"resourceType":"Patient"{said}}}"#);
    for (said, expected) in [
        ("", "false"),
        (r#","deceasedBoolean":false"#, "false"),
        (r#","deceasedBoolean":true"#, "true"),
        (r#","deceasedDateTime":"2020-01-01""#, "true"),
    ] {
        assert_eq!(shown(&patient(said), "deceased"), [expected], "{said}");
    }
    let dated = patient(r#","deceasedDateTime":"2020-01-01""#);
    assert_eq!(shown(&dated, "death-date").len(), 1);
}

#[test]
fn references_of_every_form() {
    let observation = |subject: &str| {
        format!(
            r#"{{"resourceType":"Observation","status":"final","code":{{"text":"x"}},
                "contained":[{{"resourceType":"Patient","id":"c1"}},{{"resourceType":"Group","id":"c2"}}],
                "subject":{subject}}}"#
        )
    };
    let observation_type = type_("Observation");
    for (subject, all, patients, is_patient) in [
        (r#"{"reference":"Patient/1"}"#, vec!["Patient/1"], vec!["Patient/1"], true),
        (r#"{"reference":"Patient/1/_history/2"}"#, vec!["Patient/1"], vec!["Patient/1"], true),
        (r#"{"reference":"Group/1"}"#, vec!["Group/1"], vec![], false),
        (
            r#"{"reference":"http://a.b/fhir/Patient/1"}"#,
            vec!["-> http://a.b/fhir/Patient/1"],
            vec!["-> http://a.b/fhir/Patient/1"],
            true,
        ),
        (r##"{"reference":"#c1"}"##, vec![], vec![], true),
        (r##"{"reference":"#c2"}"##, vec![], vec![], false),
        (r##"{"reference":"#c3"}"##, vec![], vec![], false),
        (r#"{"reference":"urn:uuid:1"}"#, vec!["-> urn:uuid:1"], vec![], false),
        (
            r#"{"reference":"urn:uuid:1","type":"Patient"}"#,
            vec!["-> urn:uuid:1"],
            vec!["-> urn:uuid:1"],
            true,
        ),
        (
            r#"{"type":"Patient","identifier":{"system":"urn:mrn","value":"A"}}"#,
            vec!["? urn:mrn|A"],
            vec!["? urn:mrn|A"],
            true,
        ),
        (r#"{"identifier":{"value":"A"}}"#, vec!["? |A"], vec![], false),
        (r#"{"display":"Anna"}"#, vec![], vec![], false),
    ] {
        let text = observation(subject);
        assert_eq!(shown(&text, "subject"), all, "{subject}");
        assert_eq!(shown(&text, "patient"), patients, "{subject}");
        let doc = parse(&text);
        let is_present = |code| is_present(observation_type, &doc, field("Observation", code));
        assert!(is_present("subject"), "{subject}");
        assert_eq!(is_present("patient"), is_patient, "{subject}");
    }
}

#[test]
fn a_value_set_has_a_url_and_a_version() {
    let set = r#"{"resourceType":"ValueSet","status":"active","url":"http://a.b/vs","version":"1.0",
        "name":"Codes","title":"Some Codes","jurisdiction":[{"coding":[{"system":"urn:iso:std:iso:3166","code":"US"}]}],
        "compose":{"include":[{"system":"http://loinc.org"},{"valueSet":["http://a.b/other|2"]}]},
        "useContext":[{"code":{"system":"urn:u","code":"age"},"valueRange":{"high":{"value":18,"code":"a"}}},
                      {"code":{"system":"urn:u","code":"focus"},"valueCodeableConcept":{"coding":[{"code":"dm"}]}}]}"#;
    for (code, expected) in [
        ("url", vec!["<http://a.b/vs>"]),
        ("version", vec!["1.0"]),
        ("name", vec!["'Codes'"]),
        ("title", vec!["'Some Codes'"]),
        ("reference", vec!["<http://loinc.org>"]),
        ("jurisdiction", vec!["urn:iso:std:iso:3166|US"]),
        ("context", vec!["dm"]),
        ("context-quantity", vec!["-inf .. 18 |a|"]),
        ("context-type", vec!["urn:u|age", "urn:u|focus"]),
    ] {
        assert_eq!(shown(set, code), expected, "{code}");
    }
    let doc = parse(set);
    let tuples = tuples(type_("ValueSet"), &doc, field("ValueSet", "context-type-quantity"));
    assert_eq!(tuples.len(), 1);
}

#[test]
fn canonicals_are_found_with_and_without_their_version() {
    let plan = r#"{"resourceType":"PlanDefinition","status":"draft",
        "relatedArtifact":[{"type":"depends-on","resource":"http://a.b/Library/l|1"},
                           {"type":"composed-of","resource":"Library/l"}]}"#;
    assert_eq!(shown(plan, "depends-on"), ["-> http://a.b/Library/l|1", "-> http://a.b/Library/l"]);
    assert_eq!(shown(plan, "composed-of"), ["Library/l"]);
    assert!(shown(plan, "successor").is_empty());
}

#[test]
fn a_bundle_names_its_first_resource() {
    let bundle = |name: &str| {
        format!(
            r#"{{"resourceType":"Bundle","type":"document","timestamp":"2020-01-01T00:00:00Z",
                "identifier":{{"system":"urn:b","value":"1"}},
                "entry":[{{"resource":{{"resourceType":"{name}","id":"c1","status":"final"}}}},
                         {{"resource":{{"resourceType":"Patient","id":"p1"}}}}]}}"#
        )
    };
    let document = bundle("Composition");
    assert_eq!(shown(&document, "composition"), ["Composition/c1"]);
    assert!(shown(&document, "message").is_empty());
    assert_eq!(shown(&document, "identifier"), ["urn:b|1"]);
    assert_eq!(shown(&document, "type"), ["http://hl7.org/fhir/bundle-type|document"]);
    assert_eq!(shown(&bundle("MessageHeader"), "message"), ["MessageHeader/c1"]);
}

#[test]
fn a_location() {
    let location = r#"{"resourceType":"Location","status":"active","name":"Ward 3","alias":["Drei"],
        "address":{"city":"Köln"},"position":{"longitude":7.0,"latitude":50.9},
        "partOf":{"reference":"Location/l0"}}"#;
    assert_eq!(shown(location, "name"), ["'Ward 3'", "'Drei'"]);
    assert_eq!(shown(location, "address"), ["'Köln'"]);
    assert_eq!(shown(location, "partof"), ["Location/l0"]);
    assert_eq!(shown(location, "near"), ["50.9 N 7 E"]);
    let nowhere = location.replace("50.9", "90.9");
    assert!(shown(&nowhere, "near").is_empty());
}

#[test]
fn extensions_and_marked_items_are_reached() {
    let gene = r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"extension":[
        {"url":"http://hl7.org/fhir/StructureDefinition/observation-geneticsGene",
         "valueCodeableConcept":{"coding":[{"system":"urn:hgnc","code":"1"}]}},
        {"url":"http://a.b/other","valueCodeableConcept":{"coding":[{"code":"2"}]}}]}"#;
    assert_eq!(shown(gene, "gene-identifier"), ["urn:hgnc|1"]);
    let response = r#"{"resourceType":"QuestionnaireResponse","status":"completed","item":[
        {"linkId":"1","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject","valueBoolean":true}],
         "answer":[{"valueReference":{"reference":"Patient/p1"}}]},
        {"linkId":"2","answer":[{"valueReference":{"reference":"Patient/p2"}}]}]}"#;
    assert_eq!(shown(response, "item-subject"), ["Patient/p1"]);
}

#[test]
fn numbers_and_money_keep_their_range_and_currency() {
    let risk = r#"{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"},
        "prediction":[{"probabilityDecimal":0.02},{"probabilityRange":{"low":{"value":1},"high":{"value":2.5}}}]}"#;
    assert_eq!(shown(risk, "probability"), ["0.02 .. 0.02", "1 .. 2.5"]);
    let invoice = r#"{"resourceType":"Invoice","status":"issued","totalGross":{"value":48.00,"currency":"EUR"}}"#;
    assert_eq!(shown(invoice, "totalgross"), ["48 .. 48 urn:iso:std:iso:4217|EUR|EUR"]);
}

#[test]
fn broken_data_is_skipped() {
    for text in [
        r#"{"resourceType":"Patient","name":"Anna","birthDate":17,"telecom":{"system":1},"identifier":[null,[],{}],"gender":null,"link":[[{}]]}"#,
        r#"{"resourceType":"Patient","name":[{"given":[null,1,{}],"family":[]}],"birthDate":"1970-13-40","address":[[["x"]]]}"#,
        r#"{"resourceType":"Observation","code":7,"subject":"Patient/1","valueQuantity":[1],"component":{"code":[]},"effectivePeriod":{"start":{}}}"#,
        r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Nothing","id":7}}]}"#,
        r#"{"resourceType":"Condition","subject":{"reference":"","identifier":[]},"onsetRange":{"low":{"value":5},"high":{"value":1}}}"#,
    ] {
        let entries = index(text);
        assert!(entries.dates().is_empty() && entries.quantities().is_empty(), "{text}");
        assert_eq!(entries.subjects().len(), 1, "{text}");
    }
}
