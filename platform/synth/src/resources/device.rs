//! Device.

use super::{Scene, us_core};
use crate::codes::{Code, acts};
use crate::json::integer;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// Writes a device that the patient gets.
pub(crate) fn write(scene: &Scene<'_>, kind: &Code, id: Id, sink: &mut Sink) {
    let implanted = *kind == acts::PACEMAKER;
    let mut json = sink.open(ResourceKind::Device, id);
    if implanted {
        json.profile(us_core!("us-core-implantable-device"));
    }
    let serial = (id.bits() % 10_000_000_000) as i64;
    let item = (id.bits() >> 64) % 10_000_000_000_000;
    json.array("udiCarrier");
    json.element();
    json.plain("deviceIdentifier", |out| out.extend_from_slice(format!("0{item:013}").as_bytes()));
    json.plain("carrierHRF", |out| {
        out.extend_from_slice(format!("(01)0{item:013}(21){serial}").as_bytes());
    });
    json.end();
    json.end_array();
    json.text("status", "active");
    json.plain("distinctIdentifier", |out| {
        out.extend_from_slice(b"SN-");
        integer(out, serial);
    });
    json.moment("manufactureDate", scene.at.day().plus(-120).at(0));
    json.plain("serialNumber", |out| integer(out, serial));
    json.array("deviceName");
    json.element();
    json.text("name", kind.display);
    json.text("type", "user-friendly-name");
    json.end();
    json.end_array();
    json.concept("type", kind);
    json.reference("patient", ResourceKind::Patient, scene.person.id);
    json.finish();
}
