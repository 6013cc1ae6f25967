//! Dates, times and moments, as partial as they were written.

mod boundary;
mod compare;
mod shift;

use std::fmt;

use tarn_domain::Timestamp;

pub use shift::CalendarUnit;

/// Which of FHIRPath's three types it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TemporalKind {
    /// A day, or a part of one.
    Date,
    /// A moment, or a part of one.
    DateTime,
    /// A time of day.
    Time,
}

/// How much was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum Precision {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

/// A date, time or moment. Parts that were not written are the least that they can be.
#[derive(Debug, Clone, Copy)]
pub struct Temporal {
    kind: TemporalKind,
    precision: Precision,
    year: i32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// Digits of the fraction of a second.
    places: u32,
    /// Minutes east of UTC.
    zone: Option<i32>,
}

const EMPTY: Temporal = Temporal {
    kind: TemporalKind::Date,
    precision: Precision::Year,
    year: 1,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    places: 0,
    zone: None,
};

impl Temporal {
    /// Reads a date: `2015`, `2015-02`, `2015-02-04`.
    pub fn date(text: &str) -> Option<Self> {
        let mut scan = Scan(text.as_bytes());
        let date = scan.date()?;
        scan.0.is_empty().then_some(date)
    }

    /// Reads a moment: a date, and behind a `T` as much of a time as there is, and a zone. A date
    /// alone is one, with or without the `T`.
    pub fn date_time(text: &str) -> Option<Self> {
        let mut scan = Scan(text.as_bytes());
        let date = Self { kind: TemporalKind::DateTime, ..scan.date()? };
        if scan.0.is_empty() {
            return Some(date);
        }
        scan.byte(b'T')?;
        if scan.0.is_empty() {
            return Some(date);
        }
        if date.precision < Precision::Day {
            return None;
        }
        let mut moment = scan.time(date)?;
        moment.zone = scan.zone()?;
        scan.0.is_empty().then_some(moment)
    }

    /// Reads a time of day: `14`, `14:34`, `14:34:28`, `14:34:28.123`.
    pub fn time(text: &str) -> Option<Self> {
        let mut scan = Scan(text.as_bytes());
        let time = scan.time(Self { kind: TemporalKind::Time, ..EMPTY })?;
        scan.0.is_empty().then_some(time)
    }

    /// A moment in UTC, to the millisecond.
    pub fn of_moment(moment: Timestamp) -> Self {
        let (year, month, day) = moment.civil();
        let micros = moment.micros().rem_euclid(86_400_000_000);
        let part = |unit: i64, most: i64| u32::try_from(micros / unit % most).unwrap_or_default();
        Self {
            kind: TemporalKind::DateTime,
            precision: Precision::Millisecond,
            year: i32::try_from(year).unwrap_or(1),
            month,
            day,
            hour: part(3_600_000_000, 24),
            minute: part(60_000_000, 60),
            second: part(1_000_000, 60),
            nanosecond: part(1_000, 1_000) * 1_000_000,
            places: 3,
            zone: Some(0),
        }
    }

    /// Which type it is.
    pub fn kind(self) -> TemporalKind {
        self.kind
    }

    /// How much of it was written.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The date of a date or moment.
    pub fn to_date(self) -> Option<Self> {
        if self.kind == TemporalKind::Time {
            return None;
        }
        let precision = self.precision.min(Precision::Day);
        let Self { year, month, day, .. } = self;
        Some(Self { precision, year, month, day, ..EMPTY })
    }

    /// The moment that a date or moment is.
    pub fn to_date_time(self) -> Option<Self> {
        let kind = TemporalKind::DateTime;
        (self.kind != TemporalKind::Time).then_some(Self { kind, ..self })
    }

    /// The time of day of a time or moment.
    pub fn to_time(self) -> Option<Self> {
        if self.kind == TemporalKind::Date || self.precision < Precision::Hour {
            return None;
        }
        let Self { year, month, day, .. } = EMPTY;
        Some(Self { kind: TemporalKind::Time, year, month, day, zone: None, ..self })
    }

    /// One part of it, where it was written.
    pub fn part(self, part: Precision) -> Option<i64> {
        if part > self.precision || self.kind == TemporalKind::Time && part < Precision::Hour {
            return None;
        }
        Some(match part {
            Precision::Year => i64::from(self.year),
            Precision::Month => i64::from(self.month),
            Precision::Day => i64::from(self.day),
            Precision::Hour => i64::from(self.hour),
            Precision::Minute => i64::from(self.minute),
            Precision::Second => i64::from(self.second),
            Precision::Millisecond => i64::from(self.nanosecond / 1_000_000),
        })
    }

    /// Minutes east of UTC, where a zone was written.
    pub fn zone(self) -> Option<i32> {
        self.zone
    }

    /// How many digits were written: `@2014` has 4, `@T10:30:00.000` has 9.
    pub fn digits(self) -> u32 {
        let digits = match self.precision {
            Precision::Year => 4,
            Precision::Month => 6,
            Precision::Day => 8,
            Precision::Hour => 10,
            Precision::Minute => 12,
            Precision::Second => 14,
            Precision::Millisecond => 14 + self.places,
        };
        if self.kind == TemporalKind::Time { digits - 8 } else { digits }
    }
}

