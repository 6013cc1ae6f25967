//! The parameters of an operation: of a query, or of a Parameters resource, as names and texts.

use tarn_domain::{Issue, IssueCode, Kind, Problem};
use tarn_fhir::json::{Document, Value};

use crate::clinical::parameters::Parameters;

/// Names and texts in the caller's order.
#[derive(Clone, Default)]
pub struct Given(Vec<(String, String)>);

impl std::fmt::Debug for Given {
    /// Prints names only: values may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// So many are read at most.
const MOST: usize = 10_000;

impl Given {
    /// Of a query.
    pub fn query(parameters: &Parameters) -> Self {
        Self(parameters.pairs().to_vec())
    }

    /// Of a Parameters resource, behind those of the query. A reference gives what it refers to.
    ///
    /// # Errors
    /// Invalid where it is no Parameters, or a parameter has no simple value.
    pub fn body(query: &Parameters, body: &[u8]) -> Result<Self, Problem> {
        let mut given = Self::query(query);
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(given);
        }
        let document = Document::parse(body).map_err(|_| invalid("The body is no JSON."))?;
        let root = document.root();
        if root.get("resourceType").and_then(Value::as_str).as_deref() != Some("Parameters") {
            return Err(invalid("The body must be a Parameters resource."));
        }
        for (at, parameter) in root.get("parameter").into_iter().flat_map(Value::items).enumerate()
        {
            let place = || format!("Parameters.parameter[{at}]");
            let name = parameter.get("name").and_then(Value::as_str);
            let name = name.ok_or_else(|| invalid_at("A parameter needs a name.", place()))?;
            let value = text(parameter)
                .ok_or_else(|| invalid_at("A parameter needs a simple value.", place()))?;
            given.0.push((name.into_owned(), value));
            if given.0.len() > MOST {
                return Err(invalid("Too many parameters: at most 10000 are taken."));
            }
        }
        Ok(given)
    }

    /// The first text of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every parameter, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// The value of a parameter as text.
fn text(parameter: Value<'_>) -> Option<String> {
    let (_, value) = parameter.members().find(|(key, _)| key.starts_with("value"))?;
    if let Some(text) = value.as_str() {
        return Some(text.into_owned());
    }
    if let Some(reference) = value.get("reference").and_then(Value::as_str) {
        return Some(reference.into_owned());
    }
    value.as_bool().map(|b| b.to_string()).or_else(|| value.number().map(str::to_owned))
}

fn invalid(words: &str) -> Problem {
    Problem::new(Kind::Invalid, "bad-parameters", words)
}

fn invalid_at(words: &str, place: String) -> Problem {
    let issue = Issue::error(IssueCode::Value, words.to_owned()).at(place);
    Problem::with_issues(Kind::Invalid, "bad-parameters", vec![issue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_query_and_body_come_as_one_list() {
        let query = Parameters::parse("_type=Patient").unwrap();
        let body = br#"{"resourceType":"Parameters","parameter":[
            {"name":"patient","valueReference":{"reference":"Patient/1"}},
            {"name":"_since","valueInstant":"2026-01-01T00:00:00Z"},
            {"name":"flag","valueBoolean":true}]}"#;
        let given = Given::body(&query, body).unwrap();
        let all: Vec<_> = given.iter().collect();
        let since = ("_since", "2026-01-01T00:00:00Z");
        let patient = ("patient", "Patient/1");
        assert_eq!(all, [("_type", "Patient"), patient, since, ("flag", "true")]);
        assert_eq!(Given::body(&query, b" ").unwrap().iter().count(), 1);
    }

    #[test]
    fn what_is_no_parameters_is_refused() {
        let query = Parameters::default();
        for body in [
            &b"{"[..],
            br#"{"resourceType":"Patient"}"#,
            br#"{"resourceType":"Parameters","parameter":[{"valueString":"x"}]}"#,
            br#"{"resourceType":"Parameters","parameter":[{"name":"x","valueReference":{}}]}"#,
        ] {
            assert_eq!(Given::body(&query, body).unwrap_err().kind, Kind::Invalid);
        }
    }
}
