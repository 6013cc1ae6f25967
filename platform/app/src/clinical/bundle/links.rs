//! Links between the entries of a transaction: what stands in their place when they are kept
//! (<https://hl7.org/fhir/R4/http.html#trules>, <https://hl7.org/fhir/R4/bundle.html#references>).

use std::collections::HashMap;

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::{Kind, Value};
use tarn_fhir::reference::{self, Reference};

/// What links become.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// `fullUrl` to `Type/id`.
    entries: HashMap<String, String>,
    /// `Patient?identifier=…` to `Type/id`.
    conditional: HashMap<String, String>,
}

impl Links {
    /// An entry's `fullUrl` is that resource. False where another entry has the same.
    pub(super) fn entry(&mut self, full_url: &str, target: String) -> bool {
        self.entries.insert(full_url.to_owned(), target).is_none()
    }

    /// A conditional reference is that resource.
    pub(super) fn resolved(&mut self, text: &str, target: String) {
        self.conditional.insert(text.to_owned(), target);
    }

    /// Whether a conditional reference was resolved already.
    pub(super) fn knows(&self, text: &str) -> bool {
        self.conditional.contains_key(text)
    }

    /// What stands in the place of a link in the entry with that `fullUrl`; none: it stays.
    pub(super) fn replace(&self, link: &str, full_url: Option<&str>) -> Option<String> {
        if let Some(target) = self.entries.get(link).or_else(|| self.conditional.get(link)) {
            return Some(target.clone());
        }
        // `#part` of another entry's resource.
        if let Some((whole, part)) = link.split_once('#')
            && let Some(target) = self.entries.get(whole)
        {
            return Some(format!("{target}#{part}"));
        }
        // `Patient/1` in an entry `http://elsewhere/Observation/2` is `http://elsewhere/Patient/1`.
        let Reference::Relative { type_, id, .. } = reference::parse(link, None) else {
            return None;
        };
        let base = server_of(full_url?)?;
        self.entries.get(&format!("{base}/{type_}/{id}")).cloned()
    }
}

/// The server that a RESTful `fullUrl` is of.
fn server_of(full_url: &str) -> Option<&str> {
    match reference::parse(full_url, None) {
        Reference::Absolute { target: Some((type_, id)), url, .. } => {
            url.strip_suffix(id)?.strip_suffix('/')?.strip_suffix(type_.name())?.strip_suffix('/')
        }
        _ => None,
    }
}

/// A conditional reference in a resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Conditional {
    /// As it stands there.
    pub(super) text: String,
    /// The type searched.
    pub(super) type_: TypeId,
    /// The search.
    pub(super) query: String,
}

/// The conditional references in a resource, in order.
pub(super) fn conditional(resource: Value<'_>) -> Vec<Conditional> {
    let mut found = Vec::new();
    if resource.raw().contains('?') {
        walk(resource, &mut found);
    }
    found
}

fn walk(value: Value<'_>, found: &mut Vec<Conditional>) {
    match value.kind() {
        Kind::Array => value.items().for_each(|item| walk(item, found)),
        Kind::Object => {
            for (key, member) in value.members() {
                match member.as_str() {
                    Some(text) if key == "reference" => found.extend(one(&text)),
                    _ => walk(member, found),
                }
            }
        }
        _ => {}
    }
}

fn one(text: &str) -> Option<Conditional> {
    let Reference::Conditional { type_, query } = reference::parse(text, None) else {
        return None;
    };
    Some(Conditional { text: text.to_owned(), type_, query: query.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tarn_fhir::json::Document;

    fn links() -> Links {
        let mut links = Links::default();
        assert!(links.entry("urn:uuid:1", "Patient/a".into()));
        assert!(links.entry("http://old/fhir/Patient/9", "Patient/b".into()));
        links.resolved("Practitioner?identifier=x|1", "Practitioner/c".into());
        links
    }

    #[test]
    fn a_link_to_an_entry_becomes_its_new_place() {
        let links = links();
        assert_eq!(links.replace("urn:uuid:1", None).as_deref(), Some("Patient/a"));
        assert_eq!(links.replace("urn:uuid:1#x", None).as_deref(), Some("Patient/a#x"));
        let resolved = links.replace("Practitioner?identifier=x|1", None);
        assert_eq!(resolved.as_deref(), Some("Practitioner/c"));
        assert_eq!(links.replace("urn:uuid:2", None), None);
    }

    #[test]
    fn a_relative_link_means_the_server_of_its_own_entry() {
        let links = links();
        let at = |full_url| links.replace("Patient/9", Some(full_url));
        assert_eq!(at("http://old/fhir/Observation/1").as_deref(), Some("Patient/b"));
        assert_eq!(at("http://other/fhir/Observation/1"), None);
        assert_eq!(at("urn:uuid:5"), None);
        assert_eq!(links.replace("Patient/9", None), None);
    }

    #[test]
    fn one_full_url_is_one_entry() {
        assert!(!links().entry("urn:uuid:1", "Patient/z".into()));
    }

    #[test]
    fn conditional_references_are_found_wherever_they_are() {
        let json = r#"{"resourceType":"Encounter","participant":[{"individual":
            {"reference":"Practitioner?identifier=http://x|1"}}],
            "subject":{"reference":"Patient/1"},"note":"what?"}"#;
        let document = Document::parse(json.as_bytes()).unwrap();
        let found = conditional(document.root());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].type_.name(), "Practitioner");
        assert_eq!(found[0].query, "identifier=http://x|1");
    }
}
