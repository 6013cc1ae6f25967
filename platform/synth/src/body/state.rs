//! What the values of a moment depend on.

use crate::calendar::Day;
use crate::codes::disorders::*;
use crate::codes::{Disorder, Drug, drugs};
use crate::life::Life;

/// The body at a day.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) age: i32,
    pub(crate) months: i32,
    pub(crate) female: bool,
    pub(crate) bulk: i32,
    /// Expected HbA1c in tenths of a percent.
    pub(crate) sugar: i32,
    /// Expected glomerular filtration.
    pub(crate) filtration: i32,
    pub(crate) lipids: Lipids,
    /// Expected systolic pressure.
    pub(crate) pressure: i32,
    pub(crate) anemic: bool,
    pub(crate) thyroid_low: bool,
    pub(crate) lungs_bad: bool,
    pub(crate) heart_weak: bool,
    pub(crate) infarcted: bool,
    pub(crate) inflamed: bool,
    pub(crate) anticoagulated: bool,
    pub(crate) depressed: bool,
    pub(crate) anxious: bool,
    /// Years of Alzheimer's disease.
    pub(crate) forgetful: Option<i32>,
    pub(crate) prostate_bad: bool,
    pub(crate) kidneys_leak: bool,
}

/// How the blood lipids are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lipids {
    Normal,
    High,
    Treated,
}

impl State {
    pub(crate) fn of(life: &Life, day: Day) -> Self {
        let has = |disorder: &Disorder| active(life, disorder, day).is_some();
        let takes = |drug: &Drug| {
            life.treatments.iter().any(|t| {
                t.drug.code == drug.code
                    && t.ordered.is_some()
                    && t.starts < day
                    && t.ends.is_none_or(|ends| ends > day)
            })
        };
        let person = &life.person;
        let age = day.years_since(person.birth);
        let statin = takes(&drugs::SIMVASTATIN) || takes(&drugs::ATORVASTATIN);
        let lipids = match (has(&HYPERLIPIDEMIA), statin) {
            (_, true) => Lipids::Treated,
            (true, false) => Lipids::High,
            _ => Lipids::Normal,
        };
        let sharp = [&PNEUMONIA, &APPENDICITIS, &COVID, &STREP_THROAT];
        Self {
            age,
            months: day.months_since(person.birth),
            female: person.female,
            bulk: person.bulk,
            sugar: sugar(life, day, &takes),
            filtration: filtration(age, &has),
            lipids,
            pressure: pressure(life, age, &has, &takes),
            anemic: has(&IRON_ANEMIA) || has(&KIDNEY_FAILURE),
            thyroid_low: has(&HYPOTHYROIDISM) && !takes(&drugs::LEVOTHYROXINE),
            lungs_bad: has(&COPD) || has(&ASTHMA),
            heart_weak: has(&HEART_FAILURE),
            infarcted: has(&INFARCTION),
            inflamed: sharp.into_iter().any(has),
            anticoagulated: takes(&drugs::WARFARIN),
            depressed: has(&DEPRESSION),
            anxious: has(&ANXIETY),
            forgetful: active(life, &ALZHEIMER, day).map(|onset| day.years_since(onset)),
            prostate_bad: has(&PROSTATE_CANCER),
            kidneys_leak: has(&DIABETIC_KIDNEY) || has(&CKD4),
        }
    }
}

/// When a disorder of that day began.
fn active(life: &Life, disorder: &Disorder, day: Day) -> Option<Day> {
    life.problems
        .iter()
        .find(|problem| {
            problem.disorder.is(disorder)
                && problem.onset <= day
                && problem.ends.is_none_or(|ends| ends >= day)
        })
        .map(|problem| problem.onset)
}

fn sugar(life: &Life, day: Day, takes: &impl Fn(&Drug) -> bool) -> i32 {
    if let Some(onset) = active(life, &DIABETES, day) {
        // Rises by about 0.12 a year; metformin and insulin take it down.
        let untreated = 78 + day.years_since(onset) * 12 / 10 + (life.person.bulk - 280) / 20;
        let lowered = if takes(&drugs::METFORMIN) { 8 } else { 0 };
        let lowered = lowered + if takes(&drugs::INSULIN) { 11 } else { 0 };
        return (untreated - lowered).clamp(62, 115);
    }
    if active(life, &PREDIABETES, day).is_some() { 60 } else { 53 }
}

fn filtration(age: i32, has: &impl Fn(&Disorder) -> bool) -> i32 {
    if has(&KIDNEY_FAILURE) {
        9
    } else if has(&CKD4) {
        22
    } else if has(&CKD3) {
        46
    } else {
        (118 - age * 55 / 100).max(63)
    }
}

fn pressure(
    life: &Life,
    age: i32,
    has: &impl Fn(&Disorder) -> bool,
    takes: &impl Fn(&Drug) -> bool,
) -> i32 {
    let by_age = if age < 18 { 88 + age * 2 } else { 112 + age * 22 / 100 };
    let bulk = ((life.person.bulk - 250) / 20).clamp(-3, 8);
    if !has(&HYPERTENSION) {
        let strained = has(&PREECLAMPSIA);
        return by_age + if age < 18 { 0 } else { bulk } + if strained { 34 } else { 0 };
    }
    let pills = [
        &drugs::LISINOPRIL,
        &drugs::LISINOPRIL_20,
        &drugs::AMLODIPINE,
        &drugs::HYDROCHLOROTHIAZIDE,
        &drugs::METOPROLOL,
    ];
    let taken = pills.into_iter().filter(|drug| takes(drug)).count() as i32;
    by_age + bulk + 26 - 9 * taken.min(3)
}
