//! Observation: vital signs, laboratory values, scores, smoking, tests, cause of death.

use super::{Scene, us_core};
use crate::body::Vitals;
use crate::codes::labs::{self, Measure};
use crate::codes::{Code, Disorder, NEGATIVE, POSITIVE, hl7};
use crate::json::{Fixed, Json};
use crate::prng::{Id, Stream};
use crate::sink::{ResourceKind, Sink};

const VITAL: Code = hl7!("observation-category", "vital-signs", "Vital Signs");
const LABORATORY: Code = hl7!("observation-category", "laboratory", "Laboratory");
const SURVEY: Code = hl7!("observation-category", "survey", "Survey");
const SOCIAL: Code = hl7!("observation-category", "social-history", "Social History");
const EXAM: Code = hl7!("observation-category", "exam", "Exam");

fn open<'s>(
    scene: &Scene<'_>,
    sink: &'s mut Sink,
    id: Id,
    profile: Option<&str>,
    category: &Code,
    codes: &[&Code],
) -> Json<'s> {
    let mut json = sink.open(ResourceKind::Observation, id);
    if let Some(profile) = profile {
        json.profile(profile);
    }
    json.text("status", "final");
    json.concepts("category", &[category]);
    json.concept_of("code", codes);
    scene.context(&mut json);
    json.moment("effectiveDateTime", scene.at);
    json.moment("issued", scene.end);
    json.references("performer", ResourceKind::Practitioner, scene.by.id);
    json
}

/// A vital sign's profile of FHIR itself, named by the last part of its URL.
macro_rules! vital {
    ($name:literal) => {
        concat!("http://hl7.org/fhir/StructureDefinition/", $name)
    };
}

/// Which vital signs a visit takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Everything, growth included.
    Full,
    /// What an illness needs.
    Sick,
    /// Weight and pressure.
    Short,
}

/// Writes the vital signs of a visit.
pub(crate) fn vitals(
    scene: &Scene<'_>,
    vitals: &Vitals,
    extent: Extent,
    rng: &mut Stream,
    sink: &mut Sink,
) {
    let mut put = |profile: &str, measure: &Measure, value: i32| {
        let id = rng.id();
        let pulse_oximetry = std::ptr::eq(measure, &labs::SATURATION);
        let codes: &[&Code] =
            if pulse_oximetry { &[&measure.code, &labs::PULSE_OXIMETRY] } else { &[&measure.code] };
        let mut json = open(scene, sink, id, Some(profile), &VITAL, codes);
        let value = Fixed { value, digits: measure.digits };
        json.quantity("valueQuantity", value, measure.unit, measure.ucum);
        json.finish();
    };
    if extent == Extent::Full {
        put(vital!("bodyheight"), &labs::HEIGHT, vitals.height);
    }
    put(vital!("bodyweight"), &labs::WEIGHT, vitals.weight);
    if extent == Extent::Full {
        if let Some(bmi) = vitals.bmi {
            put(vital!("bmi"), &labs::BMI, bmi);
        }
        if let Some(head) = vitals.head {
            put(vital!("headcircum"), &labs::HEAD, head);
        }
    }
    if extent != Extent::Short {
        put(vital!("heartrate"), &labs::HEART_RATE, vitals.heart);
        put(vital!("resprate"), &labs::RESPIRATION, vitals.breath);
        put(vital!("bodytemp"), &labs::TEMPERATURE, vitals.temperature);
    }
    if extent == Extent::Sick {
        put(vital!("oxygensat"), &labs::SATURATION, vitals.saturation);
    }
    if extent == Extent::Sick {
        pain(scene, vitals.pain, rng.id(), sink);
    }
    if let Some(value) = vitals.pressure {
        let id = rng.id();
        pressure(scene, value, id, sink);
    }
}

