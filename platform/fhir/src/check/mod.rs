//! The structural check: whether a document is a resource as R4's base definitions have it.
//!
//! Profiles and invariants are not looked at here.

mod codes;
mod place;
mod primitive;
mod walk;

#[cfg(test)]
mod tests;

use tarn_domain::{Issue, IssueCode};

use crate::definitions::TypeId;
use crate::json::{Document, Kind, Value};
use crate::reference::is_id;
use place::Place;
use walk::Walk;

/// At most so many issues are reported for one resource.
pub const MAX_ISSUES: usize = 50;

/// How closely to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// That it is an object with a known `resourceType` and, if it has one, a well-formed `id`.
    Syntax,
    /// Every element: its name, JSON type, cardinality, format and required codes.
    #[default]
    Structure,
}

/// Checks every element of a resource.
///
/// # Errors
/// What is wrong, each with its path, at most [`MAX_ISSUES`]. No words hold a value of the
/// document.
pub fn check(doc: &Document<'_>) -> Result<TypeId, Vec<Issue>> {
    check_with(doc, Depth::Structure)
}

/// Checks a resource as closely as is asked for.
///
/// # Errors
/// As [`check`].
pub fn check_with(doc: &Document<'_>, depth: Depth) -> Result<TypeId, Vec<Issue>> {
    let root = doc.root();
    let type_ = resource_type(root).map_err(|issue| vec![issue])?;
    if depth == Depth::Syntax {
        return syntax(root, type_);
    }
    let mut walk = Walk::default();
    walk.resource(root, type_, &Place::root(type_.name()));
    let issues = walk.into_issues();
    if issues.is_empty() { Ok(type_) } else { Err(issues) }
}

/// The type that a resource says it is.
fn resource_type(root: Value<'_>) -> Result<TypeId, Issue> {
    if root.kind() != Kind::Object {
        return Err(Issue::error(IssueCode::Structure, "a resource is a JSON object"));
    }
    let Some(name) = root.get("resourceType") else {
        let words = "a resource has a `resourceType`";
        return Err(Issue::error(IssueCode::Structure, words));
    };
    let type_ = name.as_str().and_then(|name| TypeId::parse(&name));
    type_.ok_or_else(|| {
        let words = "`resourceType` is not a resource type of FHIR R4";
        Issue::error(IssueCode::Structure, words).at("resourceType")
    })
}

fn syntax(root: Value<'_>, type_: TypeId) -> Result<TypeId, Vec<Issue>> {
    let is_good = |id: Value<'_>| id.as_str().is_some_and(|id| is_id(&id));
    match root.get("id") {
        Some(id) if !is_good(id) => {
            let words = "an id is 1 to 64 letters, digits, `-` and `.`";
            Err(vec![Issue::error(IssueCode::Value, words).at(format!("{type_}.id"))])
        }
        _ => Ok(type_),
    }
}
