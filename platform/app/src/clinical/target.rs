//! The URL grammar of FHIR's REST interface, for requests and for the entries of a Bundle alike.

use tarn_domain::{JobId, Kind, LogicalId, Problem};
use tarn_fhir::definitions::TypeId;

use crate::deferred::PATH as DEFERRED;

/// What a path below a store's base names (<https://hl7.org/fhir/R4/http.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The base itself.
    System,
    /// `metadata`
    Metadata,
    /// `_search`
    SystemSearch,
    /// `_history`
    SystemHistory,
    /// `_async/job`: how a deferred request stands.
    Deferred(JobId),
    /// `_async/job/name`: a file that it came to.
    DeferredFile(JobId, String),
    /// `$name`
    SystemOperation(String),
    /// `Patient`
    Type(TypeId),
    /// `Patient/_search`
    TypeSearch(TypeId),
    /// `Patient/_history`
    TypeHistory(TypeId),
    /// `Patient/$name`
    TypeOperation(TypeId, String),
    /// `Patient/1`
    Instance(TypeId, LogicalId),
    /// `Patient/1/_history`
    InstanceHistory(TypeId, LogicalId),
    /// `Patient/1/_history/2`; none where the version cannot be one of ours.
    Version(TypeId, LogicalId, Option<u32>),
    /// `Patient/1/$name`
    InstanceOperation(TypeId, LogicalId, String),
    /// `Patient/1/_history/2/$name`; none where the version cannot be one of ours.
    VersionOperation(TypeId, LogicalId, Option<u32>, String),
    /// `Patient/1/Observation`; none for `Patient/1/*`.
    Compartment(TypeId, LogicalId, Option<TypeId>),
    /// `Patient/1/Observation/_search`; none for `Patient/1/_search` and `Patient/1/*/_search`.
    CompartmentSearch(TypeId, LogicalId, Option<TypeId>),
}

impl Target {
    /// Reads a path: percent-decoded, no leading slash, no query.
    ///
    /// # Errors
    /// Not found where R4 has no such thing, invalid where an id cannot be one.
    pub fn parse(path: &str) -> Result<Self, Problem> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let (first, rest) = cut(path);
        match (first, rest) {
            ("", None) => Ok(Self::System),
            ("metadata", None) => Ok(Self::Metadata),
            ("_search", None) => Ok(Self::SystemSearch),
            ("_history", None) => Ok(Self::SystemHistory),
            (name, None) if name.starts_with('$') => Ok(Self::SystemOperation(name[1..].into())),
            (name, None) => Ok(Self::Type(resource_type(name)?)),
            (DEFERRED, Some(rest)) => Self::below_deferred(rest),
            (name, Some(rest)) => Self::below_type(resource_type(name)?, rest),
        }
    }

    fn below_deferred(path: &str) -> Result<Self, Problem> {
        let (job, rest) = cut(path);
        let job = job.parse().map_err(|_| nothing_there())?;
        match rest {
            None => Ok(Self::Deferred(job)),
            Some(name) if !name.contains('/') => Ok(Self::DeferredFile(job, name.to_owned())),
            Some(_) => Err(nothing_there()),
        }
    }

    fn below_type(type_: TypeId, path: &str) -> Result<Self, Problem> {
        let (second, rest) = cut(path);
        match (second, rest) {
            ("_search", None) => Ok(Self::TypeSearch(type_)),
            ("_history", None) => Ok(Self::TypeHistory(type_)),
            (name, None) if name.starts_with('$') => {
                Ok(Self::TypeOperation(type_, name[1..].into()))
            }
            (id, None) => Ok(Self::Instance(type_, logical_id(id)?)),
            (id, Some(rest)) => Self::below_instance(type_, logical_id(id)?, rest),
        }
    }

    fn below_instance(type_: TypeId, id: LogicalId, path: &str) -> Result<Self, Problem> {
        let (third, rest) = cut(path);
        match (third, rest) {
            ("_history", None) => Ok(Self::InstanceHistory(type_, id)),
            ("_history", Some(version)) => match cut(version) {
                (version, None) => Ok(Self::Version(type_, id, version_number(version))),
                (version, Some(name)) => {
                    let name = name.strip_prefix('$').filter(|name| !name.contains('/'));
                    let name = name.ok_or_else(nothing_there)?.to_owned();
                    Ok(Self::VersionOperation(type_, id, version_number(version), name))
                }
            },
            (name, None) if name.starts_with('$') => {
                Ok(Self::InstanceOperation(type_, id, name[1..].into()))
            }
            ("*", None) => Ok(Self::Compartment(type_, id, None)),
            ("_search", None) | ("*", Some("_search")) => {
                Ok(Self::CompartmentSearch(type_, id, None))
            }
            (name, None) => Ok(Self::Compartment(type_, id, Some(resource_type(name)?))),
            (name, Some("_search")) => {
                Ok(Self::CompartmentSearch(type_, id, Some(resource_type(name)?)))
            }
            _ => Err(nothing_there()),
        }
    }
}

