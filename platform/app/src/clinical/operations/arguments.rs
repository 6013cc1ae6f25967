//! What an operation is called with: the pairs of a query, or a Parameters resource
//! (<https://hl7.org/fhir/R4/operations.html#executing>). Read in one place, so that every
//! operation refuses what it does not know in the same words.

use tarn_domain::{Issue, IssueCode, Kind, Problem};
use tarn_fhir::date::{self, Period};
use tarn_fhir::json::{Kind as JsonKind, Value};

use crate::clinical::draft;
use crate::clinical::parameters::Parameters;

/// So many arguments are read at most, parts included.
const MOST: usize = 1_000;
/// What shapes every answer: not for the operation.
const SHAPES: [&str; 4] = ["_format", "_pretty", "_summary", "_elements"];

/// What an operation is called with, in order.
#[derive(Clone, Default)]
pub struct Arguments(Vec<Argument>);

/// One argument.
#[derive(Clone)]
pub(super) struct Argument {
    pub(super) name: String,
    pub(super) given: Given,
}

/// What is given.
#[derive(Clone)]
pub(super) enum Given {
    /// A primitive, or the text of a query.
    Text(String),
    /// A value of a complex type: the type and its JSON.
    Json(String, String),
    /// A resource's JSON.
    Resource(String),
    /// More arguments, which no operation here takes.
    Parts,
}

impl std::fmt::Debug for Arguments {
    /// Prints names only: values may be a patient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|argument| &argument.name)).finish()
    }
}

impl From<&Parameters> for Arguments {
    fn from(query: &Parameters) -> Self {
        let given = query.iter().filter(|(name, _)| !SHAPES.contains(name));
        let argument = |(name, value): (&str, &str)| Argument {
            name: name.to_owned(),
            given: Given::Text(value.to_owned()),
        };
        Self(given.map(argument).collect())
    }
}

impl Arguments {
    /// Reads the arguments of a call: those of the URL, then those of the body, which must be
    /// Parameters where there is one.
    ///
    /// # Errors
    /// Invalid where the body is no such resource.
    pub fn read(query: &Parameters, body: &[u8]) -> Result<Self, Problem> {
        let mut all = Self::from(query);
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(all);
        }
        let document = draft::parse(body)?;
        let root = document.root();
        if root.get("resourceType").and_then(Value::as_str).as_deref() != Some("Parameters") {
            let words = "An operation is called with a Parameters resource.";
            return Err(refuse(IssueCode::Invalid, words, "Parameters"));
        }
        let mut left = MOST;
        let list = root.get("parameter");
        all.0.append(&mut parts(list, "Parameters.parameter", &mut left)?.0);
        Ok(all)
    }

    /// Refuses names that the operation does not know.
    pub(super) fn only(&self, operation: &str, taken: &[&str]) -> Result<(), Problem> {
        match self.0.iter().find(|argument| !taken.contains(&argument.name.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(wrong(&unknown.name, &format!("is not taken by `${operation}`"))),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Argument> {
        self.0.iter()
    }

    /// Whether an argument is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|argument| argument.name == name)
    }

    /// Every text of that name.
    pub(super) fn texts(&self, name: &str) -> Result<Vec<&str>, Problem> {
        let named = self.0.iter().filter(|argument| argument.name == name);
        let text = |argument| match argument {
            &Argument { given: Given::Text(ref text), .. } => Ok(text.as_str()),
            Argument { .. } => Err(wrong(name, "takes a primitive value")),
        };
        named.map(text).collect()
    }

    /// The text of that name; there may be one.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, Problem> {
        self.one(name)?.map_or(Ok(None), |argument| match &argument.given {
            Given::Text(text) => Ok(Some(text)),
            _ => Err(wrong(name, "takes a primitive value")),
        })
    }

    /// A date of any precision.
    pub(super) fn date(&self, name: &str) -> Result<Option<Period>, Problem> {
        // In a query `+` is a blank, and a zone has one.
        let text = self.text(name)?.map(|text| text.replace(' ', "+"));
        let read = |text: String| {
            date::parse(&text).ok_or_else(|| wrong(name, "takes a date such as `2026-01-31`"))
        };
        text.map(read).transpose()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.text(name)? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(wrong(name, "takes `true` or `false`")),
        }
    }

    /// A whole number from 1.
    pub(super) fn positive(&self, name: &str) -> Result<Option<u32>, Problem> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let number = text.parse().ok().filter(|number| *number > 0);
        number.map(Some).ok_or_else(|| wrong(name, "takes a whole number from 1"))
    }

    /// A resource's JSON.
    pub(super) fn resource(&self, name: &str) -> Result<Option<&str>, Problem> {
        self.one(name)?.map_or(Ok(None), |argument| match &argument.given {
            Given::Resource(json) => Ok(Some(json)),
            _ => Err(wrong(name, "takes a resource")),
        })
    }

    /// The JSON of a value of a complex type.
    pub(super) fn json(&self, name: &str, type_: &str) -> Result<Option<&str>, Problem> {
        self.one(name)?.map_or(Ok(None), |argument| match &argument.given {
            Given::Json(given, json) if given == type_ => Ok(Some(json)),
            _ => Err(wrong(name, &format!("takes a `value{type_}`"))),
        })
    }

    /// The argument of that name; there may be one.
    fn one(&self, name: &str) -> Result<Option<&Argument>, Problem> {
        let mut named = self.0.iter().filter(|argument| argument.name == name);
        let first = named.next();
        if named.next().is_some() {
            return Err(wrong(name, "may be given once"));
        }
        Ok(first)
    }
}

/// A required argument that is not there.
pub(super) fn required<T>(name: &str, found: Option<T>) -> Result<T, Problem> {
    found.ok_or_else(|| {
        let words = format!("The parameter `{name}` is required.");
        refuse(IssueCode::Required, &words, &format!("Parameters.parameter.where(name='{name}')"))
    })
}

