//! Quantities: numbers with a unit of UCUM or of the calendar
//! (<https://hl7.org/fhirpath/N1/#quantity>).

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::decimal::Decimal;
use crate::temporal::CalendarUnit;

/// What a quantity counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// A calendar duration: `year`, `days` …
    Calendar(CalendarUnit),
    /// A UCUM code.
    Ucum(Arc<str>),
}

/// A number of units.
#[derive(Debug, Clone)]
pub struct Quantity {
    /// How many.
    pub value: Decimal,
    /// Of what.
    pub unit: Unit,
}

const CALENDAR: [(CalendarUnit, &str, &str, &str); 8] = [
    (CalendarUnit::Year, "year", "years", "a"),
    (CalendarUnit::Month, "month", "months", "mo"),
    (CalendarUnit::Week, "week", "weeks", "wk"),
    (CalendarUnit::Day, "day", "days", "d"),
    (CalendarUnit::Hour, "hour", "hours", "h"),
    (CalendarUnit::Minute, "minute", "minutes", "min"),
    (CalendarUnit::Second, "second", "seconds", "s"),
    (CalendarUnit::Millisecond, "millisecond", "milliseconds", "ms"),
];

impl CalendarUnit {
    /// The unit of that word, singular or plural.
    pub fn parse(word: &str) -> Option<Self> {
        let found = CALENDAR.iter().find(|(_, one, many, _)| word == *one || word == *many);
        found.map(|(unit, ..)| *unit)
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        CALENDAR.iter().find(|(unit, ..)| *unit == self).map_or("", |(_, one, ..)| one)
    }

    /// The UCUM code of a unit near it: the same for weeks and less, a mean for month and year.
    fn code(self) -> &'static str {
        CALENDAR.iter().find(|(unit, ..)| *unit == self).map_or("1", |(.., code)| code)
    }

    /// Whether every one of them is equally long.
    fn is_definite(self) -> bool {
        self >= Self::Week
    }
}

impl Unit {
    /// The unit of plain numbers.
    pub fn one() -> Self {
        Self::Ucum("1".into())
    }

    /// The calendar duration that it stands for when it is added to a date.
    pub fn to_calendar(&self) -> Option<CalendarUnit> {
        match self {
            Self::Calendar(unit) => Some(*unit),
            Self::Ucum(code) => {
                let named = CALENDAR.iter().find(|(.., known)| **known == **code);
                named.map(|(unit, ..)| *unit).or_else(|| CalendarUnit::parse(code))
            }
        }
    }

    /// Its UCUM code; none for month and year, of which UCUM knows only means.
    fn definite(&self) -> Option<&str> {
        match self {
            Self::Calendar(unit) => unit.is_definite().then(|| unit.code()),
            Self::Ucum(code) => Some(code),
        }
    }

    /// Its UCUM code, means included.
    pub fn code(&self) -> &str {
        match self {
            Self::Calendar(unit) => unit.code(),
            Self::Ucum(code) => code,
        }
    }
}

impl Quantity {
    /// A plain number.
    pub fn plain(value: Decimal) -> Self {
        Self { value, unit: Unit::one() }
    }

