//! Check-ups and what belongs to them: the childhood schedule, vaccines, screening, and the
//! follow-up visits of chronic disease. Planned last, when the rest of the life is known.

use crate::calendar::{Day, NOW};
use crate::codes::vaccines::{self, CHILDHOOD};
use crate::codes::{Setting, Vaccine, acts, labs, settings};
use crate::life::{INTAKE, Life, Order};

/// Plans check-ups from the intake to the end.
pub(crate) fn prevention(life: &mut Life) {
    let last = life.death.map_or(NOW, |death| death.day());
    childhood(life, last);
    let adult_from = life.person.birth.plus(18 * 365 + 200);
    let mut day = life.person.begins.max(adult_from);
    let mut visit = if day == life.person.begins { Some(INTAKE) } else { None };
    let mut given = Given::default();
    while day < last {
        life.year = day.year();
        let doctor = life.family_doctor();
        let visit = visit.take().unwrap_or_else(|| life.visit(day, &settings::WELLNESS, doctor));
        vaccinate(life, visit, day, &mut given);
        screen(life, visit, day, &mut given);
        let gap = gap(life, day);
        follow_up(life, day, gap, last);
        day = day.plus(gap);
    }
}

/// Days until the next check-up.
fn gap(life: &mut Life, day: Day) -> i32 {
    let years = match day.years_since(life.person.birth) {
        ..40 => life.rng.between(2, 3),
        40..50 => life.rng.between(1, 3),
        50..65 => life.rng.between(1, 2),
        _ => 1,
    };
    (years * 365 + life.rng.between(-35, 45)).max(300)
}

/// One visit between two check-ups when a chronic disorder wants to be looked at.
fn follow_up(life: &mut Life, day: Day, gap: i32, last: Day) {
    let chronic: Vec<usize> = (0..life.problems.len())
        .filter(|&i| {
            let problem = &life.problems[i];
            problem.disorder.chronic
                && !problem.disorder.course.is_empty()
                && problem.onset < day
                && problem.ends.is_none_or(|ends| ends > day.plus(gap))
        })
        .collect();
    if chronic.is_empty() || !life.rng.percent(12 + 7 * chronic.len().min(6) as u32) {
        return;
    }
    let about = chronic[life.rng.below(chronic.len() as u32) as usize];
    let then = day.plus(gap / 2 + life.rng.between(-30, 30));
    if then < last {
        let doctor = life.family_doctor();
        let visit = life.visit(then, &settings::FOLLOW_UP, doctor);
        life.visits[visit].about = Some(about);
    }
}

fn childhood(life: &mut Life, last: Day) {
    let birth = life.person.birth;
    if life.person.begins != birth {
        return;
    }
    for (months, doses) in CHILDHOOD {
        let spread = if *months < 24 { life.rng.between(0, 9) } else { life.rng.between(0, 50) };
        let day = birth.plus(months * 487 / 16 + spread);
        if day >= last {
            return;
        }
        life.year = day.year();
        let setting: &'static Setting = &settings::WELL_CHILD;
        let doctor = life.family_doctor();
        let visit = if *months == 0 { INTAKE } else { life.visit(day, setting, doctor) };
        for (vaccine, dose) in *doses {
            if in_use(vaccine, day) && life.rng.percent(95) {
                life.order(visit, Order::Immunize(vaccine, *dose));
            }
        }
        if *months >= 12 && life.rng.percent(65) {
            life.order(visit, Order::Immunize(&vaccines::INFLUENZA, 1));
        }
        if *months == 12 {
            life.order(visit, Order::Panel(&labs::BLOOD_COUNT));
        }
    }
}

fn in_use(vaccine: &Vaccine, day: Day) -> bool {
    let (first, last) = vaccine.years;
    (first..=last).contains(&day.year())
}

