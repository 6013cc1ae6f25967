//! Where references lead, as far as their text says.

use std::sync::OnceLock;

use tarn_fhir::definitions::TypeId;
use tarn_fhir::json::Value;
use tarn_fhir::reference::{Reference, is_id, parse};

use super::perfect::Perfect;
use super::sink::Referent;

/// What a reference's text names, its version dropped, and of what type that is, if it says.
pub(super) fn read(text: &str) -> (Referent<'_>, Option<TypeId>) {
    if let Some((type_, id)) = plain(text) {
        return (Referent::Local { type_, id }, Some(type_));
    }
    match parse(text, None) {
        Reference::Relative { type_, id, .. } => (Referent::Local { type_, id }, Some(type_)),
        Reference::Absolute { url, target, .. } => {
            (Referent::Elsewhere(url), target.map(|(type_, _)| type_))
        }
        _ => (Referent::Elsewhere(text), None),
    }
}

/// `Type/id`, as nearly all references are.
fn plain(text: &str) -> Option<(TypeId, &str)> {
    let slash = text.bytes().position(|b| b == b'/')?;
    let (name, id) = (text.get(..slash)?, text.get(slash + 1..)?);
    is_id(id).then(|| type_of(name)).flatten().map(|type_| (type_, id))
}

/// What [`TypeId::parse`] answers, with one comparison.
fn type_of(name: &str) -> Option<TypeId> {
    static PLACES: OnceLock<Perfect> = OnceLock::new();
    let places = PLACES.get_or_init(|| {
        let names: Vec<_> = TypeId::all().map(TypeId::name).collect();
        Perfect::over(&names)
    });
    let Some(place) = places.place(name) else { return TypeId::parse(name) };
    let number = u8::try_from(place.wrapping_add(1)).ok()?;
    TypeId::from_number(number).filter(|type_| type_.name() == name)
}

/// The type that `Reference.type` names, by its name or by its definition's URL.
pub(super) fn type_named(text: &str) -> Option<TypeId> {
    TypeId::parse(text.strip_prefix("http://hl7.org/fhir/StructureDefinition/").unwrap_or(text))
}

/// The type of the contained resource with that id.
pub(super) fn contained(resource: Value<'_>, id: &str) -> Option<TypeId> {
    let mut all = resource.get("contained")?.items();
    let is_it = |inner: &Value<'_>| {
        inner.get("id").and_then(Value::as_str).is_some_and(|known| known == id)
    };
    TypeId::parse(&all.find(is_it)?.get("resourceType")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_say_where_they_lead() {
        for (text, type_, id) in [
            ("Patient/1", Some("Patient"), Some("1")),
            ("Patient/1/_history/3", Some("Patient"), Some("1")),
            ("http://a.b/fhir/Patient/1", Some("Patient"), None),
            ("http://a.b/fhir/Patient/1/_history/2", Some("Patient"), None),
            ("https://a.b/something", None, None),
            ("urn:uuid:0b5f61f5-7c65-4d07-b47c-5b5b1d7b0b0e", None, None),
            ("Patientus/1", None, None),
            ("Patient/", None, None),
            ("Patient/a b", None, None),
            ("Patient?identifier=1", None, None),
        ] {
            let (found, found_type) = read(text);
            assert_eq!(found_type.map(TypeId::name), type_, "{text}");
            let local = match found {
                Referent::Local { id, .. } => Some(id),
                Referent::Elsewhere(_) => None,
            };
            assert_eq!(local, id, "{text}");
        }
    }

    #[test]
    fn types_are_found_by_name() {
        for type_ in TypeId::all() {
            assert_eq!(type_of(type_.name()), Some(type_));
        }
        for name in ["", "patient", "Patients", "Resource"] {
            assert_eq!(type_of(name), None, "{name}");
        }
    }

    #[test]
    fn types_have_names_and_definitions() {
        assert_eq!(type_named("Patient"), TypeId::parse("Patient"));
        let url = "http://hl7.org/fhir/StructureDefinition/Patient";
        assert_eq!(type_named(url), TypeId::parse("Patient"));
        assert_eq!(type_named("Quantity"), None);
    }
}
