//! Asthma and chronic obstructive pulmonary disease.

use super::presentations as p;
use super::rate;
use crate::codes::acts::{self, ASTHMA_PLAN, COPD_PLAN};
use crate::codes::disorders::*;
use crate::codes::{Specialty, drugs, labs, settings};
use crate::life::{Life, Order};

pub(super) fn year(life: &mut Life) {
    asthma(life);
    copd(life);
}

fn asthma(life: &mut Life) {
    let base = rate(life.age(), &[(2, 1_100), (8, 600), (16, 200), (50, 120)]);
    if !life.had(&ASTHMA) {
        if life.strikes(base) {
            begin_asthma(life);
        }
    } else if life.has(&ASTHMA) && life.rng.percent(5) {
        let (Some(problem), day) = (life.problem(&ASTHMA), life.some_day()) else { return };
        if life.on_record(day) && day > life.problems[problem].onset {
            let visit = life.present(day, &settings::EMERGENCY, Specialty::Emergency, &p::WHEEZE);
            life.visits[visit].about = Some(problem);
            let clear = "Hyperinflated lungs without infiltrate.";
            life.order(visit, Order::Image(&acts::CHEST_XRAY, clear, Some(problem)));
        }
    }
}

fn begin_asthma(life: &mut Life) {
    let day = life.some_day();
    let grows_out = life.age() < 10 && life.rng.percent(50);
    let ends = grows_out.then(|| day.plus(life.rng.between(2_000, 4_500)));
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::SYMPTOM, doctor, &p::WHEEZE);
    let problem = life.diagnose(visit, &ASTHMA, day, ends);
    let start = life.visits[visit].at.day();
    let days = ends.map(|ends| ends.since(start).max(0));
    life.treat(visit, &drugs::ALBUTEROL, problem, days);
    if life.rng.percent(60) {
        life.treat(visit, &drugs::FLUTICASONE, problem, days);
    }
    life.order(visit, Order::Plan(&ASTHMA_PLAN, problem));
    if life.age() >= 6 {
        life.order(visit, Order::Perform(&acts::SPIROMETRY, Some(problem)));
        life.order(visit, Order::Measure(&labs::FEV1_FVC));
    }
    if life.age() < 6 && life.rng.percent(40) {
        life.order(visit, Order::Device(&acts::NEBULIZER));
    }
}

fn copd(life: &mut Life) {
    let smoked = life.person.smoking_years(life.year);
    let base = rate(life.age(), &[(40, 30), (50, 90), (65, 180)]) * (1 + smoked as u32 / 3);
    if life.had(&COPD) {
        if life.rng.percent(8) {
            exacerbation(life);
        }
        return;
    }
    if !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let visit = life.present(day, &settings::SPECIALIST, Specialty::Pulmonology, &p::BREATHLESS);
    let problem = life.diagnose(visit, &COPD, day, None);
    let flat = "Flattened diaphragms and hyperinflation. No mass, no consolidation.";
    for order in [
        Order::Perform(&acts::SPIROMETRY, Some(problem)),
        Order::Measure(&labs::FEV1_FVC),
        Order::Image(&acts::CHEST_XRAY, flat, Some(problem)),
        Order::Plan(&COPD_PLAN, problem),
    ] {
        life.order(visit, order);
    }
    life.treat(visit, &drugs::FLUTICASONE_SALMETEROL, problem, None);
    if !life.takes(&drugs::ALBUTEROL) {
        life.treat(visit, &drugs::ALBUTEROL, problem, None);
    }
}

fn exacerbation(life: &mut Life) {
    let (Some(problem), day) = (life.problem(&COPD), life.some_day()) else { return };
    if !life.on_record(day) || day <= life.problems[problem].onset {
        return;
    }
    let setting = if life.rng.percent(40) { &settings::ADMISSION } else { &settings::EMERGENCY };
    let visit = life.present(day, setting, Specialty::Pulmonology, &p::BREATHLESS);
    life.visits[visit].about = Some(problem);
    let clear = "Hyperinflation. No consolidation, no effusion.";
    life.order(visit, Order::Image(&acts::CHEST_XRAY, clear, Some(problem)));
    life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
    life.treat(visit, &drugs::AZITHROMYCIN, problem, Some(5));
}