/// A version as our URLs have it: digits from 1, no leading zero.
pub fn version_number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0');
    if digits { text.parse().ok() } else { None }
}

fn cut(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)))
}

fn resource_type(name: &str) -> Result<TypeId, Problem> {
    TypeId::parse(name).ok_or_else(|| {
        let plain = name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric());
        let words = if plain {
            format!("`{name}` is not a resource type of FHIR R4. Names are case-sensitive.")
        } else {
            "There is no such path in FHIR R4.".to_owned()
        };
        Problem::new(Kind::NotFound, "unknown-type", words)
    })
}

fn logical_id(text: &str) -> Result<LogicalId, Problem> {
    text.parse().map_err(|_| {
        let words = "A logical id is 1 to 64 of A-Z, a-z, 0-9, `-` and `.`.";
        Problem::new(Kind::Invalid, "bad-id", words)
    })
}

fn nothing_there() -> Problem {
    Problem::new(Kind::NotFound, "unknown-path", "There is no such path in FHIR R4.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_(name: &str) -> TypeId {
        TypeId::parse(name).expect("a type of R4")
    }

    fn id(text: &str) -> LogicalId {
        text.parse().expect("an id")
    }

    #[test]
    fn every_shape_of_r4_has_its_target() {
        let patient = type_("Patient");
        let observation = type_("Observation");
        let cases = [
            ("", Target::System),
            ("metadata", Target::Metadata),
            ("_search", Target::SystemSearch),
            ("_history", Target::SystemHistory),
            ("$export", Target::SystemOperation("export".into())),
            ("Patient", Target::Type(patient)),
            ("Patient/", Target::Type(patient)),
            ("Patient/_search", Target::TypeSearch(patient)),
            ("Patient/_history", Target::TypeHistory(patient)),
            ("Patient/$validate", Target::TypeOperation(patient, "validate".into())),
            ("Patient/1", Target::Instance(patient, id("1"))),
            ("Patient/1/_history", Target::InstanceHistory(patient, id("1"))),
            ("Patient/1/_history/2", Target::Version(patient, id("1"), Some(2))),
            ("Patient/1/_history/x", Target::Version(patient, id("1"), None)),
            (
                "Patient/1/$everything",
                Target::InstanceOperation(patient, id("1"), "everything".into()),
            ),
            (
                "Patient/1/_history/2/$meta",
                Target::VersionOperation(patient, id("1"), Some(2), "meta".into()),
            ),
            ("Patient/1/*", Target::Compartment(patient, id("1"), None)),
            ("Patient/1/Observation", Target::Compartment(patient, id("1"), Some(observation))),
            (
                "Patient/1/Observation/_search",
                Target::CompartmentSearch(patient, id("1"), Some(observation)),
            ),
            ("Patient/1/_search", Target::CompartmentSearch(patient, id("1"), None)),
        ];
        for (path, target) in cases {
            assert_eq!(Target::parse(path).expect(path), target, "{path}");
        }
    }

    #[test]
    fn what_r4_does_not_have_is_not_found() {
        for path in ["Nope/1", "patient", "Patient/1/Nope", "Patient/1/_history/2/3", "a/b/c/d"] {
            assert_eq!(Target::parse(path).expect_err(path).kind, Kind::NotFound, "{path}");
        }
    }

    #[test]
    fn an_id_outside_the_alphabet_is_invalid() {
        let long = format!("Patient/{}", "x".repeat(65));
        for path in ["Patient/a_b", "Patient/é", "Patient/a b", &long] {
            assert_eq!(Target::parse(path).expect_err(path).kind, Kind::Invalid, "{path}");
        }
    }
}
