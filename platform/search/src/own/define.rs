//! Reads a `SearchParameter` resource as the definition of a parameter.

use serde::{Deserialize, Serialize};
use tarn_fhir::definitions::{ParamKind, TypeId, definitions};
use tarn_fhir::json::{Document, Value};

use super::OwnError;
use crate::extract::OwnProgram;

/// Longer expressions are no paths.
const MAX_EXPRESSION: usize = 4_096;

/// What a resource defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined {
    /// Its canonical URL.
    pub url: String,
    /// What stands in a search.
    pub code: String,
    /// The kind of parameter, as FHIR spells it.
    pub kind: String,
    /// The types that have it, by name.
    pub bases: Vec<String>,
    /// FHIRPath, as it was sent.
    pub expression: String,
    /// Types that references may lead to; empty: any.
    pub targets: Vec<String>,
}

impl Defined {
    /// The kind of parameter.
    pub(crate) fn param_kind(&self) -> Option<ParamKind> {
        ParamKind::parse(&self.kind)
    }
}

/// What a resource defines, compiled once to see that it can be; none if it is not active.
///
/// # Errors
/// Why it cannot be used.
pub fn read(document: &Document<'_>) -> Result<Option<Defined>, OwnError> {
    let root = document.root();
    if text(root, "status").as_deref() != Some("active") {
        return Ok(None);
    }
    let need = |element: &'static str, expected| {
        text(root, element).ok_or(OwnError::Element { element, expected })
    };
    let defined = Defined {
        url: need("url", "the canonical URL of the parameter")?,
        code: need("code", "the name that a search gives")?,
        kind: need("type", "the type of the parameter")?,
        bases: list(root, "base"),
        expression: need("expression", "the FHIRPath of the elements to be searched")?,
        targets: list(root, "target"),
    };
    check(&defined)?;
    Ok(Some(defined))
}

fn check(defined: &Defined) -> Result<(), OwnError> {
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let code = &defined.code;
    if code.is_empty() || code.len() > 64 || !code.bytes().all(is_letter) {
        let expected = "a name of letters, digits and hyphens, 64 at most";
        return Err(OwnError::Element { element: "code", expected });
    }
    if defined.expression.len() > MAX_EXPRESSION {
        let expected = "an expression of at most 4,096 bytes";
        return Err(OwnError::Element { element: "expression", expected });
    }
    let kind = defined
        .param_kind()
        .filter(|kind| !matches!(kind, ParamKind::Composite | ParamKind::Special));
    let kind = kind.ok_or_else(|| OwnError::Kind(defined.kind.clone()))?;
    if defined.bases.is_empty() {
        return Err(OwnError::Element { element: "base", expected: "one resource type or more" });
    }
    for name in &defined.targets {
        TypeId::parse(name).ok_or_else(|| OwnError::Type(name.clone()))?;
    }
    for name in &defined.bases {
        let type_ = TypeId::parse(name).ok_or_else(|| OwnError::Type(name.clone()))?;
        if definitions().parameter(type_, code).is_some() {
            return Err(OwnError::Taken { code: code.clone(), type_: name.clone() });
        }
        OwnProgram::compile(type_, &defined.expression, kind, tarn_fhir::definitions::FieldId(0))?;
    }
    Ok(())
}

fn text(value: Value<'_>, key: &str) -> Option<String> {
    value.get(key)?.as_str().filter(|text| !text.is_empty()).map(|text| text.into_owned())
}

fn list(value: Value<'_>, key: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for item in value.get(key).into_iter().flat_map(Value::items) {
        let item = item.as_str().unwrap_or_default().into_owned();
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all
}
