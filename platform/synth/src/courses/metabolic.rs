//! Weight, sugar, lipids, thyroid, uric acid, iron and the kidneys.

use super::presentations as p;
use super::rate;
use crate::codes::acts::{self, DIABETES_PLAN, LIPID_PLAN};
use crate::codes::disorders::*;
use crate::codes::{Specialty, drugs, labs, settings};
use crate::life::{Life, Order};

pub(super) fn year(life: &mut Life) {
    obesity(life);
    sugar(life);
    lipids(life);
    kidneys(life);
    small_glands(life);
    iron(life);
}

fn obesity(life: &mut Life) {
    if life.person.bulk >= 300 && life.age() >= 18 && !life.had(&OBESITY) && life.rng.percent(8) {
        let onset = life.some_day();
        let doctor = life.family_doctor();
        let visit = life.visit(onset, &settings::FOLLOW_UP, doctor);
        life.diagnose(visit, &OBESITY, onset, None);
    }
}

fn sugar(life: &mut Life) {
    let heavy = life.person.bulk >= 300;
    let age = life.age();
    if !life.had(&PREDIABETES) && !life.had(&DIABETES) && age >= 25 {
        let base = rate(age, &[(25, 300), (40, 1_100), (55, 1_700), (75, 1_000)]);
        if life.strikes(if heavy { base * 5 / 2 } else { base }) {
            let onset = life.some_day();
            let doctor = life.family_doctor();
            let visit = life.visit(onset, &settings::FOLLOW_UP, doctor);
            life.diagnose(visit, &PREDIABETES, onset, None);
            life.order(visit, Order::Measure(&labs::HBA1C));
        }
    } else if life.has(&PREDIABETES) && life.strikes(if heavy { 7_000 } else { 3_500 }) {
        diabetes(life);
    } else if let Some(years) = life.years_with(&DIABETES) {
        worse_sugar(life, years);
    }
}

fn diabetes(life: &mut Life) {
    let onset = life.some_day();
    if let Some(before) = life.problem(&PREDIABETES) {
        let began = life.problems[before].onset;
        life.problems[before].ends = Some(onset.max(began));
    }
    let doctor = life.family_doctor();
    let visit = life.present(onset, &settings::PROBLEM, doctor, &p::NEW_DIABETES);
    let problem = life.diagnose(visit, &DIABETES, onset, None);
    life.treat(visit, &drugs::METFORMIN, problem, None);
    for order in [
        Order::Measure(&labs::HBA1C),
        Order::Panel(&labs::BASIC),
        Order::Measure(&labs::ALBUMIN_CREATININE),
        Order::Plan(&DIABETES_PLAN, problem),
        Order::Device(&acts::GLUCOSE_METER),
    ] {
        life.order(visit, order);
    }
}

fn worse_sugar(life: &mut Life, years: i32) {
    let Some(diabetes) = life.problem(&DIABETES) else { return };
    let day = life.some_day();
    let doctor = life.family_doctor();
    if years >= 5 && !life.takes(&drugs::INSULIN) && life.rng.percent(9) {
        let visit = life.visit(day, &settings::FOLLOW_UP, doctor);
        life.visits[visit].about.get_or_insert(diabetes);
        life.order(visit, Order::Measure(&labs::HBA1C));
        life.treat(visit, &drugs::INSULIN, diabetes, None);
    }
    if years >= 4 && !life.had(&NEUROPATHY) && life.rng.percent(3) {
        let visit = life.present(day, &settings::PROBLEM, doctor, &p::NUMB_FEET);
        life.diagnose(visit, &NEUROPATHY, day, None);
    }
    if years >= 6 && !life.had(&DIABETIC_KIDNEY) && life.rng.percent(3) {
        let visit = life.visit(day, &settings::FOLLOW_UP, doctor);
        let problem = life.diagnose(visit, &DIABETIC_KIDNEY, day, None);
        life.order(visit, Order::Measure(&labs::ALBUMIN_CREATININE));
        if !life.takes(&drugs::LISINOPRIL) && !life.takes(&drugs::LISINOPRIL_20) {
            life.treat(visit, &drugs::LISINOPRIL, problem, None);
        }
    }
}

fn lipids(life: &mut Life) {
    let age = life.age();
    let base = rate(age, &[(25, 400), (35, 1_500), (45, 2_600), (60, 2_400), (80, 800)]);
    if life.had(&HYPERLIPIDEMIA) || !life.strikes(base) {
        return;
    }
    let onset = life.some_day();
    let doctor = life.family_doctor();
    let visit = life.visit(onset, &settings::FOLLOW_UP, doctor);
    let problem = life.diagnose(visit, &HYPERLIPIDEMIA, onset, None);
    life.order(visit, Order::Panel(&labs::LIPIDS));
    if life.rng.percent(40) {
        life.order(visit, Order::Plan(&LIPID_PLAN, problem));
    }
    if age >= 40 || life.rng.percent(30) {
        life.treat(visit, &drugs::SIMVASTATIN, problem, None);
    }
}

