//! Joints, bones and the back.

use super::presentations as p;
use super::rate;
use crate::codes::disorders::*;
use crate::codes::{Act, Disorder, Specialty, Study, acts, drugs, labs, settings};
use crate::life::{Life, Order};
use crate::note::Presentation;

pub(super) fn year(life: &mut Life) {
    let base = rate(life.age(), &[(40, 250), (50, 650), (60, 1_100), (70, 1_200)]);
    let base = if life.person.bulk >= 300 { base * 2 } else { base };
    arthritis(life, base, &KNEE);
    arthritis(life, base / 2, &HIP);
    back(life);
    osteoporosis(life);
}

/// A joint that wears, how it shows, and what replaces it.
struct Joint {
    disorder: &'static Disorder,
    shows: &'static Presentation,
    image: &'static Study,
    replacement: &'static Act,
}

static KNEE: Joint = Joint {
    disorder: &KNEE_ARTHRITIS,
    shows: &p::KNEE_PAIN,
    image: &acts::KNEE_XRAY,
    replacement: &acts::KNEE_REPLACEMENT,
};
static HIP: Joint = Joint {
    disorder: &HIP_ARTHRITIS,
    shows: &p::HIP_PAIN,
    image: &acts::PELVIS_XRAY,
    replacement: &acts::HIP_REPLACEMENT,
};

fn arthritis(life: &mut Life, base: u32, joint: &'static Joint) {
    let day = life.some_day();
    if !life.had(joint.disorder) {
        if life.strikes(base) {
            let doctor = life.family_doctor();
            let visit = life.present(day, &settings::SYMPTOM, doctor, joint.shows);
            let problem = life.diagnose(visit, joint.disorder, day, None);
            let worn = "Joint space narrowing with osteophytes. No fracture.";
            life.order(visit, Order::Image(joint.image, worn, Some(problem)));
            life.treat(visit, &drugs::NAPROXEN, problem, Some(180));
        }
        return;
    }
    let Some(problem) = life.problem(joint.disorder) else { return };
    let ready = life.years_with(joint.disorder) > Some(4) && life.problems[problem].ends.is_none();
    if ready && life.on_record(day) && life.rng.percent(5) {
        replace(life, day, problem, joint);
    }
}

fn replace(life: &mut Life, day: crate::calendar::Day, problem: usize, joint: &'static Joint) {
    let stay = life.present(day, &settings::ADMISSION, Specialty::Orthopedics, joint.shows);
    life.visits[stay].about = Some(problem);
    life.problems[problem].ends = Some(day.plus(90));
    for order in [
        Order::Panel(&labs::BLOOD_COUNT),
        Order::Perform(joint.replacement, Some(problem)),
        Order::Give(&drugs::ENOXAPARIN, problem),
        Order::Perform(&acts::PHYSICAL_THERAPY, Some(problem)),
    ] {
        life.order(stay, order);
    }
    life.treat(stay, &drugs::OXYCODONE, problem, Some(10));
    let check = life.visit(day.plus(42), &settings::SPECIALIST, Specialty::Orthopedics);
    life.visits[check].about = Some(problem);
    let placed = "Prosthesis in good position. No loosening, no fracture.";
    life.order(check, Order::Image(joint.image, placed, Some(problem)));
}

fn back(life: &mut Life) {
    let base = rate(life.age(), &[(20, 3_000), (35, 4_500), (65, 3_500)]);
    if !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    if !life.on_record(day) {
        return;
    }
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::SYMPTOM, doctor, &p::BACK_PAIN);
    let ends = day.plus(life.rng.between(10, 70));
    let problem = life.diagnose(visit, &BACK_PAIN, day, Some(ends));
    life.treat(visit, &drugs::IBUPROFEN, problem, Some(14));
    if life.rng.percent(30) {
        let visit = life.visit(day.plus(14), &settings::DAY_CASE, Specialty::Orthopedics);
        life.visits[visit].about = Some(problem);
        life.order(visit, Order::Perform(&acts::PHYSICAL_THERAPY, Some(problem)));
    }
}

fn osteoporosis(life: &mut Life) {
    let base = rate(life.age(), &[(55, 500), (65, 1_300), (75, 1_900)]);
    let base = if life.person.female { base } else { base / 5 };
    if life.had(&OSTEOPOROSIS) || !life.strikes(base) {
        return;
    }
    let day = life.some_day();
    let doctor = life.family_doctor();
    let visit = life.visit(day, &settings::FOLLOW_UP, doctor);
    let problem = life.diagnose(visit, &OSTEOPOROSIS, day, None);
    life.order(visit, Order::Perform(&acts::BONE_DENSITY, Some(problem)));
    life.treat(visit, &drugs::ALENDRONATE, problem, None);
}