/// What an adult got and when.
#[derive(Default)]
struct Given {
    tetanus: Option<Day>,
    zoster: u8,
    pneumococcal: bool,
    covid: u8,
    mammogram: Option<Day>,
    colonoscopy: Option<Day>,
    smear: Option<Day>,
}

fn long_ago(last: Option<Day>, day: Day, years: i32) -> bool {
    last.is_none_or(|last| day.since(last) > years * 365)
}

fn vaccinate(life: &mut Life, visit: usize, day: Day, given: &mut Given) {
    let age = day.years_since(life.person.birth);
    let give = |life: &mut Life, vaccine: &'static Vaccine, dose: u8| {
        life.order(visit, Order::Immunize(vaccine, dose));
    };
    if life.rng.percent(if age >= 65 { 75 } else { 48 }) {
        give(life, &vaccines::INFLUENZA, 1);
    }
    if long_ago(given.tetanus, day, 10) && life.rng.percent(70) {
        let first = given.tetanus.is_none() && in_use(&vaccines::TDAP, day);
        give(life, if first { &vaccines::TDAP } else { &vaccines::TD }, 1);
        given.tetanus = Some(day);
    }
    if age >= 65 && !given.pneumococcal && life.rng.percent(75) {
        give(life, &vaccines::PPSV23, 1);
        given.pneumococcal = true;
    }
    if age >= 60 && in_use(&vaccines::ZOSTER, day) && given.zoster < 2 && life.rng.percent(50) {
        given.zoster += 1;
        give(life, &vaccines::ZOSTER, given.zoster);
    } else if age >= 60 && in_use(&vaccines::ZOSTER_LIVE, day) && given.zoster == 0 {
        give(life, &vaccines::ZOSTER_LIVE, 1);
        given.zoster = 3;
    }
    if in_use(&vaccines::COVID_PFIZER, day) && given.covid < 2 && life.rng.percent(75) {
        let moderna = life.person.mrn.ends_with(['0', '2', '4', '6']);
        let vaccine = if moderna { &vaccines::COVID_MODERNA } else { &vaccines::COVID_PFIZER };
        given.covid += 1;
        give(life, vaccine, given.covid);
    }
}

fn screen(life: &mut Life, visit: usize, day: Day, given: &mut Given) {
    let age = day.years_since(life.person.birth);
    let female = life.person.female;
    if visit == INTAKE {
        return;
    }
    if female && (40..75).contains(&age) && long_ago(given.mammogram, day, 2) {
        let normal = "No suspicious mass or calcification. BI-RADS 1.";
        life.order(visit, Order::Image(&acts::MAMMOGRAM, normal, None));
        life.order(visit, Order::Perform(&acts::MAMMOGRAPHY, None));
        given.mammogram = Some(day);
    }
    if female && (21..65).contains(&age) && long_ago(given.smear, day, 3) {
        life.order(visit, Order::Perform(&acts::CERVICAL_SMEAR, None));
        given.smear = Some(day);
    }
    if (50..76).contains(&age) && long_ago(given.colonoscopy, day, 10) {
        if life.rng.percent(55) {
            colonoscopy(life, day.plus(30));
            given.colonoscopy = Some(day);
        } else {
            life.order(visit, Order::Test(&labs::OCCULT_BLOOD, false));
        }
    }
    if !female && (55..70).contains(&age) && life.rng.percent(40) {
        life.order(visit, Order::Measure(&labs::PSA));
    }
}

fn colonoscopy(life: &mut Life, day: Day) {
    let visit = life.visit(day, &settings::DAY_CASE, crate::codes::Specialty::Surgery);
    let polyp = life
        .rng
        .percent(24)
        .then(|| life.diagnose(visit, &crate::codes::disorders::COLON_POLYP, day, Some(day)));
    life.order(visit, Order::Perform(&acts::COLONOSCOPY, polyp));
    if polyp.is_some() {
        life.order(visit, Order::Perform(&acts::POLYPECTOMY, polyp));
    }
}
