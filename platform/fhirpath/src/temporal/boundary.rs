//! The first and the last moment that a partial date or time can mean, to so many digits.

use super::{Precision, Temporal, TemporalKind, days_in};

impl Temporal {
    /// The first moment that it can mean; none where no such precision exists.
    pub fn low_boundary(self, digits: Option<u32>) -> Option<Self> {
        // The earliest moment of a written time is where the clocks are furthest ahead.
        self.bounded(digits, 14 * 60)
    }

    /// The last moment that it can mean.
    pub fn high_boundary(self, digits: Option<u32>) -> Option<Self> {
        let mut last = self;
        if self.precision < Precision::Month && self.kind != TemporalKind::Time {
            last.month = 12;
        }
        if self.precision < Precision::Day && self.kind != TemporalKind::Time {
            last.day = days_in(last.year, last.month);
        }
        // A lone hour means its first minute, as the official cases have it: FHIR's own types
        // know no time without minutes.
        if self.precision < Precision::Hour {
            (last.hour, last.minute) = (23, 59);
        }
        if self.precision < Precision::Second {
            last.second = 59;
        }
        if self.precision < Precision::Millisecond {
            last.nanosecond = 999_000_000;
        }
        last.bounded(digits, -12 * 60)
    }

    fn bounded(self, digits: Option<u32>, zone: i32) -> Option<Self> {
        let is_time = self.kind == TemporalKind::Time;
        let digits = digits.unwrap_or(match self.kind {
            TemporalKind::Date => 8,
            TemporalKind::DateTime => 17,
            TemporalKind::Time => 9,
        });
        let precision = match if is_time { digits + 8 } else { digits } {
            4 => Precision::Year,
            6 => Precision::Month,
            8 => Precision::Day,
            10 => Precision::Hour,
            12 => Precision::Minute,
            14 => Precision::Second,
            17 => Precision::Millisecond,
            _ => return None,
        };
        if is_time && precision < Precision::Hour {
            return None;
        }
        let has_time = precision >= Precision::Hour;
        let kind = match self.kind {
            TemporalKind::Date if has_time => TemporalKind::DateTime,
            kind => kind,
        };
        let zone = (has_time && !is_time).then(|| self.zone.unwrap_or(zone));
        let places = if precision == Precision::Millisecond { 3 } else { 0 };
        Some(Self { kind, precision, zone, places, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_as_wide_as_what_was_left_open() {
        let moment = |text| Temporal::date_time(text).unwrap();
        let show = |t: Option<Temporal>| t.map(|t| t.to_string()).unwrap_or_default();
        assert_eq!(show(moment("2014").high_boundary(Some(6))), "2014-12");
        assert_eq!(show(moment("2014").low_boundary(Some(6))), "2014-01");
        assert_eq!(show(moment("2012-02").high_boundary(None)), "2012-02-29T23:59:59.999-12:00");
        let zoned = moment("2014-01-01T08:05-05:00");
        assert_eq!(show(zoned.high_boundary(Some(17))), "2014-01-01T08:05:59.999-05:00");
        let low = moment("2014-01-01T08:05").low_boundary(Some(17));
        assert_eq!(show(low), "2014-01-01T08:05:00.000+14:00");
        assert_eq!(show(moment("2014-01-01T08").low_boundary(Some(8))), "2014-01-01");
        assert_eq!(show(moment("2014-01-01T08").low_boundary(Some(9))), "");
        let time = Temporal::time("10:30").unwrap();
        assert_eq!(show(time.high_boundary(Some(9))), "10:30:59.999");
        assert_eq!(show(time.low_boundary(Some(9))), "10:30:00.000");
        assert_eq!(show(time.low_boundary(Some(0))), "");
    }
}
