//! Dates and times, some duration later (<https://hl7.org/fhirpath/N1/#datetime-arithmetic>).

use tarn_domain::Timestamp;

use super::{Precision, Temporal, TemporalKind, days_in};
use crate::decimal::Decimal;

const NANOS_PER_DAY: i128 = 86_400_000_000_000;

/// A unit of a calendar duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum CalendarUnit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl CalendarUnit {
    /// How many nanoseconds it has; none for those that differ in length.
    fn nanoseconds(self) -> Option<i128> {
        Some(match self {
            Self::Year | Self::Month => return None,
            Self::Week => 7 * NANOS_PER_DAY,
            Self::Day => NANOS_PER_DAY,
            Self::Hour => 3_600_000_000_000,
            Self::Minute => 60_000_000_000,
            Self::Second => 1_000_000_000,
            Self::Millisecond => 1_000_000,
        })
    }
}

impl Temporal {
    /// That much later, or earlier where the amount is negative. Fractions of units above the
    /// second are cut off. None where the year would leave 1 to 9999.
    pub fn later(self, amount: Decimal, unit: CalendarUnit) -> Option<Self> {
        let is_fine = unit >= CalendarUnit::Second;
        let amount = if is_fine { amount } else { amount.truncated() };
        if self.kind == TemporalKind::Time {
            return self.time_later(amount, unit);
        }
        match unit {
            CalendarUnit::Year => self.months_later(amount.times(Decimal::whole(12))?),
            CalendarUnit::Month => self.months_later(amount),
            _ => match self.precision {
                Precision::Year => {
                    self.months_later(Decimal::whole(days(amount, unit)? / 365 * 12))
                }
                Precision::Month => self.months_later(Decimal::whole(days(amount, unit)? / 30)),
                _ => self.nanoseconds_later(nanoseconds(amount, unit)?),
            },
        }
    }

    fn time_later(self, amount: Decimal, unit: CalendarUnit) -> Option<Self> {
        let nanos = nanoseconds(amount, unit)?;
        let later =
            (self.nanosecond_of_day() + nanos - nanos % self.step()).rem_euclid(NANOS_PER_DAY);
        Some(self.at_nanosecond(later))
    }

    fn months_later(self, months: Decimal) -> Option<Self> {
        let months = months.truncated().to_whole()?;
        if self.precision == Precision::Year {
            let year = i64::from(self.year).checked_add(months / 12)?;
            return in_range(Self { year: i32::try_from(year).ok()?, ..self });
        }
        let all = (i64::from(self.year) * 12 + i64::from(self.month) - 1).checked_add(months)?;
        let year = i32::try_from(all.div_euclid(12)).ok()?;
        let month = u32::try_from(all.rem_euclid(12)).ok()? + 1;
        let day = self.day.min(days_in(year, month));
        in_range(Self { year, month, day, ..self })
    }

    fn nanoseconds_later(self, nanos: i128) -> Option<Self> {
        // What was not written cannot change.
        let nanos = nanos - nanos % self.step();
        let midnight = Timestamp::from_civil(i64::from(self.year), self.month, self.day);
        let all = i128::from(midnight.micros()) * 1_000 + self.nanosecond_of_day() + nanos;
        let day = i64::try_from(all.div_euclid(NANOS_PER_DAY)).ok()?;
        if day.abs() > 4_000_000 {
            return None;
        }
        let (year, month, day) = Timestamp::from_micros(day * 86_400_000_000).civil();
        let year = i32::try_from(year).ok()?;
        let moved = Self { year, month, day, ..self };
        in_range(moved.at_nanosecond(all.rem_euclid(NANOS_PER_DAY)))
    }

    /// The nanoseconds of what was written last.
    fn step(self) -> i128 {
        match self.precision {
            Precision::Year | Precision::Month | Precision::Day => NANOS_PER_DAY,
            Precision::Hour => 3_600_000_000_000,
            Precision::Minute => 60_000_000_000,
            Precision::Second | Precision::Millisecond => 1,
        }
    }