/// As FHIR writes it: without `@`, and without `T` where no time follows.
impl fmt::Display for Temporal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != TemporalKind::Time {
            write!(f, "{:04}", self.year)?;
            if self.precision >= Precision::Month {
                write!(f, "-{:02}", self.month)?;
            }
            if self.precision >= Precision::Day {
                write!(f, "-{:02}", self.day)?;
            }
            if self.precision < Precision::Hour {
                return Ok(());
            }
            f.write_str("T")?;
        }
        write!(f, "{:02}", self.hour)?;
        if self.precision >= Precision::Minute {
            write!(f, ":{:02}", self.minute)?;
        }
        if self.precision >= Precision::Second {
            write!(f, ":{:02}", self.second)?;
        }
        if self.precision == Precision::Millisecond {
            let width = self.places as usize;
            let fraction = self.nanosecond / 10u32.pow(9 - self.places);
            write!(f, ".{fraction:0width$}")?;
        }
        match self.zone {
            None => Ok(()),
            Some(0) => f.write_str("Z"),
            Some(zone) => {
                let (sign, zone) = if zone < 0 { ('-', -zone) } else { ('+', zone) };
                write!(f, "{sign}{:02}:{:02}", zone / 60, zone % 60)
            }
        }
    }
}

/// How many days a month has.
fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

struct Scan<'t>(&'t [u8]);

impl Scan<'_> {
    fn byte(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    fn digits(&mut self, count: usize, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut value = 0;
        for digit in digits {
            value = value * 10 + u32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        self.0 = rest;
        range.contains(&value).then_some(value)
    }

    fn date(&mut self) -> Option<Temporal> {
        let year = i32::try_from(self.digits(4, 1..=9999)?).ok()?;
        let mut date = Temporal { year, ..EMPTY };
        if self.byte(b'-').is_none() {
            return Some(date);
        }
        date.month = self.digits(2, 1..=12)?;
        date.precision = Precision::Month;
        if self.byte(b'-').is_none() {
            return Some(date);
        }
        date.day = self.digits(2, 1..=days_in(year, date.month))?;
        date.precision = Precision::Day;
        Some(date)
    }

    fn time(&mut self, date: Temporal) -> Option<Temporal> {
        let hour = self.digits(2, 0..=23)?;
        let mut time = Temporal { hour, precision: Precision::Hour, ..date };
        if self.byte(b':').is_none() {
            return Some(time);
        }
        time.minute = self.digits(2, 0..=59)?;
        time.precision = Precision::Minute;
        if self.byte(b':').is_none() {
            return Some(time);
        }
        // 60 for a leap second, as FHIR's pattern allows: it is taken for the second before.
        time.second = self.digits(2, 0..=60)?.min(59);
        time.precision = Precision::Second;
        if self.byte(b'.').is_none() {
            return Some(time);
        }
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (fraction, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
        self.0 = rest;
        time.places = u32::try_from(count).ok()?.min(9);
        let kept = fraction.iter().chain(std::iter::repeat(&b'0')).take(9);
        time.nanosecond = kept.fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        time.precision = Precision::Millisecond;
        Some(time)
    }

    /// A zone, or that there is none.
    fn zone(&mut self) -> Option<Option<i32>> {
        if self.0.is_empty() {
            return Some(None);
        }
        if self.byte(b'Z').is_some() {
            return Some(Some(0));
        }
        let sign = if self.byte(b'-').is_some() { -1 } else { self.byte(b'+').map(|()| 1)? };
        let hour = self.digits(2, 0..=14)?;
        self.byte(b':')?;
        let minute = self.digits(2, 0..=59)?;
        Some(Some(sign * i32::try_from(hour * 60 + minute).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_printed_again() {
        for text in ["2015", "2015-02", "2015-02-28"] {
            assert_eq!(Temporal::date(text).unwrap().to_string(), text);
            assert_eq!(Temporal::date_time(text).unwrap().to_string(), text);
        }
        for text in ["2015-02-04T14", "2015-02-04T14:34:28.123Z", "2015-02-04T14:34-10:30"] {
            assert_eq!(Temporal::date_time(text).unwrap().to_string(), text);
        }
        for text in ["14", "14:34", "14:34:28", "14:34:28.10"] {
            assert_eq!(Temporal::time(text).unwrap().to_string(), text);
        }
        let moment = Timestamp::from_micros(1_500_000_000_123_456);
        assert_eq!(Temporal::of_moment(moment).to_string(), "2017-07-14T02:40:00.123Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in ["", "201", "2015-", "2015-13", "2015-02-30", "2015-02-04T", "2015x"] {
            assert!(Temporal::date(text).is_none(), "{text}");
        }
        for text in ["2015-02T10", "2015-02-04T25", "2015-02-04T10:00Zx", "2015-02-04T10+15:00"] {
            assert!(Temporal::date_time(text).is_none(), "{text}");
        }
        for text in ["24:00", "10:60", "10:30:00.", "10:30Z"] {
            assert!(Temporal::time(text).is_none(), "{text}");
        }
    }
}
