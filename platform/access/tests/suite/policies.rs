//! The policy table, and its matrix.

use std::path::Path;

use tarn_access::{Action, Policies};

fn refused(text: &str) -> String {
    Policies::parse(text).err().unwrap().to_string()
}

#[test]
fn the_matrix_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies/matrix.txt");
    let matrix = Policies::shipped().unwrap().matrix();
    if std::env::var_os("TARN_WRITE_MATRIX").is_some() {
        std::fs::write(&path, &matrix).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, matrix, "run TARN_WRITE_MATRIX=1 cargo test -p tarn-access, and review");
}

#[test]
fn the_founder_may_everything() {
    let policies = Policies::shipped().unwrap();
    assert!(Action::ALL.iter().all(|action| policies.allows(policies.founder(), *action)));
}

#[test]
fn deny_wins_whatever_the_order() {
    for text in ["deny fhir:Delete\nallow fhir:*", "allow fhir:*\ndeny fhir:Delete"] {
        let policies = Policies::parse(&format!("founder a\nrole a\n{text}")).unwrap();
        assert!(policies.allows("a", Action::FhirRead));
        assert!(!policies.allows("a", Action::FhirDelete));
        assert!(!policies.allows("a", Action::StoreCreate));
    }
}

#[test]
fn a_mistake_refuses_the_whole_table_and_names_its_line() {
    assert_eq!(refused("role a"), "policy table, line 1: no `founder` is named");
    assert_eq!(
        refused("founder b\nrole a"),
        "policy table, line 2: the `founder` is no role of the table"
    );
    for (line, why) in [
        ("allow fhir:Reed", "`fhir:Reed` is no action"),
        ("allow fhir:R*", "`fhir:R*` is no action"),
        ("allow fh*", "`fh*` is no action"),
        ("allow nothing:*", "`nothing:*` is no action"),
        ("allow", "a rule names no action"),
        ("role a", "role `a` is there already"),
        ("role A", "`role` takes one name of a-z, 0-9 and `-`"),
        ("permit fhir:Read", "`permit` is none of role, allow, deny, founder"),
    ] {
        let words = refused(&format!("founder a\nrole a\n{line}"));
        assert_eq!(words, format!("policy table, line 3: {why}"));
    }
    assert_eq!(refused("allow *"), "policy table, line 1: a rule stands before the first role");
}
