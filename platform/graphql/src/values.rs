//! Variables, and values with them put in. All stays JSON text, so that no number loses a digit.

use std::collections::BTreeMap;

use tarn_fhir::json::{Document as Json, Kind, Value as JsonValue, escape_into};

use crate::document::{Operation, Value};
use crate::error::GraphqlError;

/// The values of an operation's variables as JSON text; none for one that was left out.
pub(crate) struct Variables(BTreeMap<String, Option<String>>);

impl Variables {
    /// What was sent, with the defaults of what was not.
    pub(crate) fn read(
        operation: &Operation<'_>,
        sent: &BTreeMap<String, String>,
    ) -> Result<Self, GraphqlError> {
        let none = Self(BTreeMap::new());
        let mut known = BTreeMap::new();
        for definition in &operation.variables {
            let default = definition.default.as_ref().map(|value| none.json(value)).transpose()?;
            let value = sent.get(definition.name).cloned().or(default);
            let is_null = value.as_ref().is_none_or(|text| text.trim() == "null");
            if definition.is_required && is_null {
                let words = format!("the variable `${}` must be given", definition.name);
                return Err(GraphqlError::new(words));
            }
            known.insert(definition.name.to_owned(), value);
        }
        Ok(Self(known))
    }

    /// A value as JSON text, its variables put in.
    pub(crate) fn json(&self, value: &Value<'_>) -> Result<String, GraphqlError> {
        let mut out = Vec::new();
        self.write(value, &mut out)?;
        String::from_utf8(out).map_err(|_| no_text())
    }

    fn write(&self, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), GraphqlError> {
        match value {
            Value::Variable(name) => match self.0.get(*name) {
                Some(text) => {
                    out.extend_from_slice(text.as_deref().unwrap_or("null").as_bytes());
                }
                None => {
                    let words = format!("the variable `${name}` is not declared by the operation");
                    return Err(GraphqlError::new(words));
                }
            },
            Value::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Value::Text(text) => escape_into(text, out),
            Value::Enum(name) => escape_into(name, out),
            Value::Bool(true) => out.extend_from_slice(b"true"),
            Value::Bool(false) => out.extend_from_slice(b"false"),
            Value::Null => out.extend_from_slice(b"null"),
            Value::List(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    self.write(item, out)?;
                }
                out.push(b']');
            }
            Value::Object(members) => {
                out.push(b'{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    escape_into(name, out);
                    out.push(b':');
                    self.write(value, out)?;
                }
                out.push(b'}');
            }
        }
        Ok(())
    }

    /// The texts of a value, as a search parameter or a filter compares them: one, or those of a
    /// list; none for `null`.
    pub(crate) fn texts(&self, value: &Value<'_>) -> Result<Vec<String>, GraphqlError> {
        let text = self.json(value)?;
        let json = Json::parse(text.as_bytes()).map_err(|_| no_text())?;
        let mut texts = Vec::new();
        if json.root().kind() == Kind::Array {
            for item in json.root().items() {
                texts.extend(one(item)?);
            }
        } else {
            texts.extend(one(json.root())?);
        }
        Ok(texts)
    }

    /// A value that must be one text.
    pub(crate) fn text(&self, name: &str, value: &Value<'_>) -> Result<String, GraphqlError> {
        let mut texts = self.texts(value)?;
        match (texts.pop(), texts.is_empty()) {
            (Some(text), true) => Ok(text),
            _ => Err(GraphqlError::new(format!("the argument `{name}` takes one value"))),
        }
    }

    /// A value that must be a number from 0.
    pub(crate) fn count(&self, name: &str, value: &Value<'_>) -> Result<usize, GraphqlError> {
        let text = self.text(name, value)?;
        let wrong = || GraphqlError::new(format!("the argument `{name}` takes a number from 0"));
        text.parse().map_err(|_| wrong())
    }

    /// A value that must be `true` or `false`.
    pub(crate) fn flag(&self, name: &str, value: &Value<'_>) -> Result<bool, GraphqlError> {
        match self.json(value)?.trim() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(GraphqlError::new(format!("the argument `{name}` takes `true` or `false`"))),
        }
    }
}

fn one(value: JsonValue<'_>) -> Result<Option<String>, GraphqlError> {
    match value.kind() {
        Kind::Null => Ok(None),
        Kind::String => Ok(value.as_str().map(std::borrow::Cow::into_owned)),
        Kind::Number | Kind::Bool => Ok(Some(value.raw().to_owned())),
        Kind::Array | Kind::Object => Err(no_text()),
    }
}

fn no_text() -> GraphqlError {
    GraphqlError::new("an argument takes a string, number or boolean, or a list of them")
}