    fn at_nanosecond(self, of_day: i128) -> Self {
        let part = |unit: i128, most: i128| u32::try_from(of_day / unit % most).unwrap_or_default();
        let nanosecond = part(1, 1_000_000_000);
        let needed = match nanosecond {
            0 => 0,
            nanos if nanos % 1_000_000 == 0 => 3,
            _ => 9,
        };
        let places = self.places.max(needed);
        let has_fraction = places > 0;
        Self {
            hour: part(3_600_000_000_000, 24),
            minute: part(60_000_000_000, 60),
            second: part(1_000_000_000, 60),
            nanosecond,
            precision: if has_fraction { Precision::Millisecond } else { self.precision },
            places,
            ..self
        }
    }

    fn nanosecond_of_day(self) -> i128 {
        let seconds = self.hour * 3_600 + self.minute * 60 + self.second;
        i128::from(seconds) * 1_000_000_000 + i128::from(self.nanosecond)
    }
}

fn in_range(moved: Temporal) -> Option<Temporal> {
    (1..=9999).contains(&moved.year).then_some(moved)
}

fn days(amount: Decimal, unit: CalendarUnit) -> Option<i64> {
    i64::try_from(nanoseconds(amount, unit)? / NANOS_PER_DAY).ok()
}

fn nanoseconds(amount: Decimal, unit: CalendarUnit) -> Option<i128> {
    let each = i64::try_from(unit.nanoseconds()?).ok()?;
    let all = amount.times(Decimal::whole(each))?.truncated();
    (all.digits().unsigned_abs() < 1 << 100).then_some(all.digits())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(from: &str, amount: &str, unit: CalendarUnit) -> Option<String> {
        let from = Temporal::date_time(from).unwrap();
        Some(from.later(Decimal::parse(amount).unwrap(), unit)?.to_string())
    }

    #[test]
    fn durations_are_added() {
        use CalendarUnit::*;
        let cases = [
            ("1973-12-25", "7.7", Day, "1974-01-01"),
            ("1973-12-25T00:00:00.000+10:00", "1", Second, "1973-12-25T00:00:01.000+10:00"),
            ("1973-12-25T00:00:00.000+10:00", "0.1", Second, "1973-12-25T00:00:00.100+10:00"),
            ("1973-12-25T00:00:00.000+10:00", "10", Millisecond, "1973-12-25T00:00:00.010+10:00"),
            ("1973-12-25T00:00:00", "1", Millisecond, "1973-12-25T00:00:00.001"),
            ("2020-01-31", "1", Month, "2020-02-29"),
            ("2020-02-29", "1", Year, "2021-02-28"),
            ("2020-03-31", "-1", Month, "2020-02-29"),
            ("2014", "24", Month, "2016"),
            ("2014-01", "61", Day, "2014-03"),
            ("2014", "366", Day, "2015"),
            ("2014-01-01", "25", Hour, "2014-01-02"),
            ("2014-01-01T10", "90", Minute, "2014-01-01T11"),
        ];
        for (from, amount, unit, to) in cases {
            assert_eq!(moved(from, amount, unit).as_deref(), Some(to), "{from} + {amount}");
        }
        assert_eq!(moved("9999-12-31", "1", Day), None);
        assert_eq!(moved("0001-01-01", "-1", Millisecond), Some("0001-01-01".into()));
        assert_eq!(moved("2000-01-01", "99999999999999999999999999999999", Week), None);
    }

    #[test]
    fn times_go_round_the_clock() {
        let later = |from: &str, hours| {
            let from = Temporal::time(from).unwrap();
            from.later(Decimal::whole(hours), CalendarUnit::Hour).map(|time| time.to_string())
        };
        assert_eq!(later("23:00:00", 50).as_deref(), Some("01:00:00"));
        assert_eq!(later("01:00:00", -2).as_deref(), Some("23:00:00"));
        let time = Temporal::time("10:00").unwrap();
        assert!(time.later(Decimal::ONE, CalendarUnit::Month).is_none());
    }
}
