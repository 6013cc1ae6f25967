//! ImagingStudy.

use super::Scene;
use crate::codes::{Code, Study};
use crate::prng::{Id, Stream};
use crate::sink::{ResourceKind, Sink};

/// A DICOM UID made from a UUID (DICOM PS3.5 B.2).
fn uid(id: Id) -> String {
    format!("2.25.{}", id.bits())
}

/// Writes a study of one series.
pub(crate) fn write(
    scene: &Scene<'_>,
    study: &Study,
    reason: Option<Id>,
    id: Id,
    rng: &mut Stream,
    sink: &mut Sink,
) {
    let series = rng.id();
    let mut json = sink.open(ResourceKind::ImagingStudy, id);
    json.array("identifier");
    json.element();
    json.text("use", "official");
    json.text("system", "urn:dicom:uid");
    json.plain("value", |out| out.extend_from_slice(format!("urn:oid:{}", uid(id)).as_bytes()));
    json.end();
    json.end_array();
    json.text("status", "available");
    let Code { system, code, display } = study.modality;
    json.array("modality");
    json.element();
    json.text("system", system);
    json.text("code", code);
    json.text("display", display);
    json.end();
    json.end_array();
    scene.context(&mut json);
    json.moment("started", scene.at);
    json.number("numberOfSeries", 1);
    json.number("numberOfInstances", i64::from(study.images));
    json.concepts("procedureCode", &[&study.code]);
    json.reference("location", ResourceKind::Location, scene.site.location);
    if let Some(reason) = reason {
        json.references("reasonReference", ResourceKind::Condition, reason);
    }
    json.text("description", study.plain);
    json.array("series");
    json.element();
    json.text("uid", &uid(series));
    json.number("number", 1);
    json.coding("modality", &study.modality);
    json.number("numberOfInstances", i64::from(study.images));
    json.coding("bodySite", &study.body);
    json.moment("started", scene.at);
    json.array("instance");
    for number in 1..=study.images {
        json.element();
        json.text("uid", &uid(rng.id()));
        json.object("sopClass");
        json.text("system", "urn:ietf:rfc:3986");
        json.text("code", study.sop);
        json.end();
        json.number("number", i64::from(number));
        json.end();
    }
    json.end_array();
    json.end();
    json.end_array();
    json.finish();
}
