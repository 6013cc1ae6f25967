//! What is kept is what was sent.

use proptest::prelude::*;

use super::*;

fn kept(text: &str, id: &str) -> (String, u32) {
    let doc = Document::parse(text.as_bytes()).unwrap();
    let stored = store(&doc, id);
    Document::parse(&stored.body).unwrap();
    (String::from_utf8(stored.body).unwrap(), stored.splice)
}

fn rendered(text: &str, id: &str) -> String {
    let (body, splice) = kept(text, id);
    let mut out = Vec::new();
    render(body.as_bytes(), splice, 3, Timestamp::from_micros(0), &mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn head_and_meta_come_first_and_the_rest_in_the_clients_order() {
    let text = r#" { "name" : [ { "family" : "a  b" } ] , "meta" : { "versionId" : "9", "tag" : [ ] ,
        "lastUpdated":"2020", "source":"s" }, "id":"old", "resourceType":"Patient", "active":true } "#;
    let (body, splice) = kept(text, "new");
    let expected = r#"{"resourceType":"Patient","id":"new","meta":{"tag":[],"source":"s"},"name":[{"family":"a  b"}],"active":true}"#;
    assert_eq!(body, expected);
    assert!(body[..splice as usize].ends_with(r#""meta":{"#));
}

#[test]
fn version_and_time_are_put_in() {
    let text = r#"{"resourceType":"Patient"}"#;
    let expected = r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"3","lastUpdated":"1970-01-01T00:00:00.000Z"}}"#;
    assert_eq!(rendered(text, "p"), expected);
    let text = r#"{"resourceType":"Patient","meta":{"source":"s"}}"#;
    let expected = r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"3","lastUpdated":"1970-01-01T00:00:00.000Z","source":"s"}}"#;
    assert_eq!(rendered(text, "p"), expected);
}

#[test]
fn numbers_and_unknown_extensions_keep_their_text() {
    let text = r#"{"resourceType":"Basic","id":"b","extension":[{"url":"http://x","valueDecimal":1.50},{"url":"y","valueDecimal":1e3},{"url":"z","valueDecimal":-0.10},{"url":"w","valueDecimal":12345678901234567890.123456789012345678901},{"url":"\u00e9\/","valueString":"\u0041 \" \\ \t"}]}"#;
    let (body, _) = kept(text, "b");
    for exact in ["1.50", "1e3", "-0.10", "12345678901234567890.123456789012345678901"] {
        assert!(body.contains(&format!(":{exact}}}")), "{exact}");
    }
    assert!(body.contains(r#""\u00e9\/","valueString":"\u0041 \" \\ \t""#));
}

#[test]
fn storing_appends() {
    let doc = Document::parse(br#"{"resourceType":"Patient"}"#).unwrap();
    let mut out = b"before".to_vec();
    let splice = store_into(&doc, "p", &mut out) as usize;
    assert!(out["before".len()..][..splice].ends_with(b"\"meta\":{"));
}

#[test]
fn links_are_replaced_where_r4_says() {
    let text = r##"{"resourceType":"Observation","text":{"status":"generated","div":"<div><a href=\"urn:uuid:1\">urn:uuid:1</a><img alt='x' src = 'urn:uuid:1'/></div>"},"contained":[{"resourceType":"Basic","subject":{"reference":"urn:uuid:1"}}],"extension":[{"url":"urn:uuid:1","valueUri":"urn:uuid:1","_valueUri":{"extension":[{"url":"u","valueReference":{"reference":"urn:uuid:1"}}]}},{"url":"v","valueString":"urn:uuid:1"}],"subject":{"reference" : "urn:uuid:1","display":"urn:uuid:1","identifier":{"system":"urn:uuid:1","value":"urn:uuid:1"}},"valueString":"urn:uuid:1","instantiatesCanonical":"urn:uuid:2"}"##;
    let doc = Document::parse(text.as_bytes()).unwrap();
    let mut asked = Vec::new();
    let stored = rewrite(&doc, "o", &mut |link| {
        asked.push(link.to_owned());
        (link == "urn:uuid:1").then(|| "Patient/\"1".to_owned())
    });
    let body = String::from_utf8(stored.body).unwrap();
    Document::parse(body.as_bytes()).unwrap();
    let n = "Patient/\\\"1";
    let expected = format!(
        r##"{{"resourceType":"Observation","id":"o","meta":{{}},"text":{{"status":"generated","div":"<div><a href=\"Patient/&quot;1\">urn:uuid:1</a><img alt='x' src = 'Patient/&quot;1'/></div>"}},"contained":[{{"resourceType":"Basic","subject":{{"reference":"{n}"}}}}],"extension":[{{"url":"{n}","valueUri":"{n}","_valueUri":{{"extension":[{{"url":"u","valueReference":{{"reference":"{n}"}}}}]}}}},{{"url":"v","valueString":"urn:uuid:1"}}],"subject":{{"reference":"{n}","display":"urn:uuid:1","identifier":{{"system":"{n}","value":"urn:uuid:1"}}}},"valueString":"urn:uuid:1","instantiatesCanonical":"urn:uuid:2"}}"##
    );
    assert_eq!(body, expected);
    assert!(asked.contains(&"v".to_owned()));
}

/// Any JSON value as text, with white space and odd but valid spellings.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just(" true ".to_owned()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
        "\"([ -!#-\\[\\]-~é]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-f]{2}){0,12}\"",
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = "[a-z{}:, ]{1,6}";
        let object = prop::collection::btree_map(key, inner.clone(), 0..4).prop_map(|members| {
            let members = members.into_iter().map(|(key, value)| format!(" \"{key}\" : {value}"));
            format!("{{{} }}", members.collect::<Vec<_>>().join(" ,\n"))
        });
        let array = prop::collection::vec(inner, 0..4).prop_map(|i| format!("[\t{}]", i.join(",")));
        prop_oneof![object, array]
    })
}

