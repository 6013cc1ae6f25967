//! What views leave and what they leave out.

use super::*;
use crate::json::Document;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","meta":{"profile":["http://p"],"tag":[{"code":"x"}]},"text":{"status":"generated","div":"<div>x</div>"},"extension":[{"url":"http://e","valueDecimal":1.50}],"active":true,"name":[{"id":"n","family":"Tarn","given":["A",null],"_given":[null,{"id":"g"}],"period":{"start":"2020"}}],"contact":[{"name":{"text":"c"}}],"photo":[{"contentType":"image/png","data":"AAAA","title":"t"}],"deceasedBoolean":false,"link":[{"other":{"reference":"Patient/q"},"type":"seealso"}]}"#;
const TAG: &str =
    r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

fn part(text: &str, part: &Part) -> String {
    let doc = Document::parse(text.as_bytes()).unwrap();
    let mut out = Vec::new();
    subset(&doc, part, &mut out);
    Document::parse(&out).unwrap();
    String::from_utf8(out).unwrap().replace(TAG, "TAG")
}

#[test]
fn a_summary_has_the_summary_elements_at_every_level() {
    let expected = r#"{"resourceType":"Patient","id":"p","meta":{"profile":["http://p"],"tag":[{"code":"x"},TAG]},"active":true,"name":[{"family":"Tarn","given":["A",null],"_given":[null,{"id":"g"}],"period":{"start":"2020"}}],"deceasedBoolean":false,"link":[{"other":{"reference":"Patient/q"},"type":"seealso"}]}"#;
    assert_eq!(part(PATIENT, &Part::Summary), expected);
}

#[test]
fn a_text_view_has_the_narrative_and_what_must_be_there() {
    let expected = r#"{"resourceType":"Patient","id":"p","meta":{"profile":["http://p"],"tag":[{"code":"x"},TAG]},"text":{"status":"generated","div":"<div>x</div>"}}"#;
    assert_eq!(part(PATIENT, &Part::Text), expected);
    let observation =
        r#"{"resourceType":"Observation","status":"final","code":{"text":"c"},"valueInteger":1}"#;
    let expected = r#"{"resourceType":"Observation","status":"final","code":{"text":"c"},"meta":{"tag":[TAG]}}"#;
    assert_eq!(part(observation, &Part::Text), expected);
}

#[test]
fn a_data_view_lacks_only_the_narrative() {
    let data = part(PATIENT, &Part::Data);
    assert!(!data.contains("<div>") && data.contains("1.50") && data.contains("TAG"));
    assert!(data.contains("AAAA") && data.contains(r#""_given":[null,{"id":"g"}]"#));
}

#[test]
fn elements_are_named_as_in_fhirpath() {
    let observation = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"valueQuantity":{"value":1.0},"note":[{"text":"n"}],"modifierExtension":[{"url":"u","valueString":"s"}]}"#;
    let expected = r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"c"},"valueQuantity":{"value":1.0},"modifierExtension":[{"url":"u","valueString":"s"}],"meta":{"tag":[TAG]}}"#;
    assert_eq!(part(observation, &Part::of_elements(" value ,id")), expected);
}

#[test]
fn a_view_of_a_view_is_tagged_once() {
    let once = part(PATIENT, &Part::Data).replace("TAG", TAG);
    assert_eq!(part(&once, &Part::Data).matches("TAG").count(), 1);
}

#[test]
fn values_of_summary_are_known() {
    assert_eq!(Part::of_summary("true"), Some(Some(Part::Summary)));
    assert_eq!(Part::of_summary("count"), Some(None));
    assert_eq!(Part::of_summary("yes"), None);
}

#[test]
fn pretty_printing_keeps_every_token() {
    let mut out = Vec::new();
    pretty(br#"{"a":[1.50,"x, \"y\": {"],"b":{},"c":[ ],"d":{"e":null}}"#, &mut out);
    let expected = "{\n  \"a\": [\n    1.50,\n    \"x, \\\"y\\\": {\"\n  ],\n  \"b\": {},\n  \"c\": [],\n  \"d\": {\n    \"e\": null\n  }\n}\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}
