//! Depression, anxiety, migraine and Alzheimer's disease.

use super::presentations as p;
use super::rate;
use crate::codes::acts::{self, DEPRESSION_PLAN};
use crate::codes::disorders::*;
use crate::codes::{Specialty, drugs, labs, settings};
use crate::life::{Life, Order};

pub(super) fn year(life: &mut Life) {
    depression(life);
    anxiety(life);
    migraine(life);
    alzheimer(life);
}

fn depression(life: &mut Life) {
    let base = rate(life.age(), &[(13, 500), (18, 800), (35, 650), (60, 400)]);
    let base = if life.person.female { base * 7 / 5 } else { base * 4 / 5 };
    if life.had(&DEPRESSION) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let ends = life.rng.percent(65).then(|| day.plus(life.rng.between(200, 1_600)));
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::PROBLEM, doctor, &p::LOW_MOOD);
    let problem = life.diagnose(visit, &DEPRESSION, day, ends);
    let start = life.visits[visit].at.day();
    let days = ends.map(|ends| ends.since(start).max(0));
    life.treat(visit, &drugs::FLUOXETINE, problem, days);
    life.order(visit, Order::Survey(&labs::PHQ9));
    life.order(visit, Order::Plan(&DEPRESSION_PLAN, problem));
    for weeks in [4, 10] {
        let day = day.plus(7 * weeks);
        if life.on_record(day) {
            let visit = life.visit(day, &settings::SPECIALIST, Specialty::Psychiatry);
            life.visits[visit].about = Some(problem);
            life.order(visit, Order::Survey(&labs::PHQ9));
            life.order(visit, Order::Perform(&acts::THERAPY, Some(problem)));
        }
    }
}

fn anxiety(life: &mut Life) {
    let base = rate(life.age(), &[(14, 350), (20, 500), (50, 250)]);
    if life.had(&ANXIETY) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::PROBLEM, doctor, &p::WORRY);
    let ends = life.rng.percent(50).then(|| day.plus(life.rng.between(300, 2_500)));
    let problem = life.diagnose(visit, &ANXIETY, day, ends);
    life.order(visit, Order::Survey(&labs::GAD7));
    life.order(visit, Order::Perform(&acts::THERAPY, Some(problem)));
}

fn migraine(life: &mut Life) {
    let base = rate(life.age(), &[(10, 300), (15, 700), (40, 250), (60, 30)]);
    let base = if life.person.female { base * 3 / 2 } else { base / 2 };
    if life.had(&MIGRAINE) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::SYMPTOM, doctor, &p::HEADACHE);
    let problem = life.diagnose(visit, &MIGRAINE, day, None);
    if life.age() >= 16 {
        life.treat(visit, &drugs::NAPROXEN, problem, Some(120));
    }
}

fn alzheimer(life: &mut Life) {
    let base = rate(life.age(), &[(65, 250), (75, 1_200), (85, 4_000)]);
    if life.had(&ALZHEIMER) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let visit = life.present(day, &settings::SPECIALIST, Specialty::Neurology, &p::FORGETFUL);
    let problem = life.diagnose(visit, &ALZHEIMER, day, None);
    life.order(visit, Order::Survey(&labs::MMSE));
    let shrunk = "Generalized cortical atrophy, more in the temporal lobes. No acute finding.";
    life.order(visit, Order::Image(&acts::HEAD_CT, shrunk, Some(problem)));
    life.order(visit, Order::Measure(&labs::TSH));
    life.treat(visit, &drugs::DONEPEZIL, problem, None);
}
