//! Who a patient is: birth, sex, heritage, names, where they live, and the traits that diseases
//! depend on.

use crate::calendar::{Day, NOW};
use crate::care::names;
use crate::care::places::{STREETS, TOWNS};
use crate::codes::{Code, code};
use crate::prng::{Id, Stream};

/// A person before any illness.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: Id,
    pub(crate) female: bool,
    pub(crate) birth: Day,
    pub(crate) heritage: Heritage,
    pub(crate) given: &'static str,
    pub(crate) middle: &'static str,
    pub(crate) family: &'static str,
    /// `Given Family`.
    pub(crate) name: String,
    /// Surname at birth, when it is another one now.
    pub(crate) maiden: Option<&'static str>,
    pub(crate) marital: Marital,
    /// Index of the home town.
    pub(crate) town: usize,
    pub(crate) street: String,
    pub(crate) phone: String,
    pub(crate) mobile: String,
    pub(crate) ssn: String,
    pub(crate) mrn: String,
    /// Height against the median, in hundredths of a deviation.
    pub(crate) stature: i32,
    /// Body mass index in midlife, in tenths.
    pub(crate) bulk: i32,
    /// Years in which the person smokes, if ever.
    pub(crate) smokes: Option<(i32, i32)>,
    /// Health against the average: yearly rates are multiplied by it (percent).
    pub(crate) frailty: u32,
    /// From when the health system has records.
    pub(crate) begins: Day,
}

/// Race and ethnicity (OMB categories, code system of the CDC) and what follows from them here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heritage {
    White,
    Black,
    Asian,
    Native,
    Hispanic,
}

/// Marital status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marital {
    Never,
    Married,
    Divorced,
    Widowed,
}

const CDC_RACE: &str = "urn:oid:2.16.840.1.113883.6.238";

impl Heritage {
    pub(crate) const fn race(self) -> Code {
        match self {
            Self::White | Self::Hispanic => code(CDC_RACE, "2106-3", "White"),
            Self::Black => code(CDC_RACE, "2054-5", "Black or African American"),
            Self::Asian => code(CDC_RACE, "2028-9", "Asian"),
            Self::Native => code(CDC_RACE, "1002-5", "American Indian or Alaska Native"),
        }
    }

    pub(crate) const fn ethnicity(self) -> Code {
        match self {
            Self::Hispanic => code(CDC_RACE, "2135-2", "Hispanic or Latino"),
            _ => code(CDC_RACE, "2186-5", "Not Hispanic or Latino"),
        }
    }
}

/// Births by period, weighted towards the ages of people who are seen by doctors.
const BIRTHS: &[(u32, (i32, i32))] = &[
    (13, (1930, 1945)),
    (26, (1946, 1964)),
    (25, (1965, 1984)),
    (18, (1985, 2004)),
    (18, (2005, 2024)),
];

impl Person {
    pub(crate) fn new(rng: &mut Stream, index: u64) -> Self {
        let id = rng.id();
        let female = rng.percent(51);
        let (first, last) = rng.weighted(BIRTHS);
        let year = rng.between(first, last);
        let birth = Day::from_civil(year, 1, 1).plus(rng.between(0, 364));
        let heritage = rng.weighted(&[
            (62, Heritage::White),
            (13, Heritage::Black),
            (8, Heritage::Asian),
            (1, Heritage::Native),
            (16, Heritage::Hispanic),
        ]);
        let given_names = given_names(female, year, heritage);
        let given = rng.pick(given_names);
        let middle = rng.pick(given_names);
        let family = family_name(rng, heritage);
        let age = 2026 - year;
        let marital = marital(rng, age);
        let maiden = (female && marital != Marital::Never && rng.percent(70))
            .then(|| family_name(rng, heritage))
            .filter(|maiden| *maiden != family);
        let shares: Vec<(u32, usize)> =
            TOWNS.iter().enumerate().map(|(i, town)| (town.share, i)).collect();
        let town = rng.weighted(&shares);
        let area = TOWNS[town].area_code;
        Self {
            id,
            female,
            birth,
            heritage,
            given,
            middle,
            family,
            name: format!("{given} {family}"),
            maiden,
            marital,
            town,
            street: street(rng),
            phone: format!("{area}-555-{:04}", rng.below(10_000)),
            mobile: format!("{area}-555-{:04}", rng.below(10_000)),
            ssn: format!("999-{:02}-{:04}", rng.between(10, 99), rng.between(1_000, 9_999)),
            mrn: format!("{}", 10_000_000 + index),
            stature: rng.bell(0, 100),
            bulk: rng.bell(276, 52).clamp(176, 480),
            smokes: smoking(rng, year),
            frailty: rng.bell(100, 30).clamp(40, 190) as u32,
            begins: begins(rng, birth),
        }
    }

    pub(crate) fn smoked_in(&self, year: i32) -> bool {
        self.smokes.is_some_and(|(from, to)| (from..to).contains(&year))
    }

    /// Years of smoking until `year`.
    pub(crate) fn smoking_years(&self, year: i32) -> i32 {
        self.smokes.map_or(0, |(from, to)| (to.min(year) - from).max(0))
    }
}

fn given_names(female: bool, year: i32, heritage: Heritage) -> &'static [&'static str] {
    match (heritage, female, year) {
        (Heritage::Hispanic, true, _) => names::WOMEN_HISPANIC,
        (Heritage::Hispanic, false, _) => names::MEN_HISPANIC,
        (_, true, ..1958) => names::WOMEN_OLD,
        (_, true, ..2000) => names::WOMEN,
        (_, true, _) => names::GIRLS,
        (_, false, ..1958) => names::MEN_OLD,
        (_, false, ..2000) => names::MEN,
        (_, false, _) => names::BOYS,
    }
}

fn family_name(rng: &mut Stream, heritage: Heritage) -> &'static str {
    rng.pick(match heritage {
        Heritage::Hispanic => names::FAMILIES_HISPANIC,
        Heritage::Asian => names::FAMILIES_ASIAN,
        _ => names::FAMILIES,
    })
}

fn marital(rng: &mut Stream, age: i32) -> Marital {
    use Marital::{Divorced, Married, Never, Widowed};
    match age {
        ..20 => Never,
        20..30 => rng.weighted(&[(75, Never), (24, Married), (1, Divorced)]),
        30..50 => rng.weighted(&[(30, Never), (58, Married), (12, Divorced)]),
        50..70 => rng.weighted(&[(12, Never), (64, Married), (18, Divorced), (6, Widowed)]),
        _ => rng.weighted(&[(5, Never), (50, Married), (11, Divorced), (34, Widowed)]),
    }
}

fn street(rng: &mut Stream) -> String {
    let house = format!("{} {}", rng.between(1, 999), rng.pick(STREETS));
    if rng.percent(25) { format!("{house} Apt {}", rng.between(1, 40)) } else { house }
}

fn smoking(rng: &mut Stream, born: i32) -> Option<(i32, i32)> {
    let ever = match born {
        ..1946 => 45,
        1946..1965 => 40,
        1965..1985 => 30,
        _ => 15,
    };
    if !rng.percent(ever) {
        return None;
    }
    let from = born + rng.between(15, 22);
    let to = if rng.percent(60) { from + rng.between(4, 35) } else { 9999 };
    Some((from, to))
}

/// Children's records begin at birth; older people came with their paper summarised.
fn begins(rng: &mut Stream, birth: Day) -> Day {
    if birth.year() >= 2000 {
        return birth;
    }
    let came = Day::from_civil(rng.between(2007, 2018), 1, 1).plus(rng.between(0, 364));
    debug_assert!(came < NOW);
    came.weekday()
}
