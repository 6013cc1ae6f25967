//! Blood pressure, coronary disease, infarction, heart failure, atrial fibrillation, stroke.

use super::presentations as p;
use super::rate;
use crate::calendar::Day;
use crate::codes::acts::{self, HEART_FAILURE_PLAN, HYPERTENSION_PLAN};
use crate::codes::disorders::*;
use crate::codes::{Specialty, drugs, labs, settings};
use crate::life::{Life, Order};

pub(super) fn year(life: &mut Life) {
    pressure(life);
    coronary(life);
    infarction(life);
    failure(life);
    fibrillation(life);
    stroke(life);
}

/// How much more often vessels go wrong in this person (percent).
fn burden(life: &Life) -> u32 {
    let mut burden = if life.person.female { 70 } else { 110 };
    for (disorder, more) in [(&HYPERTENSION, 60), (&DIABETES, 90), (&HYPERLIPIDEMIA, 50)] {
        if life.has(disorder) {
            burden += more;
        }
    }
    burden + if life.person.smoked_in(life.year) { 90 } else { 0 }
}

fn pressure(life: &mut Life) {
    let mut base = rate(
        life.age(),
        &[(20, 300), (30, 1_000), (40, 2_200), (50, 3_600), (60, 4_800), (70, 5_500)],
    );
    if life.person.bulk >= 300 {
        base = base * 8 / 5;
    }
    if !life.had(&HYPERTENSION) {
        if life.strikes(base) {
            hypertension(life);
        }
    } else if life.years_with(&HYPERTENSION) > Some(2)
        && !life.takes(&drugs::AMLODIPINE)
        && life.rng.percent(6)
    {
        let Some(problem) = life.problem(&HYPERTENSION) else { return };
        let day = life.some_day();
        let doctor = life.family_doctor();
        let visit = life.visit(day, &settings::FOLLOW_UP, doctor);
        life.visits[visit].about.get_or_insert(problem);
        life.treat(visit, &drugs::AMLODIPINE, problem, None);
    }
}

fn hypertension(life: &mut Life) {
    let day = life.some_day();
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::PROBLEM, doctor, &p::HIGH_PRESSURE);
    let problem = life.diagnose(visit, &HYPERTENSION, day, None);
    life.order(visit, Order::Panel(&labs::BASIC));
    life.order(visit, Order::Plan(&HYPERTENSION_PLAN, problem));
    if life.rng.percent(60) {
        life.order(visit, Order::Perform(&acts::ECG, Some(problem)));
    }
    let first = life.rng.weighted(&[
        (55, &drugs::LISINOPRIL),
        (25, &drugs::HYDROCHLOROTHIAZIDE),
        (20, &drugs::AMLODIPINE),
    ]);
    life.treat(visit, first, problem, None);
}

fn coronary(life: &mut Life) {
    let base = rate(life.age(), &[(35, 60), (45, 260), (55, 550), (65, 900), (75, 1_200)]);
    if life.had(&CORONARY) || !life.strikes(base * burden(life) / 100) {
        return;
    }
    let day = life.some_day();
    let visit = life.present(day, &settings::SPECIALIST, Specialty::Cardiology, &p::ANGINA);
    let problem = life.diagnose(visit, &CORONARY, day, None);
    life.order(visit, Order::Perform(&acts::ECG, Some(problem)));
    let normal = "Normal left ventricular size. No wall motion abnormality at rest.";
    life.order(visit, Order::Image(&acts::ECHOCARDIOGRAM, normal, Some(problem)));
    life.order(visit, Order::Panel(&labs::LIPIDS));
    prevent_clots(life, visit, problem);
    if life.on_record(day.plus(20)) && life.rng.percent(35) {
        let visit = life.visit(day.plus(20), &settings::DAY_CASE, Specialty::Cardiology);
        life.visits[visit].about = Some(problem);
        life.order(visit, Order::Perform(&acts::ANGIOGRAPHY, Some(problem)));
        if life.rng.percent(60) {
            life.order(visit, Order::Perform(&acts::STENT, Some(problem)));
        }
    }
}

