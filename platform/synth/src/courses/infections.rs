//! Infections that pass: colds, throats, ears, lungs, bowels, bladder, influenza, COVID-19.

use super::presentations as p;
use super::rate;
use crate::codes::disorders::*;
use crate::codes::{Disorder, Drug, Specialty, acts, drugs, labs, settings};
use crate::life::{Life, Order};
use crate::note::Presentation;

/// An infection that is seen once in the office and gone after some days.
struct Short {
    disorder: &'static Disorder,
    shows: &'static Presentation,
    /// Yearly rate by age of those that come to a doctor.
    rates: &'static [(i32, u32)],
    days: (i32, i32),
    drug: Option<(&'static Drug, i32)>,
}

static SHORT: &[Short] = &[
    Short {
        disorder: &COLD,
        shows: &p::COLD,
        rates: &[(0, 30_000), (6, 14_000), (13, 6_000), (20, 4_500)],
        days: (5, 14),
        drug: None,
    },
    Short {
        disorder: &SINUSITIS,
        shows: &p::SINUSITIS,
        rates: &[(6, 2_500), (18, 4_000), (65, 2_500)],
        days: (7, 21),
        drug: Some((&drugs::ACETAMINOPHEN, 7)),
    },
    Short {
        disorder: &BACTERIAL_SINUSITIS,
        shows: &p::SINUSITIS,
        rates: &[(16, 900)],
        days: (10, 24),
        drug: Some((&drugs::AMOXICILLIN_CLAVULANATE, 10)),
    },
    Short {
        disorder: &PHARYNGITIS,
        shows: &p::SORE_THROAT,
        rates: &[(3, 7_000), (13, 4_000), (25, 2_000), (60, 700)],
        days: (5, 10),
        drug: None,
    },
    Short {
        disorder: &STREP_THROAT,
        shows: &p::SORE_THROAT,
        rates: &[(3, 4_500), (13, 2_000), (25, 500), (60, 100)],
        days: (5, 10),
        drug: Some((&drugs::PENICILLIN, 10)),
    },
    Short {
        disorder: &OTITIS,
        shows: &p::EARACHE,
        rates: &[(0, 32_000), (2, 22_000), (4, 9_000), (8, 2_500), (14, 300)],
        days: (5, 14),
        drug: Some((&drugs::AMOXICILLIN, 10)),
    },
    Short {
        disorder: &BRONCHITIS,
        shows: &p::COUGH,
        rates: &[(5, 1_500), (20, 3_200), (60, 3_500)],
        days: (10, 25),
        drug: None,
    },
    Short {
        disorder: &INFLUENZA,
        shows: &p::INFLUENZA,
        rates: &[(0, 2_500), (18, 1_800)],
        days: (5, 12),
        drug: None,
    },
    Short {
        disorder: &GASTROENTERITIS,
        shows: &p::VOMITING,
        rates: &[(0, 8_000), (5, 2_500), (18, 1_200)],
        days: (2, 6),
        drug: None,
    },
];

pub(super) fn year(life: &mut Life) {
    for short in SHORT {
        if life.strikes(rate(life.age(), short.rates)) {
            pass(life, short);
        }
    }
    bladder(life);
    pneumonia(life);
    covid(life);
}

fn pass(life: &mut Life, short: &'static Short) {
    let day = life.some_day();
    if !life.on_record(day) {
        return;
    }
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::SYMPTOM, doctor, short.shows);
    let (least, most) = short.days;
    let ends = day.plus(life.rng.between(least, most));
    let problem = life.diagnose(visit, short.disorder, day, Some(ends));
    if std::ptr::eq(short.shows, &p::SORE_THROAT) {
        let strep = short.disorder.is(&STREP_THROAT);
        life.order(visit, Order::Test(&labs::STREP, strep));
        if life.rng.percent(30) {
            life.order(visit, Order::Perform(&acts::THROAT_CULTURE, Some(problem)));
        }
    }
    if let Some((drug, days)) = short.drug {
        life.treat(visit, drug, problem, Some(days));
    } else if life.age() < 12 && life.rng.percent(50) {
        life.treat(visit, &drugs::ACETAMINOPHEN_CHILD, problem, Some(5));
    }
}

