//! FHIR's `date`, `dateTime` and `instant`, whole or partial, as spans of time.

use tarn_domain::Timestamp;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 1_440 * MINUTE;

/// How much of a moment was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// `2020`
    Year,
    /// `2020-02`
    Month,
    /// `2020-02-29`
    Day,
    /// `2020-02-29T12:30`, which only searches may say.
    Minute,
    /// `2020-02-29T12:30:00`
    Second,
    /// `2020-02-29T12:30:00.5`
    Fraction,
}

/// The span of time that a date means: from `lo` up to, not including, `hi`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period {
    /// Its first microsecond since 1970 in UTC.
    pub lo: i64,
    /// The first microsecond behind it.
    pub hi: i64,
    /// How much was written.
    pub precision: Precision,
    /// Whether a zone was written; without one, UTC is taken.
    pub has_zone: bool,
}

impl Period {
    /// Its last microsecond.
    pub fn last(self) -> i64 {
        self.hi - 1
    }
}

/// The span that a FHIR `date`, `dateTime` or `instant` means, after their patterns in
/// <https://hl7.org/fhir/R4/datatypes.html#primitive>, days checked against the calendar.
/// Beyond those, what searches may write: minutes without seconds, a time without a zone (UTC).
pub fn parse(text: &str) -> Option<Period> {
    let mut rest = Scanner(text.as_bytes());
    let year = rest.digits(4).filter(|year| *year > 0)?;
    if rest.done() {
        return Some(days(first_day(year, 1), first_day(year + 1, 1), Precision::Year));
    }
    rest.byte(b'-')?;
    let month = rest.digits(2).filter(|month| (1..=12).contains(month))?;
    let start = first_day(year, month);
    let end = if month == 12 { first_day(year + 1, 1) } else { first_day(year, month + 1) };
    if rest.done() {
        return Some(days(start, end, Precision::Month));
    }
    rest.byte(b'-')?;
    let day = rest.digits(2).filter(|day| *day > 0)?;
    let lo = start + i64::from(day - 1) * DAY;
    if lo >= end {
        return None;
    }
    if rest.done() {
        return Some(days(lo, lo + DAY, Precision::Day));
    }
    rest.byte(b'T')?;
    moment(lo, &mut rest)
}

/// Whether the text is a FHIR `time`: `hh:mm:ss`, with or without a fraction.
pub fn is_time(text: &str) -> bool {
    let mut rest = Scanner(text.as_bytes());
    let time = clock(&mut rest);
    rest.done() && time.is_some_and(|time| time.precision >= Precision::Second)
}

fn first_day(year: u32, month: u32) -> i64 {
    Timestamp::from_civil(i64::from(year), month, 1).micros()
}

fn days(lo: i64, hi: i64, precision: Precision) -> Period {
    Period { lo, hi, precision, has_zone: false }
}

fn moment(midnight: i64, rest: &mut Scanner<'_>) -> Option<Period> {
    let time = clock(rest)?;
    let has_zone = !rest.done();
    let offset = if has_zone { zone(rest)? } else { 0 };
    if !rest.done() {
        return None;
    }
    let lo = midnight + time.since_midnight - offset;
    Some(Period { lo, hi: lo + time.width, precision: time.precision, has_zone })
}

struct Time {
    since_midnight: i64,
    width: i64,
    precision: Precision,
}

fn clock(rest: &mut Scanner<'_>) -> Option<Time> {
    let hour = rest.digits(2).filter(|hour| *hour < 24)?;
    rest.byte(b':')?;
    let minute = rest.digits(2).filter(|minute| *minute < 60)?;
    let start = i64::from(hour * 60 + minute) * MINUTE;
    if rest.byte(b':').is_none() {
        let precision = Precision::Minute;
        return Some(Time { since_midnight: start, width: MINUTE, precision });
    }
    // 60 for a leap second, as FHIR's pattern allows: the second after 59 here.
    let second = rest.digits(2).filter(|second| *second <= 60)?;
    let start = start + i64::from(second) * SECOND;
    if rest.byte(b'.').is_none() {
        let precision = Precision::Second;
        return Some(Time { since_midnight: start, width: SECOND, precision });
    }
    let (fraction, width) = rest.fraction()?;
    let precision = Precision::Fraction;
    Some(Time { since_midnight: start + fraction, width, precision })
}

