use std::collections::BTreeSet;

use tarn_fhir::definitions::ParamKind;

use super::super::program::{MOST, is_kept_by_the_store, program};
use super::*;

#[test]
fn no_parameter_is_dropped_in_silence() {
    let mut left = BTreeSet::new();
    for type_ in TypeId::all() {
        let out = left_out(type_).iter().filter(|p| !is_kept_by_the_store(p));
        left.extend(out.map(|p| (p.code, p.kind == ParamKind::Special, p.expression)));
    }
    let expected = [
        ("_content", false, ""),
        ("_filter", true, ""),
        ("_query", false, ""),
        ("_text", false, ""),
    ];
    assert_eq!(left.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn every_type_has_a_program_with_room_to_spare() {
    for type_ in TypeId::all() {
        let program = program(type_);
        assert!(program.fields.len() < MOST * 3 / 4, "{type_}: {}", program.fields.len());
        assert!(program.fields.len() >= 4, "{type_} has _tag, _profile, _security and _source");
    }
}

#[test]
fn composites_know_the_kinds_of_their_parts() {
    use ParamKind::*;
    for (type_name, code, kinds) in [
        ("Observation", "code-value-quantity", vec![Token, Quantity]),
        ("Observation", "combo-code-value-concept", vec![Token, Token]),
        ("Observation", "code-value-date", vec![Token, Date]),
        ("DocumentReference", "relationship", vec![Token, Reference]),
        ("MolecularSequence", "chromosome-variant-coordinate", vec![Token, Number, Number]),
        ("ValueSet", "context-type-value", vec![Token, Token]),
        ("Group", "characteristic-value", vec![Token, Token]),
    ] {
        let field = field(type_name, code);
        assert_eq!(parts(type_(type_name), field), Some(&kinds[..]), "{type_name} {code}");
    }
    let all = definitions().fields().iter();
    let composites = all.filter(|p| p.kind == ParamKind::Composite);
    for parameter in composites {
        let known = TypeId::all().any(|type_| parts(type_, parameter.field).is_some());
        assert!(known, "{}", parameter.url);
    }
}
