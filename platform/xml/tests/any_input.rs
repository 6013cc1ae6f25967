//! Whatever text comes, nothing panics, and what is taken goes back.

use proptest::prelude::*;
use tarn_fhir::json::Document;
use tarn_xml::{Layout, to_json, to_xml};

const PIECES: [&str; 40] = [
    "<Patient xmlns=\"http://hl7.org/fhir\">",
    "<Patient xmlns=\"http://hl7.org/fhir\">",
    "</Patient>",
    "<Bundle xmlns='http://hl7.org/fhir'>",
    "</Bundle>",
    "<entry>",
    "</entry>",
    "<resource>",
    "</resource>",
    "<contained>",
    "</contained>",
    "<name>",
    "<name id='a'>",
    "</name>",
    "<given value='b'/>",
    "<given id='b'>",
    "</given>",
    "<extension url='http://e'>",
    "</extension>",
    "<valueDecimal value='1.50'/>",
    "<text>",
    "</text>",
    "<status value='empty'/>",
    "<div xmlns='http://www.w3.org/1999/xhtml'>",
    "</div>",
    "<div>",
    "<f:id xmlns:f='http://hl7.org/fhir' value='x'/>",
    "<active value='true'/>",
    "&amp;",
    "&nbsp;",
    "&#0;",
    "<!-- -->",
    "<![CDATA[",
    "]]>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE x>",
    "é\u{1f600}",
    " \r\n",
    "<",
    "'\"/>",
];

fn text() -> impl Strategy<Value = String> {
    let soup = prop::collection::vec(prop::sample::select(&PIECES[..]), 0..14);
    let inside = soup.clone().prop_map(|pieces| {
        format!("<Patient xmlns=\"http://hl7.org/fhir\">{}</Patient>", pieces.concat())
    });
    prop_oneof![soup.prop_map(|pieces| pieces.concat()), inside, any::<String>()]
}

/// Members of an object may have changed places.
fn members(json: &[u8]) -> serde_json::Value {
    serde_json::from_slice(json).expect("JSON")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics_and_what_is_taken_goes_back(text in text()) {
        match to_json(text.as_bytes()) {
            Err(error) => prop_assert!(error.line >= 1 && error.column >= 1),
            Ok(json) => {
                prop_assert!(Document::parse(&json).is_ok());
                let xml = to_xml(&json, Layout::Compact).expect("what came from XML");
                let back = to_json(&xml).expect("what we wrote");
                prop_assert_eq!(members(&back), members(&json));
            }
        }
        let _ = to_xml(text.as_bytes(), Layout::Pretty);
    }

    #[test]
    fn a_narrative_cannot_break_out(inside in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..8)) {
        let div = serde_json::to_string(&inside.concat()).expect("a string");
        let json = format!(r#"{{"resourceType":"Patient","text":{{"status":"empty","div":{div}}}}}"#);
        if let Ok(xml) = to_xml(json.as_bytes(), Layout::Compact) {
            let back = to_json(&xml).expect("what we wrote");
            let back: serde_json::Value = serde_json::from_slice(&back).expect("JSON");
            prop_assert!(back.as_object().is_some_and(|members| members.len() == 2));
        }
    }
}