fn zone(rest: &mut Scanner<'_>) -> Option<i64> {
    if rest.byte(b'Z').is_some() {
        return Some(0);
    }
    let sign = if rest.byte(b'-').is_some() { -1 } else { rest.byte(b'+').map(|()| 1)? };
    let hour = rest.digits(2)?;
    rest.byte(b':')?;
    let minute = rest.digits(2).filter(|minute| *minute < 60)?;
    let offset = hour * 60 + minute;
    (offset <= 14 * 60).then(|| sign * i64::from(offset) * MINUTE)
}

struct Scanner<'t>(&'t [u8]);

impl Scanner<'_> {
    fn done(&self) -> bool {
        self.0.is_empty()
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let mut value = 0;
        for digit in digits {
            value = value * 10 + u32::from(digit.is_ascii_digit().then(|| digit - b'0')?);
        }
        self.0 = rest;
        Some(value)
    }

    /// A fraction of a second in microseconds, rounded down, and how wide its last digit is.
    fn fraction(&mut self) -> Option<(i64, i64)> {
        let (mut value, mut width, mut count) = (0, SECOND, 0);
        while let Some((digit, rest)) = self.0.split_first().filter(|(d, _)| d.is_ascii_digit()) {
            if width > 1 {
                width /= 10;
                value += i64::from(digit - b'0') * width;
            }
            count += 1;
            self.0 = rest;
        }
        (count > 0).then_some((value, width))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> (String, String) {
        let period = parse(text).unwrap_or_else(|| panic!("`{text}` was refused"));
        let show = |at| Timestamp::from_micros(at).to_string();
        (show(period.lo), show(period.hi))
    }

    #[test]
    fn partial_dates_span_what_they_leave_open() {
        let cases = [
            ("2020", "2020-01-01T00:00:00.000Z", "2021-01-01T00:00:00.000Z"),
            ("2020-02", "2020-02-01T00:00:00.000Z", "2020-03-01T00:00:00.000Z"),
            ("2020-12", "2020-12-01T00:00:00.000Z", "2021-01-01T00:00:00.000Z"),
            ("2020-02-29", "2020-02-29T00:00:00.000Z", "2020-03-01T00:00:00.000Z"),
            ("2020-02-29T10:30", "2020-02-29T10:30:00.000Z", "2020-02-29T10:31:00.000Z"),
            ("2020-02-29T10:30:05", "2020-02-29T10:30:05.000Z", "2020-02-29T10:30:06.000Z"),
            ("2020-02-29T10:30:05.25Z", "2020-02-29T10:30:05.250Z", "2020-02-29T10:30:05.260Z"),
            ("2020-01-01T00:00:00+02:00", "2019-12-31T22:00:00.000Z", "2019-12-31T22:00:01.000Z"),
            ("1969-12-31T23:30:00-01:30", "1970-01-01T01:00:00.000Z", "1970-01-01T01:00:01.000Z"),
        ];
        for (text, lo, hi) in cases {
            assert_eq!(span(text), (lo.to_owned(), hi.to_owned()), "{text}");
        }
    }

    #[test]
    fn fractions_beyond_microseconds_are_cut() {
        let period = parse("1970-01-01T00:00:00.123456789Z").unwrap();
        assert_eq!((period.lo, period.hi), (123_456, 123_457));
        assert_eq!(period.precision, Precision::Fraction);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        let cases = [
            "",
            "20",
            "20200",
            "2020-",
            "2020-13",
            "2020-00",
            "2020-02-30",
            "2019-02-29",
            "2020-2-3",
            "2020-02-29T",
            "2020-02-29T24:00:00Z",
            "2020-02-29T10:60:00Z",
            "2020-02-29T10:30:61Z",
            "2020-02-29T10:30:05.Z",
            "2020-02-29T10:30:05+15:00",
            "2020-02-29T10:30:05Z ",
            "2020-02-29 10:30:05",
            "0000",
            "2020-02-29T10:30:05+0100",
            "１２３４",
            "2020-04-31",
            "-2020",
        ];
        for text in cases {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn zones_are_noticed() {
        assert!(parse("2020-02-29T10:30:05Z").unwrap().has_zone);
        assert!(!parse("2020-02-29T10:30:05").unwrap().has_zone);
        assert!(!parse("2020").unwrap().has_zone);
    }

    #[test]
    fn times_have_seconds() {
        assert!(is_time("10:00:00") && is_time("23:59:60.123"));
        for text in ["24:00:00", "12:05", "10:00:00Z", "", "10:00:00."] {
            assert!(!is_time(text), "{text}");
        }
    }
}
