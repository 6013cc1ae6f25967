use serde_json::Value as Oracle;

use super::*;

fn as_oracle(value: Value<'_>) -> Oracle {
    match value.kind() {
        Kind::Object => value.members().map(|(k, v)| (k.into_owned(), as_oracle(v))).collect(),
        Kind::Array => Oracle::Array(value.items().map(as_oracle).collect()),
        Kind::String => Oracle::String(value.as_str().unwrap_or_default().into_owned()),
        _ => serde_json::from_str(value.raw()).expect("a scalar"),
    }
}

#[test]
fn a_document_reads_as_serde_reads_it() {
    let text = r#" {"a":[1, -0.50,1e3,true,false,null,"x\n\u00e9\ud83d\ude00\/"], "b":{}, "c":[] ,"d":{"e":{"f":"é"}}} "#;
    let document = Document::parse(text.as_bytes()).expect("JSON");
    assert_eq!(as_oracle(document.root()), serde_json::from_str::<Oracle>(text).expect("JSON"));
    let numbers: Vec<_> = document
        .root()
        .get("a")
        .into_iter()
        .flat_map(Value::items)
        .filter_map(Value::number)
        .collect();
    assert_eq!(numbers, ["1", "-0.50", "1e3"]);
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, path, message) in [
        (r#"{"a":1,"a":2}"#, "a", "this key stands twice in its object"),
        (r#"{"name":[{"given":["x",}]}"#, "name[0].given[1]", "here a value must stand"),
        ("{\"a\":\"b\u{1}\"}", "a", "a control character stands in a string"),
        (r#"{"a":01}"#, "a", "a number has no leading zero and one point at most"),
        (r#"{"a":1}}"#, "", "the text goes on behind its end"),
        (r#"{"a":"\ud800"}"#, "a", "a high surrogate stands without its low one"),
        (r#"{"a":[1,2"#, "a[2]", "the text ends too early"),
        ("", "", "the text ends too early"),
        (r#"{"a":+1}"#, "a", "here a value must stand"),
        (r#"{"a" 1}"#, "a", "`:` must stand here"),
        (r#"{a:1}"#, "", "a key in double quotes must stand here"),
        (r#"{"a":1,}"#, "a", "a key in double quotes must stand here"),
        (r#"{"a":nul}"#, "a", "here a value must stand"),
    ] {
        let error = Document::parse(text.as_bytes()).expect_err(text);
        assert_eq!((error.path.as_str(), error.message), (path, message), "{text}");
        assert!(
            serde_json::from_str::<Oracle>(text).is_err() || text.contains("\"a\":2"),
            "{text}"
        );
    }
    let bad = Document::parse(b"{\"a\":\"\xff\"}").expect_err("no UTF-8");
    assert_eq!((bad.offset, bad.line, bad.column), (6, 1, 7));
}

#[test]
fn nesting_is_bounded() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(Document::parse(deep(MAX_DEPTH).as_bytes()).is_ok());
    assert!(Document::parse(deep(MAX_DEPTH + 1).as_bytes()).is_err());
    assert!(Document::parse("[".repeat(1_000_000).as_bytes()).is_err());
}

#[test]
fn many_keys_and_escaped_keys_are_compared_too() {
    let many: Vec<String> = (0..100).map(|i| format!("\"k{i}\":{i}")).collect();
    assert!(Document::parse(format!("{{{}}}", many.join(",")).as_bytes()).is_ok());
    assert!(Document::parse(format!("{{{},\"k7\":0}}", many.join(",")).as_bytes()).is_err());
    assert!(Document::parse(br#"{"a":1,"\u0061":2}"#).is_err());
}

proptest::proptest! {
    /// Any bytes: no panic, and never accepted where serde_json refuses.
    #[test]
    fn any_text_is_judged_as_serde_judges_it(text in r#"[\[\]{}",:0-9a-z\\ .eE+-]{0,24}"#) {
        let ours = Document::parse(text.as_bytes());
        let theirs = serde_json::from_str::<Oracle>(&text);
        match (ours, theirs) {
            (Ok(document), Ok(oracle)) => proptest::prop_assert_eq!(as_oracle(document.root()), oracle),
            (Ok(_), Err(e)) => proptest::prop_assert!(e.to_string().contains("out of range"), "{}", text),
            (Err(e), Ok(_)) => proptest::prop_assert!(e.message.contains("twice"), "{}", text),
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn what_is_escaped_reads_back(text in "\\PC{0,20}[\u{0}-\u{1f}\"\\\\]{0,4}") {
        let mut out = Vec::new();
        escape_into(&text, &mut out);
        let document = Document::parse(&out).expect("JSON");
        proptest::prop_assert_eq!(document.root().as_str().expect("a string"), text);
    }
}