/// A refusal of one argument; its value is not repeated, since it may be a patient's.
pub(super) fn wrong(name: &str, what: &str) -> Problem {
    let shown: String = name.chars().take(64).collect();
    let words = format!("The parameter `{shown}` {what}.");
    refuse(IssueCode::Value, &words, &format!("Parameters.parameter.where(name='{shown}')"))
}

fn parts(list: Option<Value<'_>>, at: &str, left: &mut usize) -> Result<Arguments, Problem> {
    let Some(list) = list else { return Ok(Arguments::default()) };
    if list.kind() != JsonKind::Array {
        return Err(refuse(IssueCode::Structure, "`parameter` is an array.", at));
    }
    let read = |(index, value)| argument(value, &format!("{at}[{index}]"), left);
    list.items().enumerate().map(read).collect::<Result<_, _>>().map(Arguments)
}

/// Parts of parts end where JSON's nesting does, which the parser bounds.
fn argument(value: Value<'_>, at: &str, left: &mut usize) -> Result<Argument, Problem> {
    *left = left.checked_sub(1).ok_or_else(|| {
        let words = format!("An operation is called with {MOST} parameters at most.");
        refuse(IssueCode::TooLong, &words, "Parameters.parameter")
    })?;
    let name = value.get("name").and_then(Value::as_str);
    let name = name.ok_or_else(|| refuse(IssueCode::Required, "`name` is required.", at))?;
    let own = |key: &str| !matches!(key, "name" | "id" | "extension") && !key.starts_with('_');
    let mut said = value.members().filter(|(key, _)| own(key));
    let Some((key, content)) = said.next() else {
        return Err(refuse(IssueCode::Required, "The parameter has no value.", at));
    };
    if said.next().is_some() {
        let words = "A parameter has one of `value[x]`, `resource` and `part`.";
        return Err(refuse(IssueCode::Structure, words, at));
    }
    let given = match &*key {
        "resource" => Given::Resource(content.raw().to_owned()),
        "part" => parts(Some(content), &format!("{at}.part"), left).map(|_| Given::Parts)?,
        key => match key.strip_prefix("value") {
            Some(type_) => value_of(type_, content),
            None => return Err(refuse(IssueCode::Structure, "There is an unknown element.", at)),
        },
    };
    Ok(Argument { name: name.into_owned(), given })
}

fn value_of(type_: &str, value: Value<'_>) -> Given {
    match value.kind() {
        JsonKind::String => Given::Text(value.as_str().unwrap_or_default().into_owned()),
        JsonKind::Object => Given::Json(type_.to_owned(), value.raw().to_owned()),
        _ => Given::Text(value.raw().to_owned()),
    }
}

fn refuse(code: IssueCode, words: &str, at: &str) -> Problem {
    Problem::with_issues(Kind::Invalid, "bad-parameter", vec![Issue::error(code, words).at(at)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Arguments, Problem> {
        Arguments::read(&Parameters::default(), body.as_bytes())
    }

    #[test]
    fn a_query_and_parameters_say_the_same() {
        let query = Parameters::parse("start=2020-01-01&_count=5&_format=json").unwrap();
        let body = r#"{"resourceType":"Parameters","parameter":[
            {"name":"start","valueDate":"2020-01-01"},{"name":"_count","valueInteger":5}]}"#;
        for arguments in [Arguments::read(&query, b"").unwrap(), read(body).unwrap()] {
            arguments.only("x", &["start", "_count"]).unwrap();
            assert_eq!(arguments.positive("_count").unwrap(), Some(5));
            assert!(arguments.date("start").unwrap().is_some());
            assert!(arguments.only("x", &["start"]).is_err());
        }
    }

    #[test]
    fn resources_values_and_parts_are_told_apart() {
        let body = r#"{"resourceType":"Parameters","parameter":[
            {"name":"a","resource":{"resourceType":"Patient"}},
            {"name":"m","valueMeta":{"tag":[]}},
            {"name":"p","part":[{"name":"q","valueString":"v"}]}]}"#;
        let arguments = read(body).unwrap();
        assert_eq!(arguments.resource("a").unwrap(), Some(r#"{"resourceType":"Patient"}"#));
        assert_eq!(arguments.json("m", "Meta").unwrap(), Some(r#"{"tag":[]}"#));
        assert!(arguments.json("m", "Coding").is_err() && arguments.text("a").is_err());
        assert!(arguments.text("p").is_err());
    }

    #[test]
    fn what_is_no_parameters_is_refused() {
        for body in [
            r#"{"resourceType":"Patient"}"#,
            r#"{"resourceType":"Parameters","parameter":{}}"#,
            r#"{"resourceType":"Parameters","parameter":[{"valueString":"x"}]}"#,
            r#"{"resourceType":"Parameters","parameter":[{"name":"x"}]}"#,
            r#"{"resourceType":"Parameters","parameter":[{"name":"x","valueString":"a","part":[]}]}"#,
            r#"{"resourceType":"Parameters","parameter":[{"name":"x","other":"a"}]}"#,
        ] {
            assert_eq!(read(body).unwrap_err().kind, Kind::Invalid, "{body}");
        }
    }

    #[test]
    fn a_refusal_names_no_value() {
        let query =
            Parameters::parse("_count=Miller&start=Miller&persist=Miller&_count=2").unwrap();
        let arguments = Arguments::from(&query);
        for problem in [
            arguments.positive("_count").unwrap_err(),
            arguments.date("start").unwrap_err(),
            arguments.boolean("persist").unwrap_err(),
        ] {
            assert!(!format!("{problem:?} {arguments:?}").contains("Miller"));
        }
    }
}
