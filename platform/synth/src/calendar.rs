//! Days and moments of a record, in one time zone: US Eastern standard time all year (-05:00),
//! so that output never depends on a time-zone table.

use tarn_domain::Timestamp;

/// A calendar day: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(pub(crate) i32);

/// A moment: seconds of local wall time since 1970-01-01T00:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) i64);

/// The first moment that no record reaches: 2026-01-01.
pub(crate) const NOW: Day = Day(20_454);

const DAY_MICROS: i64 = 86_400_000_000;

impl Day {
    pub(crate) fn from_civil(year: i32, month: u32, day: u32) -> Self {
        let micros = Timestamp::from_civil(i64::from(year), month, day).micros();
        Self((micros / DAY_MICROS) as i32)
    }

    pub(crate) fn civil(self) -> (i32, u32, u32) {
        let (y, m, d) = Timestamp::from_micros(i64::from(self.0) * DAY_MICROS).civil();
        (y as i32, m, d)
    }

    pub(crate) fn year(self) -> i32 {
        self.civil().0
    }

    pub(crate) fn plus(self, days: i32) -> Self {
        Self(self.0 + days)
    }

    /// The moment `minute` minutes into the day.
    pub(crate) fn at(self, minute: i32) -> Moment {
        Moment(i64::from(self.0) * 86_400 + i64::from(minute) * 60)
    }

    /// Days since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// Completed months of life, counted by days (30.4375 to the month).
    pub(crate) fn months_since(self, birth: Self) -> i32 {
        self.since(birth) * 16 / 487
    }

    /// Completed years of life, as a birthday counts them.
    pub(crate) fn years_since(self, birth: Self) -> i32 {
        let (y, m, d) = self.civil();
        let (by, bm, bd) = birth.civil();
        y - by - i32::from((m, d) < (bm, bd))
    }

    /// The same day, or the Monday after when it falls on a weekend.
    pub(crate) fn weekday(self) -> Self {
        match (self.0 + 3).rem_euclid(7) {
            5 => self.plus(2),
            6 => self.plus(1),
            _ => self,
        }
    }

    /// `2019-03-14`.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        let (y, m, d) = self.civil();
        digits(out, y as u32, 4);
        out.push(b'-');
        digits(out, m, 2);
        out.push(b'-');
        digits(out, d, 2);
    }
}

impl Moment {
    pub(crate) fn day(self) -> Day {
        Day(self.0.div_euclid(86_400) as i32)
    }

    pub(crate) fn plus_minutes(self, minutes: i32) -> Self {
        Self(self.0 + i64::from(minutes) * 60)
    }

    /// `2019-03-14T09:30:00-05:00`.
    pub(crate) fn write(self, out: &mut Vec<u8>) {
        self.day().write(out);
        let second = self.0.rem_euclid(86_400) as u32;
        out.push(b'T');
        digits(out, second / 3_600, 2);
        out.push(b':');
        digits(out, second / 60 % 60, 2);
        out.push(b':');
        digits(out, second % 60, 2);
        out.extend_from_slice(b"-05:00");
    }
}

fn digits(out: &mut Vec<u8>, value: u32, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + (value / 10u32.pow(place) % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_all_records_is_new_year_2026() {
        assert_eq!(NOW, Day::from_civil(2026, 1, 1));
    }

    #[test]
    fn a_moment_carries_its_offset() {
        let mut text = Vec::new();
        Day::from_civil(2019, 3, 4).at(570).write(&mut text);
        assert_eq!(text, b"2019-03-04T09:30:00-05:00");
    }

    #[test]
    fn weekends_move_to_monday() {
        let saturday = Day::from_civil(2024, 6, 1);
        assert_eq!(saturday.weekday(), Day::from_civil(2024, 6, 3));
        assert_eq!(saturday.plus(1).weekday(), Day::from_civil(2024, 6, 3));
        assert_eq!(saturday.plus(-1).weekday(), saturday.plus(-1));
    }

    #[test]
    fn a_birthday_completes_a_year() {
        let birth = Day::from_civil(1980, 5, 17);
        assert_eq!(Day::from_civil(2020, 5, 16).years_since(birth), 39);
        assert_eq!(Day::from_civil(2020, 5, 17).years_since(birth), 40);
        assert_eq!(birth.plus(61).months_since(birth), 2);
    }
}
