//! Height, weight and head circumference by age, near the medians of the CDC growth charts.

use crate::calendar::Day;
use crate::person::Person;

/// Age in months and the median for boys and girls.
type Curve = &'static [(i32, i32, i32)];

/// In millimeters.
static HEIGHT: Curve = &[
    (0, 499, 491),
    (6, 676, 657),
    (12, 757, 740),
    (24, 868, 855),
    (36, 952, 941),
    (48, 1_023, 1_010),
    (60, 1_092, 1_080),
    (84, 1_219, 1_218),
    (96, 1_280, 1_278),
    (108, 1_333, 1_331),
    (120, 1_384, 1_383),
    (132, 1_435, 1_448),
    (144, 1_491, 1_515),
    (156, 1_562, 1_571),
    (168, 1_638, 1_604),
    (180, 1_701, 1_618),
    (192, 1_734, 1_625),
    (204, 1_752, 1_630),
    (240, 1_768, 1_633),
];

/// In hundredths of a kilogram, for the first two years.
static INFANT_WEIGHT: Curve = &[
    (0, 350, 340),
    (2, 560, 510),
    (4, 700, 640),
    (6, 790, 730),
    (9, 890, 820),
    (12, 960, 890),
    (15, 1_030, 960),
    (18, 1_090, 1_020),
    (24, 1_220, 1_150),
];

/// Body mass index in tenths, from the second year on.
static YOUNG_BMI: Curve = &[
    (24, 165, 164),
    (60, 154, 152),
    (84, 155, 155),
    (120, 166, 168),
    (156, 185, 189),
    (192, 207, 207),
    (240, 230, 220),
];

/// In millimeters.
static HEAD: Curve =
    &[(0, 345, 339), (3, 405, 395), (6, 433, 422), (12, 461, 449), (24, 483, 472), (36, 494, 485)];

fn along(curve: Curve, months: i32, female: bool) -> i32 {
    let value = |row: &(i32, i32, i32)| if female { row.2 } else { row.1 };
    let above = curve.iter().position(|row| row.0 > months);
    match above {
        Some(0) => value(&curve[0]),
        None => value(&curve[curve.len() - 1]),
        Some(i) => {
            let (low, high) = (&curve[i - 1], &curve[i]);
            value(low) + (value(high) - value(low)) * (months - low.0) / (high.0 - low.0)
        }
    }
}

/// Millimeters.
pub(super) fn height(person: &Person, day: Day) -> i32 {
    let months = day.months_since(person.birth);
    let median = along(HEIGHT, months, person.female);
    let grown = median + median * person.stature * 40 / 100_000;
    // People lose about a centimeter each decade after sixty.
    grown - (months / 12 - 60).max(0)
}

/// Hundreds of grams.
pub(super) fn weight(person: &Person, day: Day, height: i32) -> i32 {
    let months = day.months_since(person.birth);
    if months < 24 {
        let median = along(INFANT_WEIGHT, months, person.female);
        return (median + median * person.stature * 90 / 100_000) / 10;
    }
    let young = along(YOUNG_BMI, months.min(240), person.female);
    // The person's own build shows more and more until midlife.
    let years = months / 12;
    let own = person.bulk - if years > 72 { (years - 72).min(20) } else { 0 };
    let bmi = if years >= 45 { own } else { young + (own - young) * (years - 2) / 43 };
    let square = i64::from(height) * i64::from(height);
    // bmi/10 = kg / (mm/1000)^2, and a tenth of a kilogram is the unit.
    (i64::from(bmi) * square / 1_000_000) as i32
}

/// Millimeters, while it is measured.
pub(super) fn head(person: &Person, day: Day) -> Option<i32> {
    let months = day.months_since(person.birth);
    (months <= 36).then(|| {
        let median = along(HEAD, months, person.female);
        median + median * person.stature * 30 / 100_000
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_are_interpolated() {
        assert_eq!(along(HEIGHT, 0, false), 499);
        assert_eq!(along(HEIGHT, 3, false), 587);
        assert_eq!(along(HEIGHT, 400, true), 1_633);
    }
}