/// Aspirin, beta blocker, statin and nitroglycerin, as far as not taken yet.
fn prevent_clots(life: &mut Life, visit: usize, problem: usize) {
    for drug in [&drugs::ASPIRIN, &drugs::METOPROLOL, &drugs::ATORVASTATIN, &drugs::NITROGLYCERIN] {
        let drug = life.tolerated(drug);
        if !life.takes(drug) {
            life.treat(visit, drug, problem, None);
        }
    }
    let day = life.visits[visit].at.day();
    for treatment in &mut life.treatments {
        if treatment.drug.code == drugs::SIMVASTATIN.code && treatment.ends.is_none() {
            treatment.ends = Some(day.max(treatment.starts));
        }
    }
}

fn infarction(life: &mut Life) {
    let base = rate(life.age(), &[(35, 25), (45, 90), (55, 180), (65, 320), (75, 520)]);
    let more = if life.has(&CORONARY) { 4 } else { 1 };
    if !life.strikes(base * burden(life) / 100 * more) {
        return;
    }
    let day = life.some_day();
    if life.on_record(day) {
        let visit = life.present(day, &settings::EMERGENCY, Specialty::Emergency, &p::CHEST_PAIN);
        let end = life.visits[visit].end();
        let problem = life.diagnose(visit, &INFARCTION, day, Some(day.plus(30)));
        life.order(visit, Order::Perform(&acts::ECG, Some(problem)));
        life.order(visit, Order::Measure(&labs::TROPONIN));
        life.order(visit, Order::Panel(&labs::BASIC));
        if super::death::takes(life, 12, end.plus_minutes(40), &INFARCTION) {
            return;
        }
        let stay = life.visit(day.plus(1), &settings::ADMISSION, Specialty::Cardiology);
        life.visits[stay].at = end.plus_minutes(60);
        life.visits[stay].about = Some(problem);
        life.visits[stay].presents = Some(&p::CHEST_PAIN);
        let repair = if life.rng.percent(85) { &acts::STENT } else { &acts::BYPASS };
        for order in [
            Order::Perform(&acts::ANGIOGRAPHY, Some(problem)),
            Order::Perform(repair, Some(problem)),
            Order::Panel(&labs::BLOOD_COUNT),
            Order::Measure(&labs::TROPONIN),
            Order::Measure(&labs::EJECTION),
            Order::Give(&drugs::ENOXAPARIN, problem),
        ] {
            life.order(stay, order);
        }
        if !life.takes(&drugs::CLOPIDOGREL) {
            life.treat(stay, &drugs::CLOPIDOGREL, problem, Some(365));
        }
        prevent_clots(life, stay, problem);
    }
    if !life.had(&OLD_INFARCTION) {
        let after = day.plus(30);
        let visit = life.visit(after, &settings::FOLLOW_UP, Specialty::Internal);
        life.diagnose(visit, &OLD_INFARCTION, after, None);
    }
}

fn failure(life: &mut Life) {
    let mut base = rate(life.age(), &[(45, 60), (60, 250), (70, 600), (80, 1_200)]);
    if life.had(&OLD_INFARCTION) {
        base *= 4;
    }
    if life.has(&HYPERTENSION) {
        base = base * 3 / 2;
    }
    if life.had(&HEART_FAILURE) {
        if life.rng.percent(9) {
            decompensation(life);
        }
        return;
    }
    if !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let visit = life.present(day, &settings::SPECIALIST, Specialty::Cardiology, &p::SWOLLEN_LEGS);
    let problem = life.diagnose(visit, &HEART_FAILURE, day, None);
    let weak = "Reduced left ventricular ejection fraction with global hypokinesis.";
    for order in [
        Order::Measure(&labs::NT_PRO_BNP),
        Order::Measure(&labs::EJECTION),
        Order::Image(&acts::ECHOCARDIOGRAM, weak, Some(problem)),
        Order::Panel(&labs::BASIC),
        Order::Plan(&HEART_FAILURE_PLAN, problem),
    ] {
        life.order(visit, order);
    }
    life.treat(visit, &drugs::FUROSEMIDE, problem, None);
    life.treat(visit, &drugs::CARVEDILOL, problem, None);
    if !life.takes(&drugs::LISINOPRIL) && !life.takes(&drugs::LISINOPRIL_20) {
        life.treat(visit, &drugs::LISINOPRIL_20, problem, None);
    }
}

