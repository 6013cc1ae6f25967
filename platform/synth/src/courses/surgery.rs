//! Appendicitis.

use super::presentations as p;
use super::rate;
use crate::codes::disorders::APPENDICITIS;
use crate::codes::{Specialty, acts, drugs, labs, settings};
use crate::life::{Life, Order};

pub(super) fn year(life: &mut Life) {
    let base = rate(life.age(), &[(5, 120), (10, 230), (20, 140), (40, 70)]);
    if life.had(&APPENDICITIS) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    if !life.on_record(day) {
        return;
    }
    let visit = life.present(day, &settings::EMERGENCY, Specialty::Emergency, &p::BELLY_PAIN);
    let end = life.visits[visit].end();
    let problem = life.diagnose(visit, &APPENDICITIS, day, Some(day.plus(21)));
    life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
    life.order(visit, Order::Measure(&labs::CRP));
    let stay = life.present(day.plus(1), &settings::ADMISSION, Specialty::Surgery, &p::BELLY_PAIN);
    life.visits[stay].at = end.plus_minutes(60);
    life.visits[stay].about = Some(problem);
    life.order(stay, Order::Perform(&acts::APPENDECTOMY, Some(problem)));
    life.order(stay, Order::Panel(&labs::BASIC));
    if life.age() >= 16 {
        life.treat(stay, &drugs::OXYCODONE, problem, Some(5));
    }
    let check = life.visit(day.plus(16), &settings::SPECIALIST, Specialty::Surgery);
    life.visits[check].about = Some(problem);
}
