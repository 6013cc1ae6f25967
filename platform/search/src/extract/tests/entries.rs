//! What stands in the index, and that it stands where the keys say.

use tarn_store::{Field, Unit, Variant};

use super::super::keys;
use super::*;

const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"o1","status":"final",
    "code":{"coding":[{"system":"http://loinc.org","code":"2339-0","display":"Glucose  [Mass]"}],"text":"Glukose"},
    "subject":{"reference":"Patient/p1","identifier":{"system":"urn:mrn","value":"A"}},
    "effectiveDateTime":"1970-01-01T00:00:01Z",
    "valueQuantity":{"value":5.5,"unit":"mmol","system":"http://unitsofmeasure.org","code":"mmol/L"}}"#;

fn has(entries: &Entries, key: tarn_store::Key) -> bool {
    entries.keys().contains(&(key, 0))
}

#[test]
fn keys_stand_where_they_are_looked_for() {
    let entries = index(OBSERVATION);
    let hasher = hasher();
    let code = field("Observation", "code");
    let combo = field("Observation", "combo-code");
    for field in [code, combo] {
        assert!(has(&entries, keys::code_in_system(&hasher, field, "http://loinc.org", "2339-0")));
        assert!(has(&entries, keys::any_code_in_system(&hasher, field, "http://loinc.org")));
        assert!(!has(&entries, keys::code_in_no_system(&hasher, field, "2339-0")));
        assert!(has(&entries, keys::present(field)));
    }
    let any = keys::code_in_any_system(&hasher, code, "2339-0");
    assert_eq!(entries.keys().iter().filter(|(key, _)| any.contains(key)).count(), 1);
    let (subject, patient) = (field("Observation", "subject"), field("Observation", "patient"));
    for field in [subject, patient] {
        assert!(has(&entries, keys::reference(&hasher, field, "Patient/p1")));
        assert!(has(&entries, keys::reference(&hasher, field, "Patient/p1/_history/3")));
        assert!(has(&entries, keys::identifier(&hasher, field, Some("urn:mrn"), "A")));
        let any = keys::identifier_in_any_system(&hasher, field, "A");
        assert!(entries.keys().iter().any(|(key, _)| any.contains(key)));
    }
    assert!(!has(&entries, keys::present(field("Observation", "encounter"))));
    let twice = entries.keys().iter().filter(|(key, _)| *key == keys::present(code)).count();
    assert_eq!(twice, 1);
}

#[test]
fn columns_and_terms_are_filled() {
    let entries = index(OBSERVATION);
    let hasher = hasher();
    let main = |code| Field::new(field("Observation", code), Variant::Main);
    assert_eq!(entries.dates(), [(main("date"), 0, 1_000_000, 1_999_999)]);
    let unit = Unit {
        system: hasher.text("http://unitsofmeasure.org"),
        code: hasher.text("mmol/L"),
        unit: hasher.text("mmol"),
    };
    let mut quantities = entries.quantities().to_vec();
    quantities.sort_by_key(|entry| entry.0);
    let expected = ["combo-value-quantity", "value-quantity"];
    assert_eq!(quantities, expected.map(|code| (main(code), 0, unit, 5.5, 5.5)));
    let text = |code| Field::new(field("Observation", code), Variant::Text);
    let mut terms: Vec<_> = entries.terms().filter(|(f, ..)| *f == text("code")).collect();
    terms.sort();
    let words = ["glucose [mass]", "glukose"];
    assert_eq!(terms, words.map(|term| (text("code"), term, 0)));
}

#[test]
fn strings_are_found_normalised_and_exact() {
    let patient =
        r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Müller  Meier","given":[" "]}]}"#;
    let entries = index(patient);
    let name = field("Patient", "name");
    let main = Field::new(name, Variant::Main);
    let terms: Vec<_> = entries.terms().filter(|(f, ..)| *f == main).map(|t| t.1).collect();
    assert_eq!(terms, ["muller meier"]);
    assert!(has(&entries, keys::exact_string(&hasher(), name, "Müller  Meier")));
    assert!(!has(&entries, keys::exact_string(&hasher(), name, "muller meier")));
}

#[test]
fn uris_are_found_whole_and_stand_in_order() {
    let set = r#"{"resourceType":"ValueSet","status":"active","url":"http://A.b/Vs"}"#;
    let entries = index(set);
    let url = field("ValueSet", "url");
    assert!(has(&entries, keys::uri(&hasher(), url, "http://A.b/Vs")));
    assert!(entries.terms().any(|(_, term, _)| term == "http://A.b/Vs"));
}

#[test]
fn a_resource_is_in_its_patients_compartment() {
    let hasher = hasher();
    let patient = |id| Some(hasher.identity("Patient", id));
    for (text, expected) in [
        (
            r#"{"resourceType":"Patient","id":"p1","link":[{"other":{"reference":"Patient/p0"}}]}"#,
            patient("p1"),
        ),
        (
            r#"{"resourceType":"Observation","performer":[{"reference":"Patient/p2"}],"subject":{"reference":"Patient/p1"}}"#,
            patient("p1"),
        ),
        (
            r#"{"resourceType":"Observation","performer":[{"reference":"Patient/p2"}],"subject":{"reference":"Group/g"}}"#,
            patient("p2"),
        ),
        (
            r#"{"resourceType":"Coverage","subscriber":{"reference":"Patient/p2"},"beneficiary":{"reference":"Patient/p1"}}"#,
            patient("p1"),
        ),
        (
            r#"{"resourceType":"Claim","payee":{"party":{"reference":"Patient/p2"}},"patient":{"reference":"Patient/p1"}}"#,
            patient("p1"),
        ),
        (r#"{"resourceType":"Encounter","subject":{"reference":"http://a.b/Patient/p1"}}"#, None),
        (r#"{"resourceType":"Location","name":"x"}"#, None),
        (r#"{"resourceType":"Task","for":{"reference":"Patient/p1"}}"#, None),
    ] {
        assert_eq!(index(text).subjects(), [expected], "{text}");
    }
}

#[test]
fn a_patient_that_has_no_id_yet_is_in_the_compartment_of_the_one_it_gets() {
    let doc = parse(r#"{"resourceType":"Patient"}"#);
    let mut entries = Entries::default();
    R4Indexer.index(type_("Patient"), "p9", &doc, &hasher(), 0, &mut entries);
    assert_eq!(entries.subjects(), [Some(hasher().identity("Patient", "p9"))]);
}

#[test]
fn ordinals_tell_resources_of_a_block_apart() {
    let doc = parse(OBSERVATION);
    let mut entries = Entries::default();
    for ordinal in 0..3 {
        R4Indexer.index(type_("Observation"), "o1", &doc, &hasher(), ordinal, &mut entries);
    }
    assert_eq!(entries.subjects().len(), 3);
    let dates: Vec<_> = entries.dates().iter().map(|(_, ordinal, ..)| *ordinal).collect();
    assert_eq!(dates, [0, 1, 2]);
}
