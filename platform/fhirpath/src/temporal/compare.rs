//! Which of two moments comes first, where that can be known
//! (<https://hl7.org/fhirpath/N1/#comparison>).

use std::cmp::Ordering;

use tarn_domain::Timestamp;

use super::{Precision, Temporal, TemporalKind};

const MINUTE: i64 = 60_000_000;
/// Zones reach from 14 hours ahead of UTC to 12 hours behind it.
const AHEAD: i64 = 14 * 60 * MINUTE;
const BEHIND: i64 = 12 * 60 * MINUTE;

impl Temporal {
    /// Whether it can be compared with the other one at all: times with times, dates and moments
    /// with dates and moments.
    pub fn is_comparable(self, other: Self) -> bool {
        (self.kind == TemporalKind::Time) == (other.kind == TemporalKind::Time)
    }

    /// Their order; none where one of them leaves open what decides.
    pub fn order(self, other: Self) -> Option<Ordering> {
        let have_times = self.precision >= Precision::Hour && other.precision >= Precision::Hour;
        match (self.zone, other.zone) {
            (Some(_), Some(_)) if have_times => self.in_utc().order_of_parts(other.in_utc()),
            (Some(_), None) if have_times => self.order_of_unzoned(other),
            (None, Some(_)) if have_times => other.order_of_unzoned(self).map(Ordering::reverse),
            _ => self.order_of_parts(other),
        }
    }

    fn order_of_parts(self, other: Self) -> Option<Ordering> {
        let parts = |t: Self| [t.year as u32, t.month, t.day, t.hour, t.minute];
        let levels =
            [Precision::Year, Precision::Month, Precision::Day, Precision::Hour, Precision::Minute];
        let least = self.precision.min(other.precision);
        for ((a, b), level) in parts(self).iter().zip(parts(other)).zip(levels) {
            if level > least {
                break;
            }
            if *a != b {
                return Some(a.cmp(&b));
            }
        }
        // Seconds and their fraction are one number.
        if least >= Precision::Second {
            let seconds = |t: Self| (t.second, t.nanosecond);
            return Some(seconds(self).cmp(&seconds(other)));
        }
        (self.precision == other.precision).then_some(Ordering::Equal)
    }

    /// The order of one with a zone and one without: known where no zone could change it.
    fn order_of_unzoned(self, unzoned: Self) -> Option<Ordering> {
        let here = self.in_utc().micros();
        let there = unzoned.micros();
        if here < there - AHEAD {
            return Some(Ordering::Less);
        }
        (here > there + BEHIND + MINUTE * 60).then_some(Ordering::Greater)
    }

    /// Microseconds since 1970, as if it were in UTC.
    pub(super) fn micros(self) -> i64 {
        let midnight = Timestamp::from_civil(i64::from(self.year), self.month, self.day);
        let minutes = i64::from(self.hour * 60 + self.minute);
        let seconds = i64::from(self.second) * 1_000_000 + i64::from(self.nanosecond / 1_000);
        midnight.micros() + minutes * MINUTE + seconds
    }

    /// The same moment told in UTC.
    fn in_utc(self) -> Self {
        let Some(zone) = self.zone.filter(|zone| *zone != 0) else { return self };
        let moment = Timestamp::from_micros(self.micros() - i64::from(zone) * MINUTE);
        let utc = Self::of_moment(moment);
        let Self { year, month, day, hour, minute, .. } = utc;
        Self { year, month, day, hour, minute, zone: Some(0), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(a: &str, b: &str) -> Option<Ordering> {
        Temporal::date_time(a).unwrap().order(Temporal::date_time(b).unwrap())
    }

    #[test]
    fn what_is_left_open_leaves_the_order_open() {
        assert_eq!(order("2018-03", "2018-03-01"), None);
        assert_eq!(order("2018-03", "2018-04-01"), Some(Ordering::Less));
        assert_eq!(order("2018-03-01T10:30", "2018-03-01T10:30:00"), None);
        assert_eq!(order("2018-03-01T10:30:00", "2018-03-01T10:30:00.0"), Some(Ordering::Equal));
        assert_eq!(order("2018", "2018"), Some(Ordering::Equal));
    }

    #[test]
    fn zones_are_taken_into_account() {
        let less = Some(Ordering::Less);
        assert_eq!(order("2017-11-05T01:30:00-04:00", "2017-11-05T01:15:00-05:00"), less);
        assert_eq!(
            order("2017-12-31T23:30:00-01:00", "2018-01-01T00:30:00Z"),
            Some(Ordering::Equal)
        );
        assert_eq!(order("2012-04-15T15:00:00Z", "2012-04-15T10:00:00"), None);
        assert_eq!(order("2012-04-15T15:00:00Z", "2012-04-17T10:00:00"), less);
        assert_eq!(order("2012-04-19T15:00:00", "2012-04-17T10:00:00Z"), Some(Ordering::Greater));
    }
}
