//! Condition.

use super::{Scene, us_core};
use crate::codes::hl7;
use crate::life::Problem;
use crate::sink::{ResourceKind, Sink};

/// Writes a problem as it is known at the end of the records.
pub(crate) fn write(scene: &Scene<'_>, problem: &Problem, sink: &mut Sink) {
    let disorder = problem.disorder;
    let profile = if disorder.chronic {
        us_core!("us-core-condition-problems-health-concerns")
    } else {
        us_core!("us-core-condition-encounter-diagnosis")
    };
    let ended = problem.ends.filter(|ends| *ends < scene.last);
    let status = if ended.is_some() {
        hl7!("condition-clinical", "resolved", "Resolved")
    } else {
        hl7!("condition-clinical", "active", "Active")
    };
    let category = if disorder.chronic {
        hl7!("condition-category", "problem-list-item", "Problem List Item")
    } else {
        hl7!("condition-category", "encounter-diagnosis", "Encounter Diagnosis")
    };
    let mut json = sink.open_as(ResourceKind::Condition, problem.id, profile);
    json.concept("clinicalStatus", &status);
    json.concept("verificationStatus", &hl7!("condition-ver-status", "confirmed", "Confirmed"));
    json.concepts("category", &[&category]);
    json.concept_of("code", &[&disorder.code, &disorder.icd10]);
    scene.context(&mut json);
    json.day("onsetDateTime", problem.onset);
    if let Some(ended) = ended {
        json.day("abatementDateTime", ended);
    }
    json.moment("recordedDate", scene.at);
    scene.practitioner("recorder", &mut json);
    json.finish();
}