fn pain(scene: &Scene<'_>, value: i32, id: Id, sink: &mut Sink) {
    let measure = &labs::PAIN;
    let mut json = open(scene, sink, id, None, &VITAL, &[&measure.code]);
    json.quantity("valueQuantity", Fixed::new(value, 0), measure.unit, measure.ucum);
    json.finish();
}

fn pressure(scene: &Scene<'_>, (systolic, diastolic): (i32, i32), id: Id, sink: &mut Sink) {
    let codes = [&labs::BLOOD_PRESSURE];
    let mut json = open(scene, sink, id, Some(vital!("bp")), &VITAL, &codes);
    json.array("component");
    for (measure, value) in [(&labs::SYSTOLIC, systolic), (&labs::DIASTOLIC, diastolic)] {
        json.element();
        json.concept("code", &measure.code);
        json.quantity("valueQuantity", Fixed::new(value, 0), measure.unit, measure.ucum);
        json.end();
    }
    json.end_array();
    json.finish();
}

/// What a laboratory value says beside what is normal.
pub(crate) fn flag(measure: &Measure, value: i32) -> &'static str {
    match measure.normal {
        Some((low, _)) if value < low => "L",
        Some((_, high)) if value > high => "H",
        _ => "N",
    }
}

/// Writes a laboratory value.
pub(crate) fn laboratory(
    scene: &Scene<'_>,
    measure: &Measure,
    value: i32,
    id: Id,
    sink: &mut Sink,
) {
    let profile = Some(us_core!("us-core-observation-lab"));
    let mut json = open(scene, sink, id, profile, &LABORATORY, &[&measure.code]);
    let fixed = |value| Fixed { value, digits: measure.digits };
    json.quantity("valueQuantity", fixed(value), measure.unit, measure.ucum);
    if let Some((low, high)) = measure.normal {
        let meaning = match flag(measure, value) {
            "L" => hl7!("v3-ObservationInterpretation", "L", "Low"),
            "H" => hl7!("v3-ObservationInterpretation", "H", "High"),
            _ => hl7!("v3-ObservationInterpretation", "N", "Normal"),
        };
        json.concepts("interpretation", &[&meaning]);
        json.array("referenceRange");
        json.element();
        json.quantity("low", fixed(low), measure.unit, measure.ucum);
        json.quantity("high", fixed(high), measure.unit, measure.ucum);
        json.end();
        json.end_array();
    }
    json.finish();
}

/// Writes a questionnaire's score.
pub(crate) fn survey(scene: &Scene<'_>, measure: &Measure, value: i32, id: Id, sink: &mut Sink) {
    let mut json = open(scene, sink, id, None, &SURVEY, &[&measure.code]);
    json.quantity("valueQuantity", Fixed::new(value, 0), measure.unit, measure.ucum);
    json.finish();
}

/// Writes a test that is positive or negative.
pub(crate) fn test(scene: &Scene<'_>, code: &Code, positive: bool, id: Id, sink: &mut Sink) {
    let profile = Some(us_core!("us-core-observation-lab"));
    let mut json = open(scene, sink, id, profile, &LABORATORY, &[code]);
    json.concept("valueCodeableConcept", if positive { &POSITIVE } else { &NEGATIVE });
    json.finish();
}

/// Writes whether the patient smokes.
pub(crate) fn smoking(scene: &Scene<'_>, status: &Code, id: Id, sink: &mut Sink) {
    let profile = Some(us_core!("us-core-smokingstatus"));
    let mut json = open(scene, sink, id, profile, &SOCIAL, &[&labs::SMOKING]);
    json.concept("valueCodeableConcept", status);
    json.finish();
}

/// Writes what the patient died of.
pub(crate) fn cause_of_death(scene: &Scene<'_>, cause: &Disorder, id: Id, sink: &mut Sink) {
    let mut json = open(scene, sink, id, None, &EXAM, &[&labs::CAUSE_OF_DEATH]);
    json.concept("valueCodeableConcept", &cause.code);
    json.finish();
}
