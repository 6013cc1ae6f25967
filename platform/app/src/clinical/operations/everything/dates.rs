//! `start` and `end`: when care took place, as each type says it.

use tarn_fhir::date::Period;
use tarn_fhir::definitions::{FieldId, TypeId, definitions};
use tarn_search::filter::{DateTest, Filter, KeyTest, Prefix};

/// The search parameters that say when what a resource tells of took place; never those that say
/// when something was meant to happen, or when somebody was born.
const CLINICAL: &[(&str, &[&str])] = &[
    ("Account", &["period"]),
    ("AdverseEvent", &["date"]),
    ("AllergyIntolerance", &["date", "onset"]),
    ("Appointment", &["date"]),
    ("AuditEvent", &["date"]),
    ("Basic", &["created"]),
    ("CarePlan", &["date"]),
    ("CareTeam", &["date"]),
    ("ChargeItem", &["occurrence", "entered-date"]),
    ("Claim", &["created"]),
    ("ClaimResponse", &["created"]),
    ("ClinicalImpression", &["date"]),
    ("Communication", &["sent", "received"]),
    ("CommunicationRequest", &["authored", "occurrence"]),
    ("Composition", &["date", "period"]),
    ("Condition", &["onset-date", "abatement-date", "recorded-date"]),
    ("Consent", &["date"]),
    ("CoverageEligibilityRequest", &["created"]),
    ("CoverageEligibilityResponse", &["created"]),
    ("DetectedIssue", &["identified"]),
    ("DeviceRequest", &["authored-on", "event-date"]),
    ("DiagnosticReport", &["date", "issued"]),
    ("DocumentManifest", &["created"]),
    ("DocumentReference", &["date", "period"]),
    ("Encounter", &["date"]),
    ("EpisodeOfCare", &["date"]),
    ("ExplanationOfBenefit", &["created"]),
    ("Flag", &["date"]),
    ("Goal", &["start-date"]),
    ("ImagingStudy", &["started"]),
    ("Immunization", &["date"]),
    ("ImmunizationEvaluation", &["date"]),
    ("ImmunizationRecommendation", &["date"]),
    ("Invoice", &["date"]),
    ("List", &["date"]),
    ("MeasureReport", &["date", "period"]),
    ("Media", &["created"]),
    ("MedicationAdministration", &["effective-time"]),
    ("MedicationDispense", &["whenhandedover", "whenprepared"]),
    ("MedicationRequest", &["authoredon"]),
    ("MedicationStatement", &["effective"]),
    ("NutritionOrder", &["datetime"]),
    ("Observation", &["date"]),
    ("Procedure", &["date"]),
    ("Provenance", &["recorded", "when"]),
    ("QuestionnaireResponse", &["authored"]),
    ("RequestGroup", &["authored"]),
    ("ResearchSubject", &["date"]),
    ("RiskAssessment", &["date"]),
    ("Schedule", &["date"]),
    ("ServiceRequest", &["authored", "occurrence"]),
    ("Specimen", &["collected"]),
    ("SupplyRequest", &["date"]),
    ("VisionPrescription", &["datewritten"]),
];

/// The conditions of being within a span of time. What has no date cannot be said to lie outside,
/// and leaving out, say, an allergy for want of a date would be dangerous: it passes.
pub(super) fn within(types: &[TypeId], start: Option<Period>, end: Option<Period>) -> Vec<Filter> {
    let fields = fields(types);
    let test =
        |prefix, period: Period| DateTest { prefix, lo: period.lo, hi: period.last(), exact: true };
    let start = start.map(|period| test(Prefix::Ge, period));
    let end = end.map(|period| test(Prefix::Le, period));
    let passes = |test: DateTest| {
        let undated = fields.iter().map(|field| KeyTest::Present(*field)).collect();
        Filter::Any(vec![
            Filter::Dates(fields.clone(), vec![test]),
            Filter::Not(Box::new(Filter::Keys(undated))),
        ])
    };
    start.into_iter().chain(end).map(passes).collect()
}

fn fields(types: &[TypeId]) -> Vec<FieldId> {
    let mut fields: Vec<FieldId> = CLINICAL
        .iter()
        .filter_map(|(name, codes)| Some((TypeId::parse(name)?, codes)))
        .filter(|(type_, _)| types.contains(type_))
        .flat_map(|(type_, codes)| {
            codes.iter().filter_map(move |code| definitions().parameter(type_, code))
        })
        .map(|parameter| parameter.field)
        .collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use tarn_fhir::definitions::ParamKind;

    #[test]
    fn every_named_parameter_is_a_date_of_r4() {
        for (name, codes) in CLINICAL {
            let type_ = TypeId::parse(name).expect(name);
            for code in *codes {
                let parameter = definitions().parameter(type_, code);
                let parameter = parameter.unwrap_or_else(|| panic!("{name} has {code}"));
                assert_eq!(parameter.kind, ParamKind::Date, "{name} {code}");
            }
        }
    }

    #[test]
    fn every_dated_type_of_the_compartment_is_looked_at() {
        // They have dates, but none that says when care took place.
        const NEVER: [&str; 4] = ["Patient", "Person", "RelatedPerson", "FamilyMemberHistory"];
        let patient = TypeId::parse("Patient").unwrap();
        for type_ in TypeId::all().filter(|t| !definitions().compartment(patient, *t).is_empty()) {
            let own = definitions().parameters(type_).iter();
            let dated = own.filter(|p| p.kind == ParamKind::Date && !p.code.starts_with('_'));
            let is_listed = CLINICAL.iter().any(|(name, _)| *name == type_.name());
            let is_dated = dated.count() > 0 && !NEVER.contains(&type_.name());
            assert_eq!(is_dated, is_listed, "{type_}");
        }
    }
}
