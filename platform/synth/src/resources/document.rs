//! DocumentReference: the clinical note of a visit.

use super::{Scene, us_core};
use crate::codes::{Code, code};
use crate::note::base64;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes the note as an attachment.
pub(crate) fn write(scene: &Scene<'_>, kind: &Code, note: &str, id: Id, sink: &mut Sink) {
    let profile = us_core!("us-core-documentreference");
    let mut json = sink.open_as(ResourceKind::DocumentReference, id, profile);
    json.array("identifier");
    json.element();
    json.text("system", "urn:ietf:rfc:3986");
    json.plain("value", |out| {
        out.extend_from_slice(b"urn:uuid:");
        id.write(out);
    });
    json.end();
    json.end_array();
    json.text("status", "current");
    json.text("docStatus", "final");
    json.concept("type", kind);
    let category = code(
        "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
        "clinical-note",
        "Clinical Note",
    );
    json.concepts("category", &[&category]);
    scene.subject("subject", &mut json);
    json.moment("date", scene.end);
    json.array("author");
    json.reference_item(ResourceKind::Practitioner, scene.by.id);
    json.end_array();
    scene.organization("custodian", &mut json);
    json.array("content");
    json.element();
    json.object("attachment");
    json.text("contentType", "text/plain; charset=utf-8");
    json.text("language", "en-US");
    json.plain("data", |out| base64::encode(note.as_bytes(), out));
    json.text("title", kind.display);
    json.moment("creation", scene.end);
    json.end();
    json.end();
    json.end_array();
    json.object("context");
    json.references("encounter", ResourceKind::Encounter, scene.encounter);
    json.period("period", scene.at, Some(scene.end));
    json.end();
    json.finish();
}