fn kidneys(life: &mut Life) {
    let mut base = rate(life.age(), &[(45, 150), (60, 600), (75, 1_500)]);
    if life.has(&DIABETES) {
        base *= 3;
    }
    if life.has(&HYPERTENSION) {
        base *= 2;
    }
    let day = life.some_day();
    if !life.had(&CKD3) {
        if life.strikes(base) {
            let visit = life.visit(day, &settings::SPECIALIST, Specialty::Nephrology);
            life.diagnose(visit, &CKD3, day, None);
            life.order(visit, Order::Panel(&labs::BASIC));
            life.order(visit, Order::Measure(&labs::ALBUMIN_CREATININE));
        }
    } else if !life.had(&CKD4) {
        if life.years_with(&CKD3) > Some(2) && life.rng.percent(4) {
            kidneys_worse(life, &CKD3, &CKD4);
        }
    } else if !life.had(&KIDNEY_FAILURE) && life.years_with(&CKD4) > Some(1) && life.rng.percent(12)
    {
        kidneys_worse(life, &CKD4, &KIDNEY_FAILURE);
    } else if life.has(&KIDNEY_FAILURE) {
        dialysis(life);
    }
}

fn kidneys_worse(
    life: &mut Life,
    from: &'static crate::codes::Disorder,
    to: &'static crate::codes::Disorder,
) {
    let day = life.some_day();
    if let Some(before) = life.problem(from) {
        let began = life.problems[before].onset;
        life.problems[before].ends = Some(day.max(began));
    }
    let visit = life.visit(day, &settings::SPECIALIST, Specialty::Nephrology);
    life.diagnose(visit, to, day, None);
    life.order(visit, Order::Panel(&labs::BASIC));
    life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
}

/// One recorded session a quarter stands for the many.
fn dialysis(life: &mut Life) {
    let Some(problem) = life.problem(&KIDNEY_FAILURE) else { return };
    for quarter in 0..4 {
        let day = crate::calendar::Day::from_civil(life.year, 1 + 3 * quarter, 8);
        if !life.on_record(day) || day < life.problems[problem].onset {
            continue;
        }
        let visit = life.visit(day, &settings::DAY_CASE, Specialty::Nephrology);
        life.visits[visit].about = Some(problem);
        life.order(visit, Order::Perform(&acts::DIALYSIS, Some(problem)));
        life.order(visit, Order::Panel(&labs::BASIC));
    }
}

fn small_glands(life: &mut Life) {
    let thyroid = if life.person.female { 350 } else { 70 };
    if life.age() >= 25 && !life.had(&HYPOTHYROIDISM) && life.strikes(thyroid) {
        let day = life.some_day();
        let doctor = life.family_doctor();
        let visit = life.present(day, &settings::SYMPTOM, doctor, &p::TIRED);
        let problem = life.diagnose(visit, &HYPOTHYROIDISM, day, None);
        life.order(visit, Order::Measure(&labs::TSH));
        life.treat(visit, &drugs::LEVOTHYROXINE, problem, None);
    }
    let gout = if life.person.female { 40 } else { 180 };
    if life.age() >= 35 && !life.had(&GOUT) && life.strikes(gout) {
        let day = life.some_day();
        let doctor = life.family_doctor();
        let visit = life.present(day, &settings::SYMPTOM, doctor, &p::PAINFUL_TOE);
        let problem = life.diagnose(visit, &GOUT, day, None);
        life.treat(visit, &drugs::NAPROXEN, problem, Some(10));
        life.treat(visit, &drugs::ALLOPURINOL, problem, None);
    }
    let reflux = rate(life.age(), &[(25, 500), (45, 800)]);
    if !life.had(&REFLUX) && life.strikes(reflux) {
        let day = life.some_day();
        let doctor = life.family_doctor();
        let visit = life.present(day, &settings::SYMPTOM, doctor, &p::HEARTBURN);
        let problem = life.diagnose(visit, &REFLUX, day, None);
        life.treat(visit, &drugs::OMEPRAZOLE, problem, None);
    }
}

fn iron(life: &mut Life) {
    let fertile = life.person.female && (14..50).contains(&life.age());
    let base = if fertile { 900 } else { rate(life.age(), &[(1, 250), (6, 60), (65, 400)]) };
    if life.has(&IRON_ANEMIA) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    if !life.on_record(day) {
        return;
    }
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::SYMPTOM, doctor, &p::TIRED);
    let ends = day.plus(life.rng.between(90, 240));
    let problem = life.diagnose(visit, &IRON_ANEMIA, day, Some(ends));
    life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
    life.order(visit, Order::Measure(&labs::FERRITIN));
    life.treat(visit, &drugs::FERROUS_SULFATE, problem, Some(ends.since(day)));
    let check = life.visit(ends, &settings::FOLLOW_UP, doctor);
    life.visits[check].about = Some(problem);
    life.order(check, Order::Panel(&labs::BLOOD_COUNT));
}
