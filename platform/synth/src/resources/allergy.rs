//! AllergyIntolerance.

use super::{Scene, us_core};
use crate::codes::hl7;
use crate::life::Allergy;
use crate::sink::{ResourceKind, Sink};

/// Writes an allergy.
pub(crate) fn write(scene: &Scene<'_>, allergy: &Allergy, sink: &mut Sink) {
    let profile = us_core!("us-core-allergyintolerance");
    let mut json = sink.open_as(ResourceKind::AllergyIntolerance, allergy.id, profile);
    json.concept("clinicalStatus", &hl7!("allergyintolerance-clinical", "active", "Active"));
    json.concept(
        "verificationStatus",
        &hl7!("allergyintolerance-verification", "confirmed", "Confirmed"),
    );
    json.text("type", "allergy");
    json.array("category");
    json.item(allergy.substance.category);
    json.end_array();
    json.text("criticality", if allergy.severe { "high" } else { "low" });
    json.concept("code", &allergy.substance.code);
    json.reference("patient", ResourceKind::Patient, scene.person.id);
    json.reference("encounter", ResourceKind::Encounter, scene.encounter);
    json.day("onsetDateTime", allergy.onset);
    json.moment("recordedDate", scene.at);
    scene.practitioner("recorder", &mut json);
    json.array("reaction");
    json.element();
    json.concepts("manifestation", &[&allergy.substance.reaction]);
    json.text("severity", if allergy.severe { "severe" } else { "mild" });
    json.end();
    json.end_array();
    json.finish();
}