fn decompensation(life: &mut Life) {
    let (Some(problem), day) = (life.problem(&HEART_FAILURE), life.some_day()) else { return };
    if !life.on_record(day) || day < life.problems[problem].onset {
        return;
    }
    let stay = life.present(day, &settings::ADMISSION, Specialty::Cardiology, &p::SWOLLEN_LEGS);
    life.visits[stay].about = Some(problem);
    let congested = "Enlarged heart and pulmonary vascular congestion. No focal consolidation.";
    for order in [
        Order::Measure(&labs::NT_PRO_BNP),
        Order::Panel(&labs::BASIC),
        Order::Image(&acts::CHEST_XRAY, congested, Some(problem)),
        Order::Give(&drugs::ENOXAPARIN, problem),
    ] {
        life.order(stay, order);
    }
}

fn fibrillation(life: &mut Life) {
    let base = rate(life.age(), &[(45, 60), (55, 180), (65, 550), (75, 1_300), (85, 1_900)]);
    if life.had(&FIBRILLATION) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let visit = life.present(day, &settings::SPECIALIST, Specialty::Cardiology, &p::PALPITATIONS);
    let problem = life.diagnose(visit, &FIBRILLATION, day, None);
    life.order(visit, Order::Perform(&acts::ECG, Some(problem)));
    life.order(visit, Order::Measure(&labs::TSH));
    life.treat(visit, &drugs::WARFARIN, problem, None);
    if !life.takes(&drugs::METOPROLOL) {
        life.treat(visit, &drugs::METOPROLOL, problem, None);
    }
    if life.rng.percent(30) && life.on_record(day.plus(30)) {
        let visit = life.visit(day.plus(30), &settings::DAY_CASE, Specialty::Cardiology);
        life.visits[visit].about = Some(problem);
        life.order(visit, Order::Perform(&acts::CARDIOVERSION, Some(problem)));
    }
    if life.rng.percent(12) {
        let visit = life.visit(day.plus(60), &settings::DAY_CASE, Specialty::Cardiology);
        life.order(visit, Order::Device(&acts::PACEMAKER));
    }
}

fn stroke(life: &mut Life) {
    let mut base = rate(life.age(), &[(40, 25), (55, 120), (65, 320), (75, 650), (85, 1_100)]);
    if life.has(&FIBRILLATION) {
        base *= 3;
    }
    if life.had(&STROKE) || !life.strikes(base * burden(life) / 130) {
        return;
    }
    let day = life.some_day();
    if !life.on_record(day) {
        return past_stroke(life, day);
    }
    let visit = life.present(day, &settings::EMERGENCY, Specialty::Emergency, &p::WEAK_ARM);
    let problem = life.diagnose(visit, &STROKE, day, None);
    let end = life.visits[visit].end();
    let bleed = "No intracranial hemorrhage. Early hypodensity in the left middle cerebral artery \
                 territory.";
    life.order(visit, Order::Image(&acts::HEAD_CT, bleed, Some(problem)));
    life.order(visit, Order::Panel(&labs::BASIC));
    life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
    if life.rng.percent(20) {
        life.order(visit, Order::Give(&drugs::ALTEPLASE, problem));
    }
    if super::death::takes(life, 14, end.plus_minutes(45), &STROKE) {
        return;
    }
    let stay = life.visit(day.plus(1), &settings::ADMISSION, Specialty::Neurology);
    life.visits[stay].at = end.plus_minutes(60);
    life.visits[stay].about = Some(problem);
    life.visits[stay].presents = Some(&p::WEAK_ARM);
    life.order(stay, Order::Panel(&labs::LIPIDS));
    life.order(stay, Order::Perform(&acts::PHYSICAL_THERAPY, Some(problem)));
    life.order(stay, Order::Give(&drugs::ENOXAPARIN, problem));
    prevent_stroke(life, stay, problem);
}

fn past_stroke(life: &mut Life, day: Day) {
    let visit = life.visit(day, &settings::FOLLOW_UP, Specialty::Internal);
    let problem = life.diagnose(visit, &STROKE, day, None);
    prevent_stroke(life, visit, problem);
}

fn prevent_stroke(life: &mut Life, visit: usize, problem: usize) {
    for drug in [&drugs::CLOPIDOGREL, &drugs::ATORVASTATIN] {
        if !life.takes(drug) {
            life.treat(visit, drug, problem, None);
        }
    }
}
