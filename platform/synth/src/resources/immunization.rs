//! Immunization.

use super::{Scene, us_core};
use crate::codes::Vaccine;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes a vaccination; `dose` is its number in the series.
pub(crate) fn write(scene: &Scene<'_>, vaccine: &Vaccine, dose: u8, id: Id, sink: &mut Sink) {
    let profile = us_core!("us-core-immunization");
    let mut json = sink.open_as(ResourceKind::Immunization, id, profile);
    json.text("status", "completed");
    json.concept("vaccineCode", &vaccine.code);
    json.reference("patient", ResourceKind::Patient, scene.person.id);
    json.reference("encounter", ResourceKind::Encounter, scene.encounter);
    json.moment("occurrenceDateTime", scene.at);
    json.bool("primarySource", true);
    json.reference("location", ResourceKind::Location, scene.site.location);
    let lot = id.bits() % 90_000 + 10_000;
    json.plain("lotNumber", |out| {
        let first = vaccine.manufacturer.as_bytes().first().copied().unwrap_or(b'X');
        out.push(first);
        crate::json::integer(out, lot as i64);
    });
    json.array("performer");
    json.element();
    scene.practitioner("actor", &mut json);
    json.end();
    json.end_array();
    json.array("protocolApplied");
    json.element();
    json.number("doseNumberPositiveInt", i64::from(dose));
    json.end();
    json.end_array();
    json.finish();
}
