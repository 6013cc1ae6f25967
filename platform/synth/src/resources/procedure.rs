//! Procedure.

use super::{Scene, us_core};
use crate::codes::Act;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes a procedure done during the visit.
pub(crate) fn write(scene: &Scene<'_>, act: &Act, reason: Option<Id>, id: Id, sink: &mut Sink) {
    let mut json = sink.open_as(ResourceKind::Procedure, id, us_core!("us-core-procedure"));
    json.text("status", "completed");
    json.concept("code", &act.code);
    scene.context(&mut json);
    let end = scene.at.plus_minutes(act.minutes).min(scene.end);
    json.period("performedPeriod", scene.at, Some(end));
    json.array("performer");
    json.element();
    scene.practitioner("actor", &mut json);
    json.end();
    json.end_array();
    json.reference("location", ResourceKind::Location, scene.site.location);
    if let Some(reason) = reason {
        json.references("reasonReference", ResourceKind::Condition, reason);
    }
    json.finish();
}
