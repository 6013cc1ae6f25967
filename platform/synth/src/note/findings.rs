//! What is found: vital signs, examination, results.

use super::NoteFacts;
use super::prose::{capital, number};
use super::sections::Layout;
use crate::body::Vitals;
use crate::codes::{Disorder, disorders};
use crate::prng::Stream;
use crate::resources::observation::flag;

pub(super) fn objective(
    facts: &NoteFacts<'_>,
    layout: &Layout,
    rng: &mut Stream,
    out: &mut String,
) {
    if let Some(vitals) = &facts.vitals {
        out.push_str(layout.vitals);
        signs(vitals, facts.presents.is_some(), out);
        out.push_str("\n\n");
    }
    out.push_str(layout.exam);
    match facts.presents {
        Some(presents) => {
            out.push_str(rng.pick(&["Alert, in no acute distress.", "Awake and oriented."]));
            for finding in presents.exam {
                out.push(' ');
                out.push_str(finding);
            }
        }
        None => examination(facts, rng, out),
    }
    out.push_str("\n\n");
    results(facts, layout, out);
}

fn examination(facts: &NoteFacts<'_>, rng: &mut Stream, out: &mut String) {
    let ill = |disorder: &Disorder| facts.history.iter().any(|known| known.is(disorder));
    out.push_str(rng.pick(&["Well-appearing.", "No acute distress.", "Appears comfortable."]));
    out.push_str(if ill(&disorders::FIBRILLATION) {
        " Heart: irregularly irregular, no murmur."
    } else {
        rng.pick(&[
            " Heart: regular rate and rhythm, no murmur.",
            " Heart: normal S1 and S2, no murmurs.",
        ])
    });
    out.push_str(if ill(&disorders::COPD) {
        " Lungs: reduced breath sounds, no crackles."
    } else {
        rng.pick(&[" Lungs: clear.", " Lungs: clear to auscultation on both sides."])
    });
    out.push_str(rng.pick(&[" Abdomen: soft, not tender.", " Abdomen: no masses, no tenderness."]));
    out.push_str(if ill(&disorders::HEART_FAILURE) {
        " Extremities: mild ankle edema."
    } else {
        rng.pick(&[" Extremities: no edema.", " Extremities: warm, pulses palpable."])
    });
    out.push_str(rng.pick(&[
        " Skin: no rash.",
        " Neck: supple, no adenopathy.",
        " Mucous membranes moist.",
    ]));
}

fn signs(vitals: &Vitals, sick: bool, out: &mut String) {
    let mut one = |words: &str, value: i32, digits: u8, unit: &str| {
        out.push_str(words);
        number(value, digits, out);
        out.push_str(unit);
    };
    if let Some((systolic, diastolic)) = vitals.pressure {
        one("BP ", systolic, 0, "/");
        one("", diastolic, 0, " mmHg, ");
    }
    one("HR ", vitals.heart, 0, "/min, ");
    one("RR ", vitals.breath, 0, "/min, ");
    one("temperature ", vitals.temperature, 1, " C, ");
    if sick {
        one("SpO2 ", vitals.saturation, 0, " %, ");
        one("pain ", vitals.pain, 0, "/10, ");
    } else {
        one("height ", vitals.height, 1, " cm, ");
    }
    one("weight ", vitals.weight, 1, " kg");
    if let (Some(bmi), false) = (vitals.bmi, sick) {
        one(", BMI ", bmi, 1, " kg/m2");
    }
    out.push('.');
}

fn results(facts: &NoteFacts<'_>, layout: &Layout, out: &mut String) {
    if facts.results.is_empty() && facts.tests.is_empty() && facts.images.is_empty() {
        return;
    }
    out.push_str(layout.results);
    let notable = facts.results.iter().filter(|(measure, value)| {
        measure.normal.is_none() || flag(measure, *value) != "N" || facts.results.len() < 6
    });
    let mut any = false;
    for (measure, value) in notable {
        out.push_str(if any { ", " } else { "" });
        any = true;
        out.push_str(measure.plain);
        out.push(' ');
        number(*value, measure.digits, out);
        if !measure.unit.starts_with('{') {
            out.push(' ');
            out.push_str(measure.unit);
        }
        match flag(measure, *value) {
            "H" => out.push_str(" (high)"),
            "L" => out.push_str(" (low)"),
            _ => {}
        }
    }
    if any {
        let rest = facts.results.len() >= 6;
        out.push_str(if rest { "; other values within normal limits.\n" } else { ".\n" });
    } else if !facts.results.is_empty() {
        out.push_str("Laboratory values within normal limits.\n");
    }
    for (code, positive) in &facts.tests {
        out.push_str(code.display);
        out.push_str(if *positive { ": positive.\n" } else { ": negative.\n" });
    }
    for (study, finding) in &facts.images {
        capital(study.plain, out);
        out.push_str(": ");
        out.push_str(finding);
        out.push('\n');
    }
    out.push('\n');
}
