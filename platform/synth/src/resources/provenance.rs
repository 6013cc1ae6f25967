//! Provenance: who wrote down what of a visit.

use super::{Scene, us_core};
use crate::codes::hl7;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes who is the author of the visit's documents.
pub(crate) fn write(scene: &Scene<'_>, targets: &[(ResourceKind, Id)], id: Id, sink: &mut Sink) {
    let mut json = sink.open_as(ResourceKind::Provenance, id, us_core!("us-core-provenance"));
    json.array("target");
    json.reference_item(ResourceKind::Encounter, scene.encounter);
    for (kind, target) in targets {
        json.reference_item(*kind, *target);
    }
    json.end_array();
    json.moment("recorded", scene.end);
    json.array("agent");
    json.element();
    json.concept("type", &hl7!("provenance-participant-type", "author", "Author"));
    scene.practitioner("who", &mut json);
    scene.organization("onBehalfOf", &mut json);
    json.end();
    json.end_array();
    json.finish();
}
