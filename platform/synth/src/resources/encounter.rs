//! Encounter.

use super::{Scene, us_core};
use crate::codes::{Code, Setting, hl7};
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes the visit; `about` is the condition that it is for, `dies` whether it ends with death.
pub(crate) fn write(
    scene: &Scene<'_>,
    setting: &Setting,
    about: Option<(Id, &Code)>,
    dies: bool,
    sink: &mut Sink,
) {
    let profile = us_core!("us-core-encounter");
    let mut json = sink.open_as(ResourceKind::Encounter, scene.encounter, profile);
    json.array("identifier");
    json.element();
    json.text("use", "official");
    json.text("system", "urn:oid:2.16.840.1.113883.19.7");
    json.id("value", scene.encounter);
    json.end();
    json.end_array();
    json.text("status", "finished");
    json.coding("class", &setting.class);
    json.concepts("type", &[&setting.kind]);
    let patient = scene.person.id;
    json.reference_named("subject", ResourceKind::Patient, patient, &scene.person.name);
    json.array("participant");
    json.element();
    json.concepts("type", &[&hl7!("v3-ParticipationType", "PPRF", "primary performer")]);
    json.period("period", scene.at, Some(scene.end));
    scene.practitioner("individual", &mut json);
    json.end();
    json.end_array();
    json.period("period", scene.at, Some(scene.end));
    if let Some((condition, code)) = about {
        json.concepts("reasonCode", &[code]);
        json.array("diagnosis");
        json.element();
        json.reference("condition", ResourceKind::Condition, condition);
        if setting.is_inpatient() {
            json.concept("use", &hl7!("diagnosis-role", "DD", "Discharge diagnosis"));
        }
        json.end();
        json.end_array();
    }
    if setting.is_inpatient() {
        json.object("hospitalization");
        let disposition = if dies {
            hl7!("discharge-disposition", "exp", "Expired")
        } else {
            hl7!("discharge-disposition", "home", "Home")
        };
        json.concept("dischargeDisposition", &disposition);
        json.end();
    }
    json.array("location");
    json.element();
    json.reference_named("location", ResourceKind::Location, scene.site.location, scene.site.name);
    json.end();
    json.end_array();
    scene.organization("serviceProvider", &mut json);
    json.finish();
}