    /// Reads `4 days`, `10.1 'mg'`, `10`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-'));
        let (number, unit) = text.split_at(end.unwrap_or(text.len()));
        let value = Decimal::parse(number)?;
        let unit = unit.trim();
        let unit = if unit.is_empty() {
            Unit::one()
        } else if let Some(code) = unit.strip_prefix('\'') {
            let code = code.strip_suffix('\'').filter(|code| !code.contains('\''))?;
            Unit::Ucum(code.into())
        } else {
            Unit::Calendar(CalendarUnit::parse(unit)?)
        };
        Some(Self { value, unit })
    }

    /// The same quantity in another unit; none where that measures something else.
    pub fn converted(&self, unit: &Unit) -> Option<Self> {
        let value = self.value_in(unit, false)?;
        Some(Self { value, unit: unit.clone() })
    }

    fn value_in(&self, unit: &Unit, by_means: bool) -> Option<Decimal> {
        if self.unit == *unit {
            return Some(self.value);
        }
        if let (Unit::Calendar(CalendarUnit::Year), Unit::Calendar(CalendarUnit::Month)) =
            (&self.unit, unit)
        {
            return self.value.times(Decimal::whole(12));
        }
        if let (Unit::Calendar(CalendarUnit::Month), Unit::Calendar(CalendarUnit::Year)) =
            (&self.unit, unit)
        {
            return self.value.over(Decimal::whole(12));
        }
        let (from, to) = if by_means {
            (self.unit.code(), unit.code())
        } else {
            (self.unit.definite()?, unit.definite()?)
        };
        if from == to {
            return Some(self.value);
        }
        let exponent = -i32::try_from(self.value.scale()).ok()?;
        let value = tarn_ucum::Decimal { mantissa: self.value.digits(), exponent };
        let converted = tarn_ucum::convert(value, from, to).ok()?;
        Decimal::of_scientific(converted.mantissa, converted.exponent)
    }

    /// Whether both measure the same.
    pub fn is_comparable(&self, other: &Self) -> bool {
        other.value_in(&self.unit, false).is_some()
    }

    /// Their order; none where they measure different things.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        let (mine, others) = self.in_one_unit(other, false)?;
        Some(mine.cmp(&others))
    }

    /// Whether they are the same to the precision of the less precise one.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.in_one_unit(other, true).is_some_and(|(a, b)| equivalent(a, b))
    }

    /// Both values in the larger of the two units.
    fn in_one_unit(&self, other: &Self, by_means: bool) -> Option<(Decimal, Decimal)> {
        let theirs = Self { value: Decimal::ONE, unit: other.unit.clone() };
        let is_larger = theirs.value_in(&self.unit, by_means)? > Decimal::ONE;
        if is_larger {
            return Some((self.value_in(&other.unit, by_means)?, other.value));
        }
        Some((self.value, other.value_in(&self.unit, by_means)?))
    }

    /// The sum, in the smaller of the two units.
    pub fn plus(&self, other: &Self) -> Option<Self> {
        let theirs = Self { value: Decimal::ONE, unit: other.unit.clone() };
        if theirs.value_in(&self.unit, false)? < Decimal::ONE {
            let value = self.value_in(&other.unit, false)?.plus(other.value)?;
            return Some(Self { value, unit: other.unit.clone() });
        }
        let value = self.value.plus(other.value_in(&self.unit, false)?)?;
        Some(Self { value, unit: self.unit.clone() })
    }

    /// The quantity with the other sign.
    pub fn negated(&self) -> Self {
        Self { value: self.value.negated(), unit: self.unit.clone() }
    }

    /// The product; its unit is the product of the units.
    pub fn times(&self, other: &Self) -> Option<Self> {
        let unit = match (self.unit.definite()?, other.unit.definite()?) {
            ("1", unit) | (unit, "1") => unit.to_owned(),
            (a, b) => format!("{}.{}", factor(a), factor(b)),
        };
        let value = self.value.times(other.value)?;
        Some(Self { value, unit: Unit::Ucum(unit.into()) })
    }

    /// The quotient; its unit is the quotient of the units.
    pub fn over(&self, other: &Self) -> Option<Self> {
        let unit = match (self.unit.definite()?, other.unit.definite()?) {
            (unit, "1") => unit.to_owned(),
            (a, b) if a == b => "1".to_owned(),
            ("1", b) => format!("/{}", factor(b)),
            (a, b) => format!("{}/{}", factor(a), factor(b)),
        };
        let value = self.value.over(other.value)?;
        Some(Self { value, unit: Unit::Ucum(unit.into()) })
    }
}

/// A unit as it can stand in a product.
fn factor(code: &str) -> String {
    if code.contains(['/', '.']) { format!("({code})") } else { code.to_owned() }
}

/// Whether two decimals are the same when the more precise one is rounded.
pub(crate) fn equivalent(a: Decimal, b: Decimal) -> bool {
    let (a, b) = (a.normal(), b.normal());
    let places = a.scale().min(b.scale());
    a.rounded(places) == b.rounded(places)
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.unit {
            Unit::Calendar(unit) => {
                let plural = if self.value == Decimal::ONE { "" } else { "s" };
                write!(f, "{} {}{plural}", self.value, unit.word())
            }
            Unit::Ucum(code) => write!(f, "{} '{code}'", self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).unwrap_or_else(|| panic!("`{text}` was refused"))
    }

    #[test]
    fn quantities_are_read_and_printed() {
        for (text, printed) in
            [("1 day", "1 day"), ("4 days", "4 days"), ("10.10 'mg'", "10.10 'mg'"), ("1", "1 '1'")]
        {
            assert_eq!(quantity(text).to_string(), printed);
        }
        for text in ["1 wk", "1.a", "", "mg", "1 'mg", "1 'm'g'"] {
            assert!(Quantity::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn units_are_converted_where_they_measure_the_same() {
        let order = |a: &str, b: &str| quantity(a).order(&quantity(b));
        assert_eq!(order("4.0000 'g'", "4000.0 'mg'"), Some(Ordering::Equal));
        assert_eq!(order("7 days", "1 'wk'"), Some(Ordering::Equal));
        assert_eq!(order("8 days", "1 week"), Some(Ordering::Greater));
        assert_eq!(order("1 year", "12 months"), Some(Ordering::Equal));
        for (a, b) in [("1 year", "1 'a'"), ("1 month", "30 days"), ("1 'cm'", "1 's'")] {
            assert_eq!(order(a, b), None, "{a} {b}");
        }
        assert!(quantity("1 year").is_equivalent(&quantity("1 'a'")));
        assert!(quantity("4 'g'").is_equivalent(&quantity("4040 'mg'")));
        assert!(!quantity("4 'g'").is_equivalent(&quantity("4 'm'")));
    }

    #[test]
    fn products_have_products_of_units() {
        let area = quantity("2.0 'cm'").times(&quantity("2.0 'm'")).unwrap();
        assert_eq!(area.order(&quantity("0.040 'm2'")), Some(Ordering::Equal));
        let density = quantity("4.0 'g'").over(&quantity("2.0 'm'")).unwrap();
        assert_eq!(density.order(&quantity("2 'g/m'")), Some(Ordering::Equal));
        let rate = quantity("6 'g/m'").over(&quantity("2 'g/m'")).unwrap();
        assert_eq!(rate.to_string(), "3 '1'");
        let sum = quantity("1 'g'").plus(&quantity("5 'mg'")).unwrap();
        assert_eq!(sum.to_string(), "1005 'mg'");
    }
}
