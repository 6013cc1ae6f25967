//! Pregnancies with their prenatal visits, complications, births and contraception.

use super::presentations as p;
use super::rate;
use crate::calendar::Day;
use crate::codes::acts::{self, ANTENATAL_PLAN};
use crate::codes::disorders::*;
use crate::codes::{Specialty, drugs, labs, settings};
use crate::life::{Life, Order};
use crate::person::Marital;

pub(super) fn year(life: &mut Life) {
    if !life.person.female || !(16..46).contains(&life.age()) {
        return;
    }
    let base = rate(
        life.age(),
        &[(16, 1_600), (20, 6_500), (25, 9_500), (30, 9_800), (35, 5_200), (40, 1_100)],
    );
    let base = if life.person.marital == Marital::Never { base / 2 } else { base };
    let day = life.some_day();
    if life.strikes(base) && day > life.pregnant_until && life.on_record(day) {
        pregnancy(life, day);
    }
}

/// `day` is the first day of the last menstrual period.
fn pregnancy(life: &mut Life, day: Day) {
    let by = Specialty::Obstetrics;
    let weeks = life.rng.bell(39, 1).clamp(36, 41);
    let birth = day.plus(7 * weeks + life.rng.between(0, 6));
    life.pregnant_until = birth.plus(180);
    let first = life.present(day.plus(56), &settings::PRENATAL_FIRST, by, &p::PREGNANT);
    let problem = life.diagnose(first, &PREGNANCY, day.plus(14), Some(birth));
    for order in [
        Order::Perform(&acts::PREGNANCY_TEST, Some(problem)),
        Order::Panel(&labs::BLOOD_COUNT),
        Order::Plan(&ANTENATAL_PLAN, problem),
    ] {
        life.order(first, order);
    }
    let sugar = life.rng.percent(7);
    let pressure = life.rng.percent(4);
    for week in [12, 16, 20, 24, 28, 32, 34, 36, 38] {
        if week < weeks {
            prenatal(life, day.plus(7 * week), week, problem);
        }
    }
    if sugar {
        complication(life, day.plus(7 * 26), &GESTATIONAL_DIABETES, birth);
    }
    if pressure {
        complication(life, day.plus(7 * 33), &PREECLAMPSIA, birth);
    }
    deliver(life, birth, problem, pressure);
}

fn prenatal(life: &mut Life, day: Day, week: i32, problem: usize) {
    let visit = life.visit(day, &settings::PRENATAL, Specialty::Obstetrics);
    life.visits[visit].about = Some(problem);
    life.order(visit, Order::Perform(&acts::FETAL_HEART, Some(problem)));
    if week >= 20 {
        life.order(visit, Order::Perform(&acts::FUNDAL_HEIGHT, Some(problem)));
    }
    match week {
        20 => life.order(visit, Order::Perform(&acts::FETAL_ANATOMY, Some(problem))),
        28 => {
            life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
            life.order(visit, Order::Measure(&labs::GLUCOSE));
            life.order(visit, Order::Immunize(&crate::codes::vaccines::TDAP, 1));
        }
        _ => {}
    }
}

fn complication(life: &mut Life, day: Day, disorder: &'static crate::codes::Disorder, birth: Day) {
    let visit = life.visit(day, &settings::PRENATAL, Specialty::Obstetrics);
    life.diagnose(visit, disorder, day, Some(birth.plus(14)));
    life.order(visit, Order::Panel(&labs::COMPREHENSIVE));
}

fn deliver(life: &mut Life, birth: Day, problem: usize, risky: bool) {
    let stay = life.present(birth, &settings::DELIVERY, Specialty::Obstetrics, &p::LABOR);
    life.visits[stay].about = Some(problem);
    let cut = life.rng.percent(if risky { 60 } else { 30 });
    let act = if cut { &acts::CESAREAN } else { &acts::DELIVERY };
    life.order(stay, Order::Perform(act, Some(problem)));
    life.order(stay, Order::Panel(&labs::BLOOD_COUNT));
    life.treat(stay, &drugs::IBUPROFEN, problem, Some(10));
    let after = life.visit(birth.plus(42), &settings::POSTNATAL, Specialty::Obstetrics);
    life.visits[after].about = Some(problem);
    life.order(after, Order::Survey(&labs::PHQ9));
    if life.rng.percent(45) {
        let months = life.rng.between(8, 40);
        life.treat(after, &drugs::CONTRACEPTIVE, problem, Some(30 * months));
    }
}
