//! Cancers of breast, colon, prostate and lung, with their treatment.

use super::presentations as p;
use super::rate;
use crate::calendar::Day;
use crate::codes::acts::{self, CANCER_PLAN};
use crate::codes::disorders::*;
use crate::codes::{Act, Disorder, Drug, Specialty, drugs, labs, settings};
use crate::life::{Life, Order};

pub(super) fn year(life: &mut Life) {
    let age = life.age();
    let day = life.some_day();
    if life.person.female {
        let base = rate(age, &[(30, 30), (40, 130), (50, 220), (60, 340), (70, 430)]);
        if !life.had(&BREAST_CANCER) && life.strikes(base) {
            breast(life, day);
        }
    } else {
        let base = rate(age, &[(45, 60), (55, 320), (65, 650), (75, 600)]);
        if !life.had(&PROSTATE_CANCER) && life.strikes(base) {
            prostate(life, day);
        }
    }
    let base = rate(age, &[(40, 25), (50, 70), (60, 120), (70, 210)]);
    if !life.had(&COLON_CANCER) && life.strikes(base) {
        colon(life, day);
    }
    let smoked = life.person.smoking_years(life.year) as u32;
    let base = rate(age, &[(45, 8), (55, 22), (65, 40)]) * (1 + smoked / 3);
    if !life.had(&LUNG_CANCER) && life.strikes(base) {
        lung(life, day);
    }
}

/// Writes the cancer down at the oncologist's; cured after some years in some.
fn begin(
    life: &mut Life,
    day: Day,
    disorder: &'static Disorder,
    cured: u32,
    shows: &'static crate::note::Presentation,
) -> (usize, usize) {
    let visit = life.present(day, &settings::SPECIALIST, Specialty::Oncology, shows);
    let ends = life.rng.percent(cured).then(|| day.plus(life.rng.between(1_300, 2_200)));
    let problem = life.diagnose(visit, disorder, day, ends);
    life.order(visit, Order::Plan(&CANCER_PLAN, problem));
    life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
    life.order(visit, Order::Panel(&labs::COMPREHENSIVE));
    (visit, problem)
}

fn operate(life: &mut Life, day: Day, problem: usize, act: &'static Act) {
    if !life.on_record(day) {
        return;
    }
    let stay = life.visit(day, &settings::ADMISSION, Specialty::Surgery);
    life.visits[stay].about = Some(problem);
    life.order(stay, Order::Panel(&labs::BLOOD_COUNT));
    life.order(stay, Order::Perform(act, Some(problem)));
    life.order(stay, Order::Give(&drugs::ENOXAPARIN, problem));
    life.treat(stay, &drugs::OXYCODONE, problem, Some(7));
}

/// Cycles of infusions, three weeks apart.
fn infuse(life: &mut Life, from: Day, problem: usize, cycles: i32, given: &[&'static Drug]) {
    for cycle in 0..cycles {
        let day = from.plus(21 * cycle);
        if !life.on_record(day) {
            continue;
        }
        let visit = life.visit(day, &settings::DAY_CASE, Specialty::Oncology);
        life.visits[visit].about = Some(problem);
        life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
        life.order(visit, Order::Perform(&acts::CHEMOTHERAPY, Some(problem)));
        for drug in given {
            life.order(visit, Order::Give(drug, problem));
        }
    }
}

fn irradiate(life: &mut Life, from: Day, problem: usize) {
    for week in 0..5 {
        let day = from.plus(7 * week);
        if life.on_record(day) {
            let visit = life.visit(day, &settings::DAY_CASE, Specialty::Oncology);
            life.visits[visit].about = Some(problem);
            life.order(visit, Order::Perform(&acts::RADIOTHERAPY, Some(problem)));
        }
    }
}

fn breast(life: &mut Life, day: Day) {
    let (visit, problem) = begin(life, day, &BREAST_CANCER, 75, &p::BREAST_LUMP);
    let mass = "Spiculated mass in the upper outer quadrant of the left breast, BI-RADS 5.";
    let hormone = life.rng.percent(75);
    let her2 = life.rng.percent(18);
    for order in [
        Order::Image(&acts::MAMMOGRAM, mass, Some(problem)),
        Order::Perform(&acts::BREAST_BIOPSY, Some(problem)),
        Order::Test(&labs::ESTROGEN_RECEPTOR, hormone),
        Order::Test(&labs::HER2, her2),
    ] {
        life.order(visit, order);
    }
    operate(life, day.plus(24), problem, &acts::LUMPECTOMY);
    if !hormone || life.rng.percent(40) {
        infuse(life, day.plus(55), problem, 4, &[&drugs::PACLITAXEL]);
    }
    irradiate(life, day.plus(160), problem);
    if hormone && life.on_record(day.plus(210)) {
        let visit = life.visit(day.plus(210), &settings::SPECIALIST, Specialty::Oncology);
        life.visits[visit].about = Some(problem);
        life.treat(visit, &drugs::ANASTROZOLE, problem, Some(1_826));
    }
}

fn colon(life: &mut Life, day: Day) {
    let (visit, problem) = begin(life, day, &COLON_CANCER, 60, &p::BLOOD_IN_STOOL);
    life.order(visit, Order::Test(&labs::OCCULT_BLOOD, true));
    life.order(visit, Order::Perform(&acts::COLONOSCOPY, Some(problem)));
    life.order(visit, Order::Perform(&acts::COLON_BIOPSY, Some(problem)));
    operate(life, day.plus(18), problem, &acts::COLECTOMY);
    if life.rng.percent(60) {
        let given = [&drugs::OXALIPLATIN, &drugs::LEUCOVORIN];
        infuse(life, day.plus(55), problem, 6, &given);
    }
}

fn prostate(life: &mut Life, day: Day) {
    let (visit, problem) = begin(life, day, &PROSTATE_CANCER, 60, &p::SLOW_STREAM);
    life.order(visit, Order::Measure(&labs::PSA));
    life.order(visit, Order::Perform(&acts::PROSTATE_BIOPSY, Some(problem)));
    match life.rng.below(3) {
        0 => operate(life, day.plus(40), problem, &acts::PROSTATECTOMY),
        1 => irradiate(life, day.plus(50), problem),
        _ => {}
    }
}

fn lung(life: &mut Life, day: Day) {
    let (visit, problem) = begin(life, day, &LUNG_CANCER, 12, &p::COUGHING_BLOOD);
    let mass = "Spiculated mass of 3.4 cm in the right upper lobe with enlarged hilar nodes.";
    life.order(visit, Order::Image(&acts::CHEST_CT, mass, Some(problem)));
    infuse(life, day.plus(20), problem, 4, &[&drugs::CISPLATIN, &drugs::PACLITAXEL]);
    if life.rng.percent(50) {
        irradiate(life, day.plus(110), problem);
    }
}
