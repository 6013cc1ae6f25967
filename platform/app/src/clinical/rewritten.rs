//! A resource's text with one of its members replaced; every other byte stays.

use tarn_fhir::json::{Value, escape_into};

/// The object's text with the member `key` set to `json`, or taken out where that is none.
pub(super) fn with_member(root: Value<'_>, key: &str, json: Option<&str>) -> Vec<u8> {
    let mut out = vec![b'{'];
    let mut push = |key: &str, json: &str| {
        if out.len() > 1 {
            out.push(b',');
        }
        escape_into(key, &mut out);
        out.push(b':');
        out.extend_from_slice(json.as_bytes());
    };
    let mut left = json;
    for (name, value) in root.members() {
        if name != key {
            push(&name, value.raw());
        } else if let Some(json) = left.take() {
            push(key, json);
        }
    }
    if let Some(json) = left {
        push(key, json);
    }
    out.push(b'}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::draft::parse;

    #[test]
    fn a_member_is_set_replaced_and_taken_out() {
        let set = |text: &str, json| {
            let document = parse(text.as_bytes()).unwrap();
            String::from_utf8(with_member(document.root(), "b", json)).unwrap()
        };
        assert_eq!(set(r#"{"a":1.50,"b":2,"c":3}"#, Some("[]")), r#"{"a":1.50,"b":[],"c":3}"#);
        assert_eq!(set(r#"{"a":1}"#, Some("2")), r#"{"a":1,"b":2}"#);
        assert_eq!(set(r#"{"b":2,"a":1}"#, None), r#"{"a":1}"#);
        assert_eq!(set("{}", Some("2")), r#"{"b":2}"#);
    }
}
