//! The parameters of a query string or a form, in order, decoded.

use std::borrow::Cow;

use tarn_domain::{Issue, IssueCode, Kind, Problem};
use tarn_fhir::json::{Document, Value};

/// Names and values in the caller's order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(String, String)>);

impl std::fmt::Debug for Parameters {
    /// Prints names only: values may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl From<Vec<(String, String)>> for Parameters {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }
}

/// So many parameters are read at most.
const MOST: usize = 1_000;

impl Parameters {
    /// Reads `application/x-www-form-urlencoded` text, without its `?`.
    ///
    /// # Errors
    /// Invalid where it does not decode to UTF-8.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let mut pairs = Vec::new();
        for part in text.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((decode(name)?, decode(value)?));
            if pairs.len() > MOST {
                return Err(refuse("Too many parameters: at most 1000 are taken."));
            }
        }
        Ok(Self(pairs))
    }

    /// Reads a `Parameters` resource of primitive values: their text, whatever their type.
    ///
    /// # Errors
    /// Invalid where it is none.
    pub fn of_resource(text: &[u8]) -> Result<Self, Problem> {
        let document = Document::parse(text).map_err(|_| refuse("The body is no JSON."))?;
        let root = document.root();
        if root.get("resourceType").and_then(Value::as_str).as_deref() != Some("Parameters") {
            return Err(refuse("The body must be a Parameters resource."));
        }
        let mut pairs = Vec::new();
        for part in root.get("parameter").into_iter().flat_map(Value::items).take(MOST) {
            let name = part.get("name").and_then(Value::as_str);
            let value = part.members().find(|(name, _)| name.starts_with("value"));
            let (Some(name), Some((_, value))) = (name, value) else { continue };
            let text = value.as_str().map_or_else(|| value.raw().to_owned(), Cow::into_owned);
            pairs.push((name.into_owned(), text));
        }
        Ok(Self(pairs))
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every parameter, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// As pairs.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds those of another text behind these.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Adds one behind these.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Takes those of that name out.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// A whole number from a parameter, if it is there.
    ///
    /// # Errors
    /// Invalid where it is there and is none.
    pub fn number(&self, name: &str) -> Result<Option<u32>, Problem> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let words = || refuse_parameter(name, "takes a whole number");
        text.parse().map(Some).map_err(|_| words())
    }
}

/// A refusal of one parameter; its value is not repeated, since it may be a patient's.
pub fn refuse_parameter(name: &str, what: &str) -> Problem {
    let issue = Issue::error(IssueCode::Value, format!("The parameter `{name}` {what}."));
    Problem::with_issues(Kind::Invalid, "bad-parameter", vec![issue.at(format!("http.{name}"))])
}

fn decode(text: &str) -> Result<String, Problem> {
    if !text.contains(['%', '+']) {
        return Ok(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'+' => out.push(b' '),
            b'%' => {
                let pair = bytes.get(at..at + 2).and_then(hex_pair);
                out.push(pair.ok_or_else(|| refuse("`%` must be followed by two hex digits."))?);
                at += 2;
            }
            other => out.push(other),
        }
    }
    String::from_utf8(out).map_err(|_| refuse("Parameters must be UTF-8."))
}

/// Undoes `%xx` in a path, where `+` is itself.
///
/// # Errors
/// Invalid where it does not decode to UTF-8.
pub fn decode_path(text: &str) -> Result<std::borrow::Cow<'_, str>, Problem> {
    if !text.contains('%') {
        return Ok(text.into());
    }
    decode(&text.replace('+', "%2B")).map(Into::into)
}

fn hex_pair(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    Some((digit(pair[0])? * 16 + digit(pair[1])?) as u8)
}

fn refuse(words: &str) -> Problem {
    Problem::new(Kind::Invalid, "bad-query", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_decoded_in_order() {
        let parsed =
            Parameters::parse("name=a+b&code=http%3A%2F%2Fx%7C1&flag&&name=%C3%A9").unwrap();
        let pairs: Vec<_> = parsed.iter().collect();
        assert_eq!(pairs, [("name", "a b"), ("code", "http://x|1"), ("flag", ""), ("name", "é")]);
    }

    #[test]
    fn what_is_no_utf8_is_refused() {
        for text in ["a=%", "a=%f", "a=%zz", "a=%ff", "%C3=1"] {
            assert_eq!(Parameters::parse(text).unwrap_err().kind, Kind::Invalid, "{text}");
        }
    }

    #[test]
    fn a_path_keeps_its_plus() {
        assert_eq!(decode_path("a+b%24c").unwrap(), "a+b$c");
        assert_eq!(decode_path("Patient/1").unwrap(), "Patient/1");
    }

    #[test]
    fn a_refusal_and_a_debug_print_name_no_value() {
        let parsed = Parameters::parse("_count=Miller").unwrap();
        let problem = parsed.number("_count").unwrap_err();
        assert!(!format!("{problem:?} {parsed:?}").contains("Miller"));
    }
}
