//! Reads the operations of a FHIRPath Patch from their Parameters.

use tarn_domain::{Issue, IssueCode, Kind as ProblemKind, Problem};
use tarn_fhir::json::Value;
use tarn_fhirpath::Expression;

/// One operation.
#[derive(Debug)]
pub(super) struct Operation<'p> {
    index: usize,
    /// Where.
    pub(super) path: Expression,
    /// What.
    pub(super) act: Act<'p>,
}

/// What is to be done at the path.
#[derive(Debug)]
pub(super) enum Act<'p> {
    /// Adds an element of that name to the one element there.
    Add { name: String, value: Value<'p> },
    /// Inserts into the list there.
    Insert { index: usize, value: Value<'p> },
    /// Deletes the one element there.
    Delete,
    /// Replaces the one element there.
    Replace { value: Value<'p> },
    /// Moves within the list there.
    Move { source: usize, destination: usize },
}

impl Act<'_> {
    fn name(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add",
            Self::Insert { .. } => "insert",
            Self::Delete => "delete",
            Self::Replace { .. } => "replace",
            Self::Move { .. } => "move",
        }
    }
}

impl<'p> Operation<'p> {
    /// Reads a parameter.
    pub(super) fn read(index: usize, parameter: Value<'p>) -> Result<Self, Problem> {
        let parts = Parts { index, parameter };
        if parts.text_of(parameter, "name") != Some("operation".into()) {
            return Err(parts.malformed("each parameter must have the name `operation`", "name"));
        }
        let path = parts.text("path", &["valueString"])?;
        let path = Expression::parse(&path).map_err(|error| {
            parts.malformed(&format!("the path is no FHIRPath: {error}"), "part")
        })?;
        let value = || parts.required("value");
        let act = match parts.text("type", &["valueCode", "valueString"])?.as_str() {
            "add" => Act::Add { name: parts.text("name", &["valueString"])?, value: value()? },
            "insert" => Act::Insert { index: parts.number("index")?, value: value()? },
            "delete" => Act::Delete,
            "replace" => Act::Replace { value: value()? },
            "move" => Act::Move {
                source: parts.number("source")?,
                destination: parts.number("destination")?,
            },
            _ => {
                let words = "the type must be add, insert, delete, replace or move";
                return Err(parts.malformed(words, "part"));
            }
        };
        Ok(Self { index, path, act })
    }

    /// The operation for people: its number, what it does, and where, if its path is element
    /// names and indexes only. Conditions in a path may hold what is a patient's.
    pub(super) fn words(&self) -> String {
        let (number, name, path) = (self.index, self.act.name(), self.path.to_string());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._[]()".contains(&byte);
        if path.len() <= 200 && path.bytes().all(is_plain) {
            format!("Operation {number} ({name} at {path})")
        } else {
            format!("Operation {number} ({name})")
        }
    }

    /// Where the operation stands in the patch.
    pub(super) fn at(&self) -> String {
        format!("Parameters.parameter[{}]", self.index)
    }
}

struct Parts<'p> {
    index: usize,
    parameter: Value<'p>,
}

impl<'p> Parts<'p> {
    fn find(&self, name: &str) -> Option<Value<'p>> {
        let mut parts = self.parameter.get("part").into_iter().flat_map(Value::items);
        parts.find(|part| self.text_of(*part, "name").as_deref() == Some(name))
    }

    fn text_of(&self, value: Value<'p>, key: &str) -> Option<String> {
        Some(value.get(key)?.as_str()?.into_owned())
    }

    fn required(&self, name: &str) -> Result<Value<'p>, Problem> {
        self.find(name)
            .ok_or_else(|| self.malformed(&format!("a part `{name}` is required"), "part"))
    }

    fn text(&self, name: &str, keys: &[&str]) -> Result<String, Problem> {
        let part = self.required(name)?;
        let text = keys.iter().find_map(|key| self.text_of(part, key));
        text.ok_or_else(|| {
            let keys = keys.join("` or `");
            self.malformed(&format!("the part `{name}` needs a `{keys}`"), "part")
        })
    }

    fn number(&self, name: &str) -> Result<usize, Problem> {
        let part = self.required(name)?;
        let digits = part.get("valueInteger").and_then(Value::number);
        digits.and_then(|digits| digits.parse().ok()).ok_or_else(|| {
            let words = format!("the part `{name}` needs a `valueInteger` from 0 on");
            self.malformed(&words, "part")
        })
    }

    fn malformed(&self, words: &str, below: &str) -> Problem {
        let index = self.index;
        let issue = Issue::error(IssueCode::Invalid, format!("Operation {index}: {words}."))
            .at(format!("Parameters.parameter[{index}].{below}"));
        Problem::with_issues(ProblemKind::Invalid, "bad-patch", vec![issue])
    }
}
