//! What becomes of elements, and what is refused.

use super::*;

fn json(inside: &str) -> String {
    let xml = format!("<Patient xmlns=\"http://hl7.org/fhir\">{inside}</Patient>");
    String::from_utf8(to_json(xml.as_bytes()).unwrap()).unwrap()
}

fn xml(json: &str) -> String {
    let out = String::from_utf8(to_xml(json.as_bytes(), Layout::Compact).unwrap()).unwrap();
    out.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").unwrap().to_owned()
}

fn refused(text: &str) -> String {
    to_json(text.as_bytes()).unwrap_err().to_string()
}

fn refused_inside(inside: &str) -> String {
    refused(&format!("<Patient xmlns=\"http://hl7.org/fhir\">{inside}</Patient>"))
}

fn cannot_tell(json: &str) -> String {
    to_xml(json.as_bytes(), Layout::Compact).unwrap_err().to_string()
}

#[test]
fn every_form_of_an_element_goes_both_ways() {
    let cases = [
        (r#"<id value="p"/><active value="true"/>"#, r#""id":"p","active":true"#),
        (
            r#"<name id="n"><family value="A &amp; B"/><given value="C"/><given id="g"/></name>"#,
            r#""name":[{"id":"n","family":"A & B","given":["C",null],"_given":[null,{"id":"g"}]}]"#,
        ),
        (
            r#"<extension url="http://e"><valueDecimal value="1.50"/></extension>"#,
            r#""extension":[{"url":"http://e","valueDecimal":1.50}]"#,
        ),
        (
            r#"<birthDate id="b" value="1970"><extension url="http://e"><valueString value="x"/></extension></birthDate>"#,
            r#""birthDate":"1970","_birthDate":{"id":"b","extension":[{"url":"http://e","valueString":"x"}]}"#,
        ),
        (
            r#"<contained><Organization><id value="o"/></Organization></contained>"#,
            r#""contained":[{"resourceType":"Organization","id":"o"}]"#,
        ),
        (
            r#"<text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p class="x">a &lt; b<br/> <!-- c --></p></div></text>"#,
            r#""text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class=\"x\">a &lt; b<br/> <!-- c --></p></div>"}"#,
        ),
        (
            r#"<name><text value="a&#10;b &quot;c&quot;&#9;d&#13;"/></name>"#,
            r#""name":[{"text":"a\nb \"c\"\td\r"}]"#,
        ),
        (r#"<photo><url value="http://u"/></photo>"#, r#""photo":[{"url":"http://u"}]"#),
    ];
    for (inside, members) in cases {
        let text = format!(r#"{{"resourceType":"Patient",{members}}}"#);
        assert_eq!(json(inside), text);
        let whole = format!(r#"<Patient xmlns="http://hl7.org/fhir">{inside}</Patient>"#);
        assert_eq!(xml(&text), whole);
    }
}

#[test]
fn order_is_repaired() {
    let text = r#"{"resourceType":"Patient","birthDate":"1970","id":"p","name":[{"given":["B"],"family":"A"}]}"#;
    let expected = r#"<Patient xmlns="http://hl7.org/fhir"><id value="p"/><name><family value="A"/><given value="B"/></name><birthDate value="1970"/></Patient>"#;
    assert_eq!(xml(text), expected);
    let mixed = r#"<name><given value="B"/><family value="A"/><given value="C"/></name>"#;
    let expected = r#"{"resourceType":"Patient","name":[{"given":["B","C"],"family":"A"}]}"#;
    assert_eq!(json(mixed), expected);
}

#[test]
fn prefixes_declarations_and_comments_do_not_matter() {
    let text = "\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<!-- x -->\n<f:Patient xmlns:f='http://hl7.org/fhir' xmlns:h='http://www.w3.org/1999/xhtml' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='a b'>\n  <f:text><f:status value='empty'/><h:div><h:p class='x'>a</h:p></h:div></f:text>\n  <!-- y --><f:active value='false'/>\n</f:Patient>\n<!-- z -->";
    let expected = r#"{"resourceType":"Patient","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p class='x'>a</p></div>"},"active":false}"#;
    let out = to_json(text.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), expected);
    assert!(refused(&text.replace(" class=", " h:class=")).contains("nothing but XHTML"));
}

#[test]
fn pretty_xml_has_an_element_to_a_line() {
    let text = r#"{"resourceType":"Patient","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a</p></div>"},"name":[{"family":"A"}]}"#;
    let out = String::from_utf8(to_xml(text.as_bytes(), Layout::Pretty).unwrap()).unwrap();
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Patient xmlns=\"http://hl7.org/fhir\">\n  <text>\n    <status value=\"empty\"/>\n    <div xmlns=\"http://www.w3.org/1999/xhtml\"><p>a</p></div>\n  </text>\n  <name>\n    <family value=\"A\"/>\n  </name>\n</Patient>\n";
    assert_eq!(out, expected);
    assert_eq!(String::from_utf8(to_json(out.as_bytes()).unwrap()).unwrap(), text);
}

#[test]
fn entities_of_a_narrative_are_kept_in_json_and_numbered_in_xml() {
    let div = |inside: &str| {
        format!(
            r#"<text><status value="empty"/><div xmlns="http://www.w3.org/1999/xhtml">{inside}</div></text>"#
        )
    };
    let text = json(&div("a&nbsp;&copy;&amp;"));
    assert!(text.contains("a&nbsp;&copy;&amp;"));
    assert!(xml(&text).contains("a&#160;&#169;&amp;"));
    assert!(refused_inside(&div("&nope;")).contains("referred to"));
}

#[test]
fn what_is_not_safe_is_refused() {
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&b;\"/></Patient>";
    assert_eq!(refused(bomb), "a document type (DTD) is not taken at line 1, column 1");
    let file = "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><x>&a;</x>";
    assert!(refused(file).contains("DTD"));
    assert!(refused_inside("<id value=\"&b;\"/>").contains("referred to"));
    assert!(refused_inside("<?php x?>").contains("processing"));
    assert!(refused("<?xml version='1.0' encoding='UTF-16'?><Patient/>").contains("UTF-8"));
    let deep = "<contained>".repeat(300);
    assert!(refused_inside(&deep).contains("256 levels"));
    let nested = format!("{}{}", "<item>".repeat(60), "</item>".repeat(60));
    let nested = format!("<Questionnaire xmlns=\"http://hl7.org/fhir\">{nested}</Questionnaire>");
    assert!(refused(&nested).contains("64 levels"));
    let many: String = (0..70).map(|n| format!(" a{n}='x'")).collect();
    assert!(refused_inside(&format!("<id{many}/>")).contains("64 attributes"));
    let many: String = (0..70).map(|n| format!(" xmlns:a{n}='x'")).collect();
    assert!(refused_inside(&format!("<id{many}/>")).contains("64 namespaces"));
    assert!(refused_inside(&"<a/>".repeat(10_000)).contains("too many elements"));
    assert!(to_json(b"<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"\xff\"/>").is_err());
}

#[test]
fn what_is_not_well_formed_is_refused_with_its_place() {
    let text = "<Patient xmlns=\"http://hl7.org/fhir\">\n  <id value=\"p\">\n</Patient>";
    assert_eq!(
        refused(text),
        "this end tag is not that of the element that is open at line 3, column 1"
    );
    for bad in [
        "",
        "   ",
        "x",
        "<Patient",
        "<Patient xmlns=\"http://hl7.org/fhir\">",
        "<Patient xmlns=\"http://hl7.org/fhir\"/><Patient xmlns=\"http://hl7.org/fhir\"/>",
        "<Patient xmlns=\"http://hl7.org/fhir\"/>x",
        "</Patient>",
        " <?xml version='1.0'?><Patient xmlns=\"http://hl7.org/fhir\"/>",
    ] {
        to_json(bad.as_bytes()).unwrap_err();
    }
    for bad in [
        "x",
        "<id value=p/>",
        "<id value/>",
        "<id value='a<b'/>",
        "<id value='a' value='b'/>",
        "<id value='\u{1}'/>",
        "<id value='&#1;'/>",
        "<x:id value='a'/>",
        "<id/>",
        "<id value=''/>",
        "<!-- a -- b -->",
        "<![CDATA[x]]>",
        "&#32;",
        "<1d value='a'/>",
    ] {
        refused_inside(bad);
    }
}

#[test]
fn what_r4_does_not_define_is_refused_with_its_path() {
    assert_eq!(
        refused_inside("<name>\n<nick value='x'/></name>"),
        "HumanName has no such element at line 2, column 1, in `Patient.name[0].nick`"
    );
    let twice = "<birthDate value='1970'/><birthDate value='1971'/>";
    assert!(refused_inside(twice).contains("once only"));
    assert!(refused_inside("<name><id value='x'/></name>").contains("attribute, not an element"));
    assert!(refused_inside("<extension><url value='x'/></extension>").contains("attribute"));
    assert!(refused_inside("<name value='x'/>").contains("attributes of this element"));
    assert!(refused_inside("<active value='1'/>").contains("`true` or `false`"));
    assert!(refused_inside("<multipleBirthInteger value='+1'/>").contains("a number"));
    assert!(refused_inside("<contained/>").contains("empty"));
    let two = "<contained><Group/><Group/></contained>";
    assert!(refused_inside(two).contains("one resource"));
    assert!(refused_inside("<text><div value='x'/></text>").contains("XHTML's namespace"));
    let foreign = "<x xmlns='urn:x'/>";
    assert!(refused_inside(foreign).contains("FHIR's namespace"));
    assert!(refused("<Patient/>").contains("FHIR's namespace"));
    assert!(refused("<Nope xmlns='http://hl7.org/fhir'/>").contains("resource type"));
}

#[test]
fn what_xml_cannot_tell_is_refused_with_its_path() {
    let cases = [
        (r#"{"resourceType":"Patient","nick":1}"#, "`Patient.nick` is not defined"),
        (r#"{"resourceType":"Patient","active":"true"}"#, "`Patient.active` is not written"),
        (r#"{"resourceType":"Patient","name":{}}"#, "`Patient.name` must be an array"),
        (r#"{"resourceType":"Patient","name":[{"given":[null]}]}"#, "given[0]` must not be null"),
        (r#"{"resourceType":"Patient","id":"a\u0001"}"#, "a character that XML"),
        (r#"{"resourceType":"Nope"}"#, "not a resource"),
        (r#"{"resourceType":"Patient""#, "not JSON"),
        (
            r#"{"resourceType":"Patient","text":{"div":"<div></div></text><active value='true'/>"}}"#,
            "not well-formed XHTML",
        ),
        (
            r#"{"resourceType":"Patient","text":{"div":"<div></div><active value='true'/>"}}"#,
            "must be one `div`",
        ),
        (r#"{"resourceType":"Patient","text":{"div":"<div><p></div>"}}"#, "not well-formed XHTML"),
        (r#"{"resourceType":"Patient","text":{"div":"<!DOCTYPE x><div/>"}}"#, "DTD"),
        (r#"{"resourceType":"Patient","text":{"div":"hello"}}"#, "must be one `div`"),
    ];
    for (json, words) in cases {
        let said = cannot_tell(json);
        assert!(said.contains(words), "{json}: {said}");
    }
}