fn bladder(life: &mut Life) {
    let base = if life.person.female {
        rate(life.age(), &[(3, 900), (16, 5_000), (50, 4_000), (65, 5_500)])
    } else {
        rate(life.age(), &[(3, 150), (50, 700), (70, 2_200)])
    };
    let day = life.some_day();
    if !life.strikes(base) || !life.on_record(day) {
        return;
    }
    let doctor = life.family_doctor();
    let visit = life.present(day, &settings::SYMPTOM, doctor, &p::BURNING_URINE);
    let problem = life.diagnose(visit, &URINARY_INFECTION, day, Some(day.plus(8)));
    life.order(visit, Order::Test(&labs::LEUKOCYTE_ESTERASE, true));
    let nitrite = life.rng.percent(60);
    life.order(visit, Order::Test(&labs::NITRITE, nitrite));
    life.treat(visit, &drugs::NITROFURANTOIN, problem, Some(7));
}

fn pneumonia(life: &mut Life) {
    let mut base = rate(life.age(), &[(0, 800), (5, 250), (20, 220), (60, 900), (75, 2_200)]);
    if life.has(&COPD) {
        base *= 3;
    }
    let day = life.some_day();
    if !life.strikes(base) || !life.on_record(day) {
        return;
    }
    let sick = life.age() >= 65 && life.rng.percent(60);
    let setting = if sick { &settings::ADMISSION } else { &settings::EMERGENCY };
    let visit = life.present(day, setting, Specialty::Emergency, &p::PNEUMONIA);
    let problem = life.diagnose(visit, &PNEUMONIA, day, Some(day.plus(21)));
    let dense = "Right lower lobe consolidation. No effusion, no pneumothorax.";
    for order in [
        Order::Image(&acts::CHEST_XRAY, dense, Some(problem)),
        Order::Panel(&labs::BLOOD_COUNT),
        Order::Measure(&labs::CRP),
    ] {
        life.order(visit, order);
    }
    let drug = if life.age() < 12 { &drugs::AMOXICILLIN } else { &drugs::AZITHROMYCIN };
    life.treat(visit, drug, problem, Some(7));
    let end = life.visits[visit].end();
    if sick && super::death::takes(life, 8, end.plus_minutes(20), &PNEUMONIA) {
        return;
    }
    if !life.on_record(day.plus(42)) {
        return;
    }
    let doctor = life.family_doctor();
    let check = life.visit(day.plus(42), &settings::FOLLOW_UP, doctor);
    life.visits[check].about = Some(problem);
    let clear = "Clear lungs. The consolidation seen before has resolved.";
    life.order(check, Order::Image(&acts::CHEST_XRAY, clear, Some(problem)));
}

fn covid(life: &mut Life) {
    let base = match life.year {
        2020 => 7_000,
        2021 => 9_000,
        2022 => 12_000,
        2023 => 5_000,
        2024.. => 3_000,
        _ => return,
    };
    let day = life.some_day().max(crate::calendar::Day::from_civil(2020, 3, 10));
    if !life.strikes(base) || !life.on_record(day) {
        return;
    }
    let sick = life.strikes(rate(life.age(), &[(0, 300), (40, 3_000), (60, 12_000), (75, 25_000)]));
    let setting = if sick { &settings::ADMISSION } else { &settings::SYMPTOM };
    let by = if sick { Specialty::Internal } else { life.family_doctor() };
    let visit = life.present(day, setting, by, &p::COVID);
    let ends = day.plus(life.rng.between(7, 24));
    let problem = life.diagnose(visit, &COVID, day, Some(ends));
    life.order(visit, Order::Test(&labs::SARS_COV_2, true));
    if !sick {
        return;
    }
    let glass = "Bilateral ground-glass opacities, more at the bases.";
    for order in [
        Order::Image(&acts::CHEST_CT, glass, Some(problem)),
        Order::Panel(&labs::BLOOD_COUNT),
        Order::Panel(&labs::COMPREHENSIVE),
        Order::Measure(&labs::CRP),
        Order::Give(&drugs::ENOXAPARIN, problem),
    ] {
        life.order(visit, order);
    }
    let end = life.visits[visit].end();
    super::death::takes(life, 14, end.plus_minutes(20), &COVID);
}
