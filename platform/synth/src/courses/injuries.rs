//! Falls and cuts: fractures, sprains, lacerations.

use super::presentations as p;
use super::rate;
use crate::calendar::Day;
use crate::codes::acts::{self, FRACTURE_PLAN};
use crate::codes::disorders::*;
use crate::codes::{Disorder, Specialty, Study, drugs, labs, settings};
use crate::life::{Life, Order};

pub(super) fn year(life: &mut Life) {
    let age = life.age();
    let forearm = rate(age, &[(3, 700), (8, 1_300), (16, 350), (50, 300), (65, 600)]);
    fracture(life, forearm, &FOREARM_FRACTURE, &acts::WRIST_XRAY);
    fracture(life, rate(age, &[(12, 180), (60, 260)]), &ANKLE_FRACTURE, &acts::ANKLE_XRAY);
    fracture(life, rate(age, &[(2, 160), (20, 50)]), &CLAVICLE_FRACTURE, &acts::CLAVICLE_XRAY);
    hip(life);
    sprain(life);
    cut(life);
}

fn fracture(life: &mut Life, base: u32, disorder: &'static Disorder, image: &'static Study) {
    let day = life.some_day();
    if !life.strikes(base) || !life.on_record(day) {
        return;
    }
    let visit = life.present(day, &settings::EMERGENCY, Specialty::Emergency, &p::FALL);
    let ends = day.plus(life.rng.between(45, 90));
    let problem = life.diagnose(visit, disorder, day, Some(ends));
    let broken = "Nondisplaced fracture. Joint alignment preserved. No other fracture.";
    for order in [
        Order::Image(image, broken, Some(problem)),
        Order::Perform(&acts::IMMOBILIZATION, Some(problem)),
        Order::Plan(&FRACTURE_PLAN, problem),
    ] {
        life.order(visit, order);
    }
    let adult = life.age() >= 16;
    let drug = if adult { &drugs::TRAMADOL } else { &drugs::ACETAMINOPHEN_CHILD };
    life.treat(visit, drug, problem, Some(7));
    if life.on_record(ends) {
        let check = life.visit(ends, &settings::SPECIALIST, Specialty::Orthopedics);
        life.visits[check].about = Some(problem);
        let healed = "Healing fracture with callus. Alignment maintained.";
        life.order(check, Order::Image(image, healed, Some(problem)));
    }
}

fn hip(life: &mut Life) {
    let mut base = rate(life.age(), &[(60, 120), (70, 350), (80, 1_100)]);
    if life.has(&OSTEOPOROSIS) {
        base *= 3;
    }
    let day = life.some_day();
    if !life.strikes(base) || !life.on_record(day) {
        return;
    }
    let visit = life.present(day, &settings::EMERGENCY, Specialty::Emergency, &p::FALL);
    let end = life.visits[visit].end();
    let problem = life.diagnose(visit, &HIP_FRACTURE, day, Some(day.plus(120)));
    let broken = "Displaced fracture of the femoral neck.";
    life.order(visit, Order::Image(&acts::PELVIS_XRAY, broken, Some(problem)));
    life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
    repair_hip(life, day, end, problem);
}

fn repair_hip(life: &mut Life, day: Day, end: crate::calendar::Moment, problem: usize) {
    let stay = life.visit(day.plus(1), &settings::ADMISSION, Specialty::Orthopedics);
    life.visits[stay].at = end.plus_minutes(60);
    life.visits[stay].about = Some(problem);
    life.visits[stay].presents = Some(&p::FALL);
    for order in [
        Order::Perform(&acts::HIP_REPLACEMENT, Some(problem)),
        Order::Give(&drugs::ENOXAPARIN, problem),
        Order::Perform(&acts::PHYSICAL_THERAPY, Some(problem)),
        Order::Panel(&labs::BLOOD_COUNT),
    ] {
        life.order(stay, order);
    }
    life.treat(stay, &drugs::OXYCODONE, problem, Some(10));
    let out = life.visits[stay].end();
    super::death::takes(life, 5, out.plus_minutes(20), &HIP_FRACTURE);
}

fn sprain(life: &mut Life) {
    let base = rate(life.age(), &[(8, 1_200), (14, 2_200), (30, 900), (50, 400)]);
    let day = life.some_day();
    if !life.strikes(base) || !life.on_record(day) {
        return;
    }
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::SYMPTOM, doctor, &p::TWISTED_ANKLE);
    let ends = day.plus(life.rng.between(14, 40));
    let problem = life.diagnose(visit, &ANKLE_SPRAIN, day, Some(ends));
    if life.rng.percent(50) {
        let whole = "No fracture. Soft tissue swelling over the lateral malleolus.";
        life.order(visit, Order::Image(&acts::ANKLE_XRAY, whole, Some(problem)));
    }
    if life.age() >= 12 {
        life.treat(visit, &drugs::IBUPROFEN, problem, Some(10));
    }
}

fn cut(life: &mut Life) {
    let day = life.some_day();
    if life.age() < 4 || !life.strikes(700) || !life.on_record(day) {
        return;
    }
    let visit = life.present(day, &settings::EMERGENCY, Specialty::Emergency, &p::CUT);
    let problem = life.diagnose(visit, &LACERATION, day, Some(day.plus(14)));
    life.order(visit, Order::Perform(&acts::SUTURE, Some(problem)));
    if life.age() >= 7 && life.rng.percent(50) {
        life.order(visit, Order::Immunize(&crate::codes::vaccines::TD, 1));
    }
}