/// The value's tokens: equal for equal JSON whose members come in the same order.
fn tokens(value: crate::json::Value<'_>) -> String {
    match value.kind() {
        Kind::Object => {
            let members = value.members().map(|(key, value)| format!("{key:?}:{}", tokens(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Kind::Array => format!("[{}]", value.items().map(tokens).collect::<Vec<_>>().join(",")),
        _ => value.raw().to_owned(),
    }
}

proptest! {
    #[test]
    fn what_is_read_equals_what_was_sent(
        members in prop::collection::btree_map("x[a-z]{1,8}", json(), 0..6),
        meta in prop::collection::btree_map("x[a-z]{1,8}", json(), 0..4),
        has_meta: bool,
    ) {
        let show = |members: &std::collections::BTreeMap<String, String>| {
            let members = members.iter().map(|(key, value)| format!(", \"{key}\": {value}"));
            members.collect::<String>()
        };
        let meta = if has_meta { format!(", \"meta\": {{ \"versionId\": \"1\"{} }}", show(&meta)) } else { String::new() };
        let sent = format!("{{ \"id\": \"b\", \"resourceType\": \"Basic\"{meta}{} }}", show(&members));
        let read = rendered(&sent, "b");
        let (sent, read) = (Document::parse(sent.as_bytes()).unwrap(), Document::parse(read.as_bytes()).unwrap());
        for (key, value) in sent.root().members().filter(|(key, _)| key != "meta") {
            prop_assert_eq!(tokens(read.root().get(&key).unwrap()), tokens(value));
        }
        let own = |key: &str| key == "versionId" || key == "lastUpdated";
        let meta = read.root().get("meta").unwrap();
        prop_assert_eq!(meta.get("versionId").unwrap().raw(), "\"3\"");
        let sent_meta: Vec<_> = sent.root().get("meta").into_iter().flat_map(|m| m.members()).filter(|(k, _)| !own(k)).map(|(k, v)| (k, tokens(v))).collect();
        let read_meta: Vec<_> = meta.members().filter(|(k, _)| !own(k)).map(|(k, v)| (k, tokens(v))).collect();
        prop_assert_eq!(sent_meta, read_meta);
        let count = sent.root().members().count() + usize::from(!has_meta);
        prop_assert_eq!(read.root().members().count(), count);
    }
}
