//! The vital signs taken at a visit.

use super::{State, growth};
use crate::calendar::Day;
use crate::note::Presentation;
use crate::person::Person;
use crate::prng::Stream;

/// What was measured; fixed digits as the measures say.
#[derive(Debug, Clone)]
pub(crate) struct Vitals {
    /// Tenths of a centimeter.
    pub(crate) height: i32,
    /// Tenths of a kilogram.
    pub(crate) weight: i32,
    /// Tenths; from the second year on.
    pub(crate) bmi: Option<i32>,
    /// Tenths of a centimeter.
    pub(crate) head: Option<i32>,
    /// From the third year on.
    pub(crate) pressure: Option<(i32, i32)>,
    pub(crate) heart: i32,
    pub(crate) breath: i32,
    /// Tenths of a degree Celsius.
    pub(crate) temperature: i32,
    pub(crate) saturation: i32,
    pub(crate) pain: i32,
}

impl Vitals {
    pub(crate) fn take(
        person: &Person,
        state: &State,
        day: Day,
        presents: Option<&Presentation>,
        rng: &mut Stream,
    ) -> Self {
        let height = growth::height(person, day);
        let weight = (growth::weight(person, day, height) + rng.bell(0, 8)).max(20);
        let square = i64::from(height) * i64::from(height);
        let bmi = (i64::from(weight) * 1_000_000 / square) as i32;
        let fever = presents.is_some_and(|p| p.fever);
        let temperature =
            if fever { rng.between(374, 391) } else { rng.bell(367, 2).clamp(361, 373) };
        let (heart, breath) = pulse(state, temperature, rng);
        let pain = match presents {
            Some(p) if state.age >= 4 => rng.between(p.pain.0, p.pain.1),
            _ => rng.weighted(&[(70, 0), (15, 1), (10, 2), (5, 3)]),
        };
        Self {
            height,
            weight,
            bmi: (state.months >= 24).then_some(bmi),
            head: growth::head(person, day),
            pressure: (state.age >= 3).then(|| pressure(state, rng)),
            heart,
            breath,
            temperature,
            saturation: saturation(state, rng),
            pain,
        }
    }
}

fn pressure(state: &State, rng: &mut Stream) -> (i32, i32) {
    let systolic = rng.bell(state.pressure, 8).clamp(80, 205);
    // The diastolic pressure rises until about fifty-five and falls afterwards.
    let share = if state.age < 55 { 63 } else { 63 - (state.age - 55) / 4 };
    let diastolic = rng.bell(systolic * share / 100, 5).clamp(42, systolic - 22);
    (systolic, diastolic)
}

fn pulse(state: &State, temperature: i32, rng: &mut Stream) -> (i32, i32) {
    let (heart, breath) = match state.months {
        ..6 => (140, 40),
        6..24 => (122, 30),
        24..72 => (104, 24),
        72..144 => (88, 20),
        _ => (73, 15),
    };
    let heat = (temperature - 372).max(0);
    let weak = if state.heart_weak { 8 } else { 0 };
    let heart = rng.bell(heart + heat + weak, 8).max(46);
    (heart, rng.bell(breath + heat / 5 + weak / 4, 2).max(10))
}

fn saturation(state: &State, rng: &mut Stream) -> i32 {
    let mean = if state.inflamed && state.age >= 50 {
        93
    } else if state.lungs_bad && state.age >= 50 {
        94
    } else {
        98
    };
    rng.bell(mean, 1).clamp(84, 100)
}
