//! MedicationRequest and MedicationAdministration.

use super::{Scene, us_core};
use crate::calendar::Day;
use crate::codes::drugs::Route;
use crate::codes::{Drug, hl7};
use crate::json::Fixed;
use crate::life::Treatment;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// What a refill lasts, in days.
const SUPPLY: i32 = 90;

/// How an order stands at the end of the records.
fn status(treatment: &Treatment, ordered: Day, scene: &Scene<'_>) -> &'static str {
    match treatment.ends {
        Some(ends) if ends < scene.last && ends.since(treatment.starts) > SUPPLY => "stopped",
        Some(ends) if ends < scene.last => "completed",
        _ if scene.alive && scene.last.since(ordered) < 2 * 365 => "active",
        _ => "completed",
    }
}

/// Writes an order of a medicine.
pub(crate) fn request(
    scene: &Scene<'_>,
    treatment: &Treatment,
    reason: Option<Id>,
    id: Id,
    sink: &mut Sink,
) {
    let drug = treatment.drug;
    let ordered = scene.at.day();
    let long = treatment.ends.is_none_or(|ends| ends.since(ordered) > SUPPLY);
    let profile = us_core!("us-core-medicationrequest");
    let mut json = sink.open_as(ResourceKind::MedicationRequest, id, profile);
    json.text("status", status(treatment, ordered, scene));
    json.text("intent", "order");
    let category = hl7!("medicationrequest-category", "community", "Community");
    json.concepts("category", &[&category]);
    json.concept("medicationCodeableConcept", &drug.code);
    scene.context(&mut json);
    json.moment("authoredOn", scene.at);
    scene.practitioner("requester", &mut json);
    if let Some(reason) = reason {
        json.references("reasonReference", ResourceKind::Condition, reason);
    }
    json.array("dosageInstruction");
    json.element();
    json.number("sequence", 1);
    json.text("text", drug.sig);
    json.object("timing");
    json.object("repeat");
    json.number("frequency", i64::from(drug.per_day));
    json.number("period", 1);
    json.text("periodUnit", "d");
    json.end();
    json.end();
    json.bool("asNeededBoolean", drug.as_needed);
    json.concept("route", &drug.route.code());
    json.end();
    json.end_array();
    json.object("dispenseRequest");
    json.number("numberOfRepeatsAllowed", if long { 3 } else { 0 });
    let days = if long { SUPPLY } else { treatment.ends.map_or(7, |e| e.since(ordered).max(1)) };
    json.object("expectedSupplyDuration");
    json.number("value", i64::from(days));
    json.text("unit", "days");
    json.text("system", "http://unitsofmeasure.org");
    json.text("code", "d");
    json.end();
    json.end();
    json.finish();
}

/// Writes that a medicine was given during the visit.
pub(crate) fn administration(
    scene: &Scene<'_>,
    drug: &Drug,
    medication: Id,
    reason: Option<Id>,
    id: Id,
    sink: &mut Sink,
) {
    let mut json = sink.open(ResourceKind::MedicationAdministration, id);
    json.text("status", "completed");
    let known = ResourceKind::Medication;
    json.reference_named("medicationReference", known, medication, drug.code.display);
    scene.subject("subject", &mut json);
    json.reference("context", ResourceKind::Encounter, scene.encounter);
    json.period("effectivePeriod", scene.at, Some(scene.end));
    json.array("performer");
    json.element();
    scene.practitioner("actor", &mut json);
    json.end();
    json.end_array();
    if let Some(reason) = reason {
        json.references("reasonReference", ResourceKind::Condition, reason);
    }
    json.object("dosage");
    json.text("text", drug.sig);
    json.concept("route", &drug.route.code());
    let unit = if drug.route == Route::Subcutaneous { "{syringe}" } else { "{dose}" };
    json.quantity("dose", Fixed::new(1, 0), unit, unit);
    json.end();
    json.finish();
}
