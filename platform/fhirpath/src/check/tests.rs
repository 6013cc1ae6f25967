use crate::error::Error;
use crate::expression::Expression;
use crate::types::FhirType;

fn check(type_: &str, text: &str) -> Result<(), Error> {
    Expression::parse(text).unwrap().check(FhirType::parse(type_))
}

#[test]
fn what_r4_knows_is_well() {
    for (type_, text) in [
        ("Patient", "Patient.name.given.first().length() > 3"),
        ("Patient", "name.where(use = 'official').select(given | family).join(' ')"),
        ("Observation", "Observation.value.unit | value.as(Period).start | component.value.code"),
        ("Observation", "(Observation.value as Quantity).value > 3"),
        ("Questionnaire", "repeat(item).linkId.isDistinct()"),
        ("Bundle", "Bundle.entry.resource.name.nonsense"),
        ("Patient", "contained.ofType(Observation).value"),
        ("Patient", "birthDate.extension('x').value.as(dateTime) + 1 day"),
        ("Patient", "Resource.id | DomainResource.text.status"),
        ("Patient", "children().where($this is HumanName).given"),
        ("Patient", "contact.organization.resolve().name"),
        ("HumanName", "given contains 'x' and %resource.name.exists()"),
        ("Timing", "repeat.bounds.ofType(Period).start"),
    ] {
        check(type_, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn what_can_mean_nothing_is_refused_at_its_place() {
    for (type_, text, at) in [
        ("Patient", "name.given1", 6),
        ("Patient", "Encounter.name", 1),
        ("Patient", "children().skip(1)", 12),
        ("Patient", "descendants()[0]", 14),
        ("Observation", "valueQuantity.unit", 1),
        ("Observation", "value.as(Period).unit", 18),
        ("Appointment", "Appointment.identifier.startsWith('rand')", 24),
        ("Patient", "name.where(uses = 'x')", 12),
        ("Patient", "name.given.abs()", 12),
        ("Patient", "1.name", 3),
    ] {
        match check(type_, text) {
            Err(Error::Semantic { at: found, .. }) => assert_eq!(found, at, "{text}"),
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn nested_repetitions_are_too_costly() {
    let text = "repeat(item.".repeat(30) + "item" + &")".repeat(30);
    assert!(matches!(check("Questionnaire", &text), Err(Error::TooCostly { .. })));
}
