//! DiagnosticReport: laboratory panels and readings of images.

use super::{Scene, us_core};
use crate::codes::{Panel, Study, hl7};
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes a panel with its results.
pub(crate) fn panel(scene: &Scene<'_>, panel: &Panel, results: &[Id], id: Id, sink: &mut Sink) {
    let profile = us_core!("us-core-diagnosticreport-lab");
    let mut json = sink.open_as(ResourceKind::DiagnosticReport, id, profile);
    json.text("status", "final");
    json.concepts("category", &[&hl7!("v2-0074", "LAB", "Laboratory")]);
    json.concept("code", &panel.code);
    scene.context(&mut json);
    json.moment("effectiveDateTime", scene.at);
    json.moment("issued", scene.end);
    json.references("performer", ResourceKind::Organization, scene.site.organization);
    json.array("result");
    for result in results {
        json.reference_item(ResourceKind::Observation, *result);
    }
    json.end_array();
    json.finish();
}

/// Writes the reading of an imaging study.
pub(crate) fn reading(
    scene: &Scene<'_>,
    study: &Study,
    imaging: Id,
    finding: &str,
    id: Id,
    sink: &mut Sink,
) {
    let mut json = sink.open(ResourceKind::DiagnosticReport, id);
    json.text("status", "final");
    json.concepts("category", &[&hl7!("v2-0074", "RAD", "Radiology")]);
    json.concept("code", &study.code);
    scene.context(&mut json);
    json.moment("effectiveDateTime", scene.at);
    json.moment("issued", scene.end);
    json.references("performer", ResourceKind::Organization, scene.site.organization);
    json.references("imagingStudy", ResourceKind::ImagingStudy, imaging);
    json.text("conclusion", finding);
    json.finish();
}
