//! What a `Reference.reference` points at (<https://hl7.org/fhir/R4/references.html>).

use crate::definitions::TypeId;

/// The target of a literal reference, by its form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference<'a> {
    /// `Patient/23`, `Patient/23/_history/4`, or the same below the server's own base.
    Relative {
        /// The target's type.
        type_: TypeId,
        /// The target's id.
        id: &'a str,
        /// The version, when one is pinned.
        version: Option<&'a str>,
    },
    /// A URL elsewhere.
    Absolute {
        /// The URL without a version.
        url: &'a str,
        /// Type and id, when the URL ends as FHIR's API has it.
        target: Option<(TypeId, &'a str)>,
        /// The version, when one is pinned.
        version: Option<&'a str>,
    },
    /// `urn:uuid:…` or `urn:oid:…`
    Urn(&'a str),
    /// `#p1`: a contained resource. `#` alone: the container.
    Fragment(&'a str),
    /// `Practitioner?identifier=…`, which only transactions may hold.
    Conditional {
        /// The type searched.
        type_: TypeId,
        /// What follows the question mark.
        query: &'a str,
    },
    /// Anything else.
    Other(&'a str),
}

/// Reads a reference. What stands below `base` (the server's, with or without a slash at its end)
/// is relative.
pub fn parse<'a>(text: &'a str, base: Option<&str>) -> Reference<'a> {
    if let Some(fragment) = text.strip_prefix('#') {
        return Reference::Fragment(fragment);
    }
    if let Some(relative) = relative(text) {
        return relative;
    }
    if text.starts_with("urn:") {
        return Reference::Urn(text);
    }
    if !text.contains("://") {
        return Reference::Other(text);
    }
    let own = base.map(|base| base.trim_end_matches('/')).filter(|base| !base.is_empty());
    let below = own.and_then(|base| text.strip_prefix(base)?.strip_prefix('/'));
    below.and_then(relative).unwrap_or_else(|| absolute(text))
}

/// A canonical's parts: `url|version#fragment`.
pub fn canonical(text: &str) -> (&str, Option<&str>, Option<&str>) {
    let (text, fragment) = match text.split_once('#') {
        Some((text, fragment)) => (text, Some(fragment)),
        None => (text, None),
    };
    match text.split_once('|') {
        Some((url, version)) => (url, Some(version), fragment),
        None => (text, None, fragment),
    }
}

/// Whether the text is a FHIR `id`: 1 to 64 of letters, digits, `-` and `.`.
pub fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

fn relative(text: &str) -> Option<Reference<'_>> {
    let name_ends = text.bytes().position(|byte| !byte.is_ascii_alphabetic())?;
    let (name, rest) = text.split_at(name_ends);
    let type_ = TypeId::parse(name)?;
    if let Some(query) = rest.strip_prefix('?') {
        return Some(Reference::Conditional { type_, query });
    }
    let rest = rest.strip_prefix('/')?;
    let (id, version) = match rest.split_once("/_history/") {
        Some((id, version)) => (id, Some(version)),
        None => (rest, None),
    };
    let is_whole = is_id(id) && version.is_none_or(is_id);
    is_whole.then_some(Reference::Relative { type_, id, version })
}

fn absolute(text: &str) -> Reference<'_> {
    let (url, version) = match text.rsplit_once("/_history/") {
        Some((url, version)) if is_id(version) => (url, Some(version)),
        _ => (text, None),
    };
    let mut parts = url.rsplitn(3, '/');
    let (id, name) = (parts.next(), parts.next());
    let type_ = name.and_then(TypeId::parse);
    let target = type_.zip(id.filter(|id| is_id(id)));
    match target {
        Some(_) => Reference::Absolute { url, target, version },
        None => Reference::Absolute { url: text, target: None, version: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient() -> TypeId {
        TypeId::parse("Patient").unwrap()
    }

    #[test]
    fn relative_references_name_type_and_id() {
        let plain = Reference::Relative { type_: patient(), id: "23", version: None };
        assert_eq!(parse("Patient/23", None), plain);
        let pinned = Reference::Relative { type_: patient(), id: "23", version: Some("4") };
        assert_eq!(parse("Patient/23/_history/4", None), pinned);
    }

    #[test]
    fn what_is_below_the_base_is_relative() {
        let plain = Reference::Relative { type_: patient(), id: "23", version: None };
        for base in ["https://tarn.example/fhir", "https://tarn.example/fhir/"] {
            assert_eq!(parse("https://tarn.example/fhir/Patient/23", Some(base)), plain);
            let other = parse("https://tarn.example/fhir2/Patient/23", Some(base));
            assert!(matches!(other, Reference::Absolute { target: Some((_, "23")), .. }));
        }
    }

    #[test]
    fn absolute_references_keep_their_url() {
        let url = "http://elsewhere.example/r4/Patient/a.b-c";
        let pinned = format!("{url}/_history/2");
        let target = Some((patient(), "a.b-c"));
        let expected = Reference::Absolute { url, target, version: Some("2") };
        assert_eq!(parse(&pinned, None), expected);
        let odd = "http://elsewhere.example/x?y=z";
        let expected = Reference::Absolute { url: odd, target: None, version: None };
        assert_eq!(parse(odd, None), expected);
    }

    #[test]
    fn other_forms_are_told_apart() {
        assert_eq!(parse("#p1", None), Reference::Fragment("p1"));
        assert_eq!(parse("urn:uuid:1", None), Reference::Urn("urn:uuid:1"));
        let query = "identifier=a|b/c";
        let text = format!("Patient?{query}");
        assert_eq!(parse(&text, None), Reference::Conditional { type_: patient(), query });
        for text in ["", "Patient", "Patient/", "Patients/1", "Patient/a b", "Patient/1/x"] {
            assert_eq!(parse(text, None), Reference::Other(text));
        }
    }

    #[test]
    fn canonicals_have_a_version_and_a_fragment() {
        assert_eq!(canonical("http://a|1.0#x"), ("http://a", Some("1.0"), Some("x")));
        assert_eq!(canonical("http://a"), ("http://a", None, None));
    }
}
