//! Whatever JSON comes, nothing panics, and what is kept stays JSON.

use proptest::prelude::*;

use tarn_fhir::check::{MAX_ISSUES, check};
use tarn_fhir::json::Document;
use tarn_fhir::stored::{rewrite, store};
use tarn_fhir::view::{Part, pretty, subset};

const KEYS: [&str; 20] = [
    "resourceType",
    "id",
    "meta",
    "tag",
    "text",
    "div",
    "contained",
    "extension",
    "url",
    "name",
    "given",
    "_given",
    "valueReference",
    "reference",
    "subject",
    "code",
    "coding",
    "_status",
    "versionId",
    "x y",
];
const TEXTS: [&str; 10] = [
    "Patient",
    "Observation",
    "Bundle",
    "final",
    "#",
    "2020",
    "<a href='",
    " src=\\\"é\\\" href=",
    "\\ud83d\\ude00",
    "",
];

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(&["null", "true", "0", "-1.50", "1e9"][..]).prop_map(str::to_owned),
        prop::sample::select(&TEXTS[..]).prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(5, 48, 5, |inner| {
        let keys = prop::sample::subsequence(&KEYS[..], 0..6);
        let object = (keys, prop::collection::vec(inner.clone(), 6)).prop_map(|(keys, values)| {
            let members = keys.iter().zip(values).map(|(key, value)| format!("\"{key}\": {value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        });
        let array = prop::collection::vec(inner, 0..3).prop_map(|i| format!("[{}]", i.join(" ,")));
        prop_oneof![3 => object, 1 => array]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_panics_and_what_is_kept_is_json(text in json()) {
        let doc = Document::parse(text.as_bytes()).expect("the generator makes JSON");
        if let Err(issues) = check(&doc) {
            prop_assert!((1..=MAX_ISSUES).contains(&issues.len()));
        }
        let stored = store(&doc, "a");
        prop_assert!(Document::parse(&stored.body).is_ok());
        let linked = rewrite(&doc, "a", &mut |link| (link.len() > 1).then(|| "\"'<".to_owned()));
        prop_assert!(Document::parse(&linked.body).is_ok());
        prop_assert_eq!(stored, rewrite(&doc, "a", &mut |_| None));
        for part in [Part::Summary, Part::Text, Part::Data, Part::of_elements("name,code")] {
            let (mut out, mut shown) = (Vec::new(), Vec::new());
            subset(&doc, &part, &mut out);
            prop_assert!(Document::parse(&out).is_ok());
            pretty(&out, &mut shown);
            prop_assert!(Document::parse(&shown).is_ok());
        }
    }
}
