//! The end: by an illness when it strikes, or by what age and the illnesses of years add up to.

use super::rate;
use crate::calendar::{Moment, NOW};
use crate::codes::disorders::*;
use crate::codes::{Disorder, Specialty, settings};
use crate::life::{Life, Order, Visit};

/// Lets somebody die of a sudden illness in `percent` of cases; tells whether it did.
pub(super) fn takes(life: &mut Life, percent: u32, at: Moment, cause: &'static Disorder) -> bool {
    let dies = life.death.is_none() && at.day() < NOW && life.rng.percent(percent);
    if dies {
        die(life, at, cause);
    }
    dies
}

/// Illnesses that kill over the years: how many times they raise the yearly risk (percent more).
static DEADLY: &[(&Disorder, u32)] = &[
    (&LUNG_CANCER, 3_000),
    (&COLON_CANCER, 700),
    (&BREAST_CANCER, 350),
    (&PROSTATE_CANCER, 200),
    (&KIDNEY_FAILURE, 500),
    (&HEART_FAILURE, 300),
    (&ALZHEIMER, 250),
    (&COPD, 150),
    (&CORONARY, 100),
    (&STROKE, 100),
    (&DIABETES, 60),
    (&HYPERTENSION, 10),
];

/// What the others die of.
static SUDDEN: &[(u32, &Disorder)] =
    &[(36, &CARDIAC_ARREST), (24, &INFARCTION), (14, &PNEUMONIA), (14, &SEPSIS), (12, &STROKE)];

pub(super) fn year(life: &mut Life) {
    if life.death.is_some() || life.year <= life.person.begins.year() {
        return;
    }
    let ill: Vec<(u32, &'static Disorder)> = DEADLY
        .iter()
        .filter(|(disorder, _)| life.has(disorder))
        .map(|&(disorder, more)| (more, disorder))
        .collect();
    let burden: u32 = ill.iter().map(|(more, _)| more).sum();
    // Deaths per 100,000 of those without the illnesses above.
    let base = rate(
        life.age(),
        &[
            (1, 20),
            (15, 70),
            (25, 110),
            (45, 220),
            (55, 450),
            (65, 900),
            (75, 2_400),
            (85, 7_500),
            (92, 16_000),
        ],
    );
    let base = if life.person.female { base * 85 / 100 } else { base * 115 / 100 };
    if !life.strikes((base * (100 + burden) / 100).min(60_000)) {
        return;
    }
    let cause = if burden > 0 && life.rng.below(100 + burden) >= 100 {
        life.rng.weighted(&ill)
    } else {
        life.rng.weighted(SUDDEN)
    };
    let day = life.some_day();
    let at = day.at(life.rng.between(30, 1_439));
    die(life, at, cause);
}

/// Ends the life and has the death certified.
fn die(life: &mut Life, at: Moment, cause: &'static Disorder) {
    debug_assert!(at.day() > life.person.birth && at.day() < NOW);
    life.death = Some(at);
    let setting = &settings::DEATH;
    let (minutes, _) = setting.minutes;
    life.visits.push(Visit {
        at: at.plus_minutes(-minutes),
        minutes,
        setting,
        specialty: Specialty::Internal,
        presents: None,
        about: life.problem(cause),
        orders: vec![Order::Certify(cause)],
    });
}
