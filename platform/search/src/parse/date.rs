//! Dates in values, with their prefix, as the span of time that they name.

use tarn_domain::Timestamp;
use tarn_fhir::date;

use crate::filter::{DateTest, Prefix};

/// Reads a date of any precision with its prefix; none when it is not one. `now` matters to `ap`:
/// R4 §3.1.1.4.5 lets it reach a tenth of the way between the date and now.
pub(super) fn date(text: &str, now: Timestamp) -> Option<DateTest> {
    let (prefix, text) = super::values::prefix(text);
    let text = plus_restored(text);
    let (lo, hi) = span(&text)?;
    let test = DateTest { prefix, lo, hi, exact: is_stored_precision(&text) };
    if prefix != Prefix::Ap {
        return Some(test);
    }
    let slack = ((i128::from(now.micros()) - i128::from(lo)).abs() / 10) as i64;
    Some(DateTest { lo: lo.saturating_sub(slack), hi: hi.saturating_add(slack), ..test })
}

fn span(text: &str) -> Option<(i64, i64)> {
    let period = date::parse(without_idle_zeros(text).as_deref().unwrap_or(text))?;
    Some((period.lo, period.last()))
}

/// Some clients write seven digits of a second where they mean three: `.5000000` is `.500`.
fn without_idle_zeros(text: &str) -> Option<String> {
    let (seconds, rest) = text.split_once('.')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = rest.split_at(digits);
    let kept = fraction.trim_end_matches('0').len().max(digits.min(3));
    Some(format!("{seconds}.{}{zone}", &fraction[..kept]))
}

/// In a query string `+` means a blank, and many clients forget: `…T00:00:00 02:00`.
fn plus_restored(text: &str) -> String {
    match text.rsplit_once(' ') {
        Some((moment, zone)) if zone.len() == 5 => format!("{moment}+{zone}"),
        _ => text.to_owned(),
    }
}

/// Whether nothing but zeros follows the microseconds.
fn is_stored_precision(text: &str) -> bool {
    let Some((_, fraction)) = text.split_once('.') else { return true };
    fraction.bytes().take_while(u8::is_ascii_digit).skip(6).all(|digit| digit == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTest {
        date(text, Timestamp::from_civil(2026, 1, 1)).unwrap()
    }

    #[test]
    fn a_date_is_the_span_it_names() {
        let day = at("2013-01-14");
        assert_eq!(day.hi - day.lo, 86_400_000_000 - 1);
        let minute = at("ge2013-01-14T10:00Z");
        assert_eq!((minute.prefix, minute.hi - minute.lo), (Prefix::Ge, 59_999_999));
        assert_eq!(at("2013-01-14T10:00:00 02:00").lo, at("2013-01-14T08:00:00Z").lo);
        assert_eq!(at("2013").lo, at("2013-01-01").lo);
    }

    #[test]
    fn a_moment_between_two_microseconds_equals_nothing() {
        assert!(at("1980-05-11T16:32:15.5000000Z").exact);
        assert!(!at("1980-05-11T16:32:15.5000001Z").exact);
    }

    #[test]
    fn approximately_reaches_a_tenth_of_the_way_to_now() {
        let year = at("ap2016-01-01");
        let days = (at("2016-01-01").lo - year.lo) / 86_400_000_000;
        assert_eq!(days, 365);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for bad in ["", "ge", "yesterday", "2013-13", "2013-02-30", "13-01-01", "2013-1-1"] {
            assert!(date(bad, Timestamp::default()).is_none(), "{bad}");
        }
    }
}
