//! What the structural check finds, and where.

use super::*;
use crate::definitions::DataType;

fn issues(text: &str) -> Vec<(String, String)> {
    let doc = Document::parse(text.as_bytes()).unwrap();
    match check(&doc) {
        Ok(_) => Vec::new(),
        Err(issues) => issues
            .into_iter()
            .map(|issue| (issue.expression.unwrap_or_default(), issue.diagnostics))
            .collect(),
    }
}

/// The one issue of a patient with those members.
fn one(members: &str) -> (String, String) {
    let found = issues(&format!(r#"{{"resourceType":"Patient",{members}}}"#));
    assert_eq!(found.len(), 1, "{members}: {found:?}");
    found.into_iter().next().unwrap()
}

fn good(members: &str) {
    let found = issues(&format!(r#"{{"resourceType":"Patient",{members}}}"#));
    assert!(found.is_empty(), "{members}: {found:?}");
}

#[test]
fn a_good_resource_passes_with_its_type() {
    let text = br#"{"resourceType":"Patient","id":"p","meta":{"profile":["http://p"]},"active":true,"birthDate":"2020-02","name":[{"given":["A",null],"_given":[null,{"extension":[{"url":"http://x","valueCode":"y"}]}]}],"_gender":{"id":"g"},"deceasedDateTime":"2020-01-01T10:00:00Z"}"#;
    let doc = Document::parse(text).unwrap();
    assert_eq!(check(&doc).unwrap().name(), "Patient");
    assert_eq!(check_with(&doc, Depth::Syntax).unwrap().name(), "Patient");
}

#[test]
fn what_is_no_resource_is_refused() {
    for text in ["[]", "1", "null", r#"{"id":"x"}"#] {
        assert_eq!(issues(text).len(), 1, "{text}");
    }
    for name in ["\"patient\"", "\"DomainResource\"", "7", "null"] {
        let found = issues(&format!(r#"{{"resourceType":{name}}}"#));
        assert_eq!(found[0].0, "resourceType");
    }
}

#[test]
fn unknown_elements_are_named_with_the_closest_known() {
    let (path, words) = one(r#""foo":1"#);
    assert_eq!((&*path, &*words), ("Patient.foo", "Patient has no element `foo`"));
    let (path, words) = one(r#""name":[{"famly":"x"}]"#);
    assert_eq!(path, "Patient.name[0].famly");
    assert!(words.ends_with("the closest is `family`"), "{words}");
    let (path, words) = one(r#""John Smith":1"#);
    assert!(path == "Patient" && !words.contains("Smith"));
    assert_eq!(one(r#""_name":[{"id":"x"}]"#).0, "Patient._name");
    assert_eq!(one(r#""deceased":true"#).0, "Patient.deceased");
    assert_eq!(
        one(r#""contact":[{"name":{"resourceType":"x","text":"t"}}]"#).0,
        "Patient.contact[0].name.resourceType"
    );
}

#[test]
fn arrays_and_single_values_are_told_apart() {
    assert_eq!(one(r#""name":{"family":"x"}"#).0, "Patient.name");
    assert_eq!(one(r#""birthDate":["2020"]"#).0, "Patient.birthDate");
    assert_eq!(one(r#""maritalStatus":[{"text":"x"}]"#).0, "Patient.maritalStatus");
    assert_eq!(one(r#""name":[[{"family":"x"}]]"#).0, "Patient.name[0]");
}

#[test]
fn nothing_may_be_empty() {
    assert_eq!(one(r#""name":[]"#).0, "Patient.name");
    assert_eq!(one(r#""name":[{}]"#).0, "Patient.name[0]");
    assert_eq!(one(r#""maritalStatus":{}"#).0, "Patient.maritalStatus");
    assert_eq!(one(r#""name":[{"family":""}]"#).0, "Patient.name[0].family");
    assert_eq!(one(r#""birthDate":null"#).0, "Patient.birthDate");
    assert_eq!(one(r#""name":[null]"#).0, "Patient.name[0]");
    assert_eq!(one(r#""maritalStatus":null"#).0, "Patient.maritalStatus");
}

#[test]
fn nulls_in_arrays_need_their_sibling() {
    good(r#""name":[{"given":[null],"_given":[{"id":"x"}]}]"#);
    good(r#""name":[{"_given":[{"id":"x"}]}]"#);
    assert_eq!(one(r#""name":[{"given":[null,"x"]}]"#).0, "Patient.name[0].given[0]");
    assert_eq!(
        one(r#""name":[{"given":["a",null],"_given":[{"id":"x"},null]}]"#).0,
        "Patient.name[0].given[1]"
    );
    assert_eq!(
        one(r#""name":[{"given":["a"],"_given":[{"id":"x"},{"id":"y"}]}]"#).0,
        "Patient.name[0]._given"
    );
    assert_eq!(one(r#""name":[{"_given":[{"id":"x"},null]}]"#).0, "Patient.name[0]._given[1]");
    assert_eq!(one(r#""name":[{"given":["a"],"_given":{"id":"x"}}]"#).0, "Patient.name[0]._given");
    assert_eq!(one(r#""_birthDate":[{"id":"x"}]"#).0, "Patient._birthDate");
    assert_eq!(one(r#""_birthDate":{"value":"x"}"#).0, "Patient._birthDate.value");
}

#[test]
fn what_must_be_there_is_asked_for() {
    let found = issues(r#"{"resourceType":"Observation","id":"x"}"#);
    let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["Observation.status", "Observation.code"]);
    let text = r#"{"resourceType":"Observation","_status":{"extension":[{"url":"http://x","valueCode":"unknown"}]},"code":{"text":"c"}}"#;
    assert!(issues(text).is_empty());
    let found = issues(
        r#"{"resourceType":"MedicationRequest","status":"active","intent":"order","subject":{"display":"x"}}"#,
    );
    assert_eq!(found[0].0, "MedicationRequest.medication");
    assert_eq!(found.len(), 1);
    assert_eq!(one(r#""link":[{"type":"seealso"}]"#).0, "Patient.link[0].other");
}

#[test]
fn a_choice_has_one_type() {
    let (path, _) = one(r#""deceasedBoolean":true,"deceasedDateTime":"2020""#);
    assert_eq!(path, "Patient.deceasedDateTime");
    assert_eq!(
        one(r#""deceasedBoolean":true,"_deceasedDateTime":{"id":"x"}"#).0,
        "Patient._deceasedDateTime"
    );
    good(r#""deceasedBoolean":true,"_deceasedBoolean":{"id":"x"}"#);
    let found = issues(
        r#"{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueMoney":{"value":1}}"#,
    );
    assert_eq!(found[0].0, "Observation.valueMoney");
}

#[test]
fn required_codes_are_looked_up() {
    let (path, words) = one(r#""gender":"Male""#);
    assert_eq!(path, "Patient.gender");
    assert_eq!(words, "must be one of female, male, other, unknown");
    let condition = |status: &str| {
        issues(&format!(
            r#"{{"resourceType":"Condition","subject":{{"display":"x"}},"clinicalStatus":{status}}}"#
        ))
    };
    let system = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    assert!(
        condition(&format!(r#"{{"coding":[{{"system":"{system}","code":"active"}}]}}"#)).is_empty()
    );
    assert!(
        condition(&format!(
            r#"{{"coding":[{{"code":"x"}},{{"system":"{system}","code":"active"}}]}}"#
        ))
        .is_empty()
    );
    assert_eq!(
        condition(r#"{"coding":[{"system":"http://x","code":"active"}]}"#)[0].0,
        "Condition.clinicalStatus"
    );
    good(r#""photo":[{"contentType":"image/x-anything"}]"#);
}

#[test]
fn extensions_have_a_value_or_extensions() {
    good(r#""extension":[{"url":"http://x","extension":[{"url":"y","valueString":"z"}]}]"#);
    good(r#""extension":[{"url":"http://x","_valueString":{"id":"z"}}]"#);
    assert_eq!(one(r#""extension":[{"url":"http://x"}]"#).0, "Patient.extension[0]");
    assert_eq!(one(r#""extension":[{"url":"http://x","valueCode":"a","extension":[{"url":"y","valueString":"z"}]}]"#).0, "Patient.extension[0]");
    assert_eq!(one(r#""extension":[{"valueCode":"a"}]"#).0, "Patient.extension[0].url");
    assert_eq!(
        one(r#""extension":[{"url":"http://x","valueFoo":"a"}]"#).0,
        "Patient.extension[0].valueFoo"
    );
}

#[test]
fn resources_in_resources_are_checked() {
    good(r#""contained":[{"resourceType":"Organization","id":"o"}]"#);
    assert_eq!(one(r#""contained":[{"id":"o"}]"#).0, "Patient.contained[0]");
    assert_eq!(
        one(r#""contained":[{"resourceType":"Organization","nam":"o"}]"#).0,
        "Patient.contained[0].nam"
    );
    assert_eq!(one(r#""contained":[{"resourceType":"Patient","contained":[{"resourceType":"Patient","id":"x"}]}]"#).0, "Patient.contained[0].contained[0]");
    let found = issues(
        r#"{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","contained":[{"resourceType":"Basic","code":{"text":"x"}}],"active":1}}]}"#,
    );
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, "Bundle.entry[0].resource.active");
    let found = issues(
        r#"{"resourceType":"Parameters","parameter":[{"name":"a","resource":{"resourceType":"Nothing"}}]}"#,
    );
    assert_eq!(found[0].0, "Parameters.parameter[0].resource");
}

#[test]
fn words_never_hold_values() {
    let secret = "Zzyzx";
    let text = format!(
        r#"{{"resourceType":"Patient","id":"{secret} ","gender":"{secret}","birthDate":"{secret}","name":"{secret}","active":"{secret}","multipleBirthInteger":1.5,"extension":[{{"url":"{secret} "}}],"{secret} x":1}}"#
    );
    let found = issues(&text);
    assert!(found.len() >= 7);
    assert!(found.iter().all(|(path, words)| !path.contains(secret) && !words.contains(secret)));
}

#[test]
fn issues_are_bounded() {
    let many = vec!["{}"; 500].join(",");
    assert_eq!(
        issues(&format!(r#"{{"resourceType":"Patient","name":[{many}]}}"#)).len(),
        MAX_ISSUES
    );
}

#[test]
fn syntax_alone_looks_at_type_and_id() {
    let syntax = |text: &str| check_with(&Document::parse(text.as_bytes()).unwrap(), Depth::Syntax);
    assert!(syntax(r#"{"resourceType":"Patient","nonsense":{}}"#).is_ok());
    assert!(syntax(r#"{"resourceType":"Patient","id":"a b"}"#).is_err());
    assert!(syntax(r#"{"resourceType":"Patient","id":7}"#).is_err());
}

#[test]
fn control_characters_are_refused_in_strings() {
    good(r#""name":[{"text":"a\tb\r\nc"}]"#);
    assert_eq!(one(r#""name":[{"text":"a\u0000"}]"#).0, "Patient.name[0].text");
}

const PRIMITIVES: [(&str, DataType); 20] = [
    ("base64_binary", DataType::Base64Binary),
    ("boolean", DataType::Boolean),
    ("canonical", DataType::Canonical),
    ("code", DataType::Code),
    ("date", DataType::Date),
    ("date_time", DataType::DateTime),
    ("decimal", DataType::Decimal),
    ("id", DataType::Id),
    ("instant", DataType::Instant),
    ("integer", DataType::Integer),
    ("markdown", DataType::Markdown),
    ("oid", DataType::Oid),
    ("positive_int", DataType::PositiveInt),
    ("string", DataType::String),
    ("time", DataType::Time),
    ("unsigned_int", DataType::UnsignedInt),
    ("uri", DataType::Uri),
    ("url", DataType::Url),
    ("uuid", DataType::Uuid),
    ("xhtml", DataType::Xhtml),
];

/// Whether the text is JSON and a value of that type. A null is none, yet stands in the lists of
/// valid ones, since it may stand in an array.
fn is_valid(data_type: DataType, text: &str) -> bool {
    let Ok(doc) = Document::parse(text.as_bytes()) else { return false };
    match doc.root().kind() {
        Kind::Null => data_type != DataType::Xhtml,
        // Empty XHTML is in the list of valid ones; the JSON format's ban on empty strings is
        // not the primitive's.
        Kind::String if data_type == DataType::Xhtml && text == "\"\"" => {
            primitive::is_well_formed(data_type, "")
        }
        _ => primitive::fault(data_type, doc.root()).is_none(),
    }
}

#[test]
fn published_lists_of_valid_and_invalid_primitives_are_honoured() {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/r4-examples/primitives-valid-invalid"
    );
    if !std::path::Path::new(folder).exists() {
        eprintln!("skipped: the lists are not beside this repository");
        return;
    }
    for (name, data_type) in PRIMITIVES {
        for (list, expected) in [("valid", true), ("invalid", false)] {
            let text = std::fs::read_to_string(format!("{folder}/{name}.{list}.ndjson")).unwrap();
            for line in text.lines().filter(|line| !line.is_empty()) {
                assert_eq!(is_valid(data_type, line), expected, "{name} {list}: {line}");
            }
        }
    }
    for (list, expected) in [("valid", true), ("invalid", false)] {
        let text = std::fs::read_to_string(format!("{folder}/reference.{list}.ndjson")).unwrap();
        for line in text.lines().filter(|line| !line.is_empty()) {
            let found = issues(&format!(
                r#"{{"resourceType":"Basic","code":{{"text":"x"}},"subject":{line}}}"#
            ));
            assert_eq!(found.is_empty(), expected, "{line}: {found:?}");
        }
    }
}

#[test]
fn formats_are_exact() {
    let cases = [
        (DataType::Uri, "a b", false),
        (DataType::Code, "a  b", false),
        (DataType::Base64Binary, "QUJD\nREVG", true),
        (DataType::Base64Binary, "QQ==", true),
        (DataType::Base64Binary, "QQ=A", false),
        (DataType::Base64Binary, "QQ", false),
        (DataType::Oid, "urn:oid:3.1", false),
        (DataType::Oid, "urn:oid:1.02", false),
        (DataType::Oid, "urn:oid:2.16.840", true),
        (DataType::Date, "2020-01-01T00:00:00Z", false),
        (DataType::DateTime, "2020-01-01T00:00Z", false),
        (DataType::Instant, "2020-01-01T00:00:00+01:00", true),
        (DataType::Xhtml, "<p>x</p>", false),
        (DataType::Xhtml, "<div xmlns=\"x\">y</div>", true),
        (DataType::Xhtml, "<divx>y</div>", false),
    ];
    for (data_type, text, expected) in cases {
        assert_eq!(primitive::is_well_formed(data_type, text), expected, "{data_type} {text}");
    }
    let integers = [
        (DataType::Integer, "2147483647", true),
        (DataType::Integer, "2147483648", false),
        (DataType::Integer, "-2147483648", true),
        (DataType::Integer, "1e3", false),
        (DataType::PositiveInt, "0", false),
        (DataType::Decimal, "-1.50e-7", true),
    ];
    for (data_type, text, expected) in integers {
        assert_eq!(is_valid(data_type, text), expected, "{data_type} {text}");
    }
}
