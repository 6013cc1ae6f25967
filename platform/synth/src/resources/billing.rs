//! Claim and ExplanationOfBenefit.

use super::Scene;
use crate::codes::{Code, Drug, hl7};
use crate::json::Json;
use crate::prng::Id;
use crate::sink::{ResourceKind, Sink};

/// What a visit is billed for.
#[derive(Debug, Default)]
pub(crate) struct Bill {
    /// What was done, and its price in cents.
    pub(crate) items: Vec<(Code, i32)>,
    pub(crate) diagnoses: Vec<Id>,
}

impl Bill {
    fn total(&self) -> i32 {
        self.items.iter().map(|(_, cents)| cents).sum()
    }
}

const PROFESSIONAL: Code = hl7!("claim-type", "professional", "Professional");
const INSTITUTIONAL: Code = hl7!("claim-type", "institutional", "Institutional");
const PHARMACY: Code = hl7!("claim-type", "pharmacy", "Pharmacy");

fn kind(scene: &Scene<'_>) -> &'static Code {
    if scene.site.is_hospital { &INSTITUTIONAL } else { &PROFESSIONAL }
}

fn head(json: &mut Json<'_>, scene: &Scene<'_>, kind: &Code) {
    json.text("status", "active");
    json.concept("type", kind);
    json.text("use", "claim");
    let patient = scene.person.id;
    json.reference_named("patient", ResourceKind::Patient, patient, &scene.person.name);
    json.period("billablePeriod", scene.at, Some(scene.end));
    json.moment("created", scene.end);
}

fn insurance(json: &mut Json<'_>, scene: &Scene<'_>, numbered: bool) {
    json.array("insurance");
    json.element();
    if numbered {
        json.number("sequence", 1);
    }
    json.bool("focal", true);
    json.reference_named("coverage", ResourceKind::Coverage, scene.coverage, scene.payer.name);
    json.end();
    json.end_array();
}

fn diagnoses(json: &mut Json<'_>, bill: &Bill) {
    if bill.diagnoses.is_empty() {
        return;
    }
    json.array("diagnosis");
    for (sequence, condition) in (1..).zip(&bill.diagnoses) {
        json.element();
        json.number("sequence", sequence);
        json.reference("diagnosisReference", ResourceKind::Condition, *condition);
        json.end();
    }
    json.end_array();
}

/// Writes the claim for a visit.
pub(crate) fn claim(scene: &Scene<'_>, bill: &Bill, id: Id, sink: &mut Sink) {
    let mut json = sink.open(ResourceKind::Claim, id);
    head(&mut json, scene, kind(scene));
    json.reference("insurer", ResourceKind::Organization, scene.payer.id);
    scene.organization("provider", &mut json);
    json.concept("priority", &hl7!("processpriority", "normal", "Normal"));
    json.reference("facility", ResourceKind::Location, scene.site.location);
    diagnoses(&mut json, bill);
    insurance(&mut json, scene, true);
    json.array("item");
    for (sequence, (code, cents)) in (1..).zip(&bill.items) {
        json.element();
        json.number("sequence", sequence);
        json.concept("productOrService", code);
        json.period("servicedPeriod", scene.at, Some(scene.end));
        json.dollars("net", *cents);
        json.references("encounter", ResourceKind::Encounter, scene.encounter);
        json.end();
    }
    json.end_array();
    json.dollars("total", bill.total());
    json.finish();
}

/// Writes the pharmacy's claim for an order of a medicine.
pub(crate) fn pharmacy(scene: &Scene<'_>, drug: &Drug, request: Id, id: Id, sink: &mut Sink) {
    let mut json = sink.open(ResourceKind::Claim, id);
    head(&mut json, scene, &PHARMACY);
    json.reference("insurer", ResourceKind::Organization, scene.payer.id);
    scene.organization("provider", &mut json);
    json.concept("priority", &hl7!("processpriority", "normal", "Normal"));
    json.reference("prescription", ResourceKind::MedicationRequest, request);
    insurance(&mut json, scene, true);
    json.array("item");
    json.element();
    json.number("sequence", 1);
    json.concept("productOrService", &drug.code);
    json.dollars("net", drug.price);
    json.references("encounter", ResourceKind::Encounter, scene.encounter);
    json.end();
    json.end_array();
    json.dollars("total", drug.price);
    json.finish();
}

/// How the payer shares a price: (eligible, copay, benefit) in cents.
fn share(cents: i32) -> (i32, i32, i32) {
    let eligible = (i64::from(cents) * 82 / 100) as i32;
    let copay = (eligible / 10).min(15_000);
    (eligible, copay, eligible - copay)
}

fn adjudication(json: &mut Json<'_>, cents: i32) {
    let (eligible, copay, benefit) = share(cents);
    json.array("adjudication");
    for (code, amount) in [
        (hl7!("adjudication", "submitted", "Submitted Amount"), cents),
        (hl7!("adjudication", "eligible", "Eligible Amount"), eligible),
        (hl7!("adjudication", "copay", "CoPay"), copay),
        (hl7!("adjudication", "benefit", "Benefit Amount"), benefit),
    ] {
        json.element();
        json.concept("category", &code);
        json.dollars("amount", amount);
        json.end();
    }
    json.end_array();
}

/// Writes what the payer made of a claim.
pub(crate) fn benefit(scene: &Scene<'_>, bill: &Bill, claim: Id, id: Id, sink: &mut Sink) {
    let mut json = sink.open(ResourceKind::ExplanationOfBenefit, id);
    head(&mut json, scene, kind(scene));
    json.reference("insurer", ResourceKind::Organization, scene.payer.id);
    scene.organization("provider", &mut json);
    json.reference("facility", ResourceKind::Location, scene.site.location);
    json.reference("claim", ResourceKind::Claim, claim);
    json.text("outcome", "complete");
    json.array("careTeam");
    json.element();
    json.number("sequence", 1);
    scene.practitioner("provider", &mut json);
    json.concept("role", &hl7!("claimcareteamrole", "primary", "Primary provider"));
    json.end();
    json.end_array();
    diagnoses(&mut json, bill);
    insurance(&mut json, scene, false);
    json.array("item");
    for (sequence, (code, cents)) in (1..).zip(&bill.items) {
        json.element();
        json.number("sequence", sequence);
        json.concept("productOrService", code);
        json.period("servicedPeriod", scene.at, Some(scene.end));
        json.references("encounter", ResourceKind::Encounter, scene.encounter);
        adjudication(&mut json, *cents);
        json.end();
    }
    json.end_array();
    let (_, _, paid) = share(bill.total());
    json.array("total");
    for (code, amount) in [
        (hl7!("adjudication", "submitted", "Submitted Amount"), bill.total()),
        (hl7!("adjudication", "benefit", "Benefit Amount"), paid),
    ] {
        json.element();
        json.concept("category", &code);
        json.dollars("amount", amount);
        json.end();
    }
    json.end_array();
    json.object("payment");
    json.dollars("amount", paid);
    json.end();
    json.finish();
}
