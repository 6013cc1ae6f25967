//! HTTP's dates (RFC 9110 §5.6.7): written by hand, since every read writes one.

use std::time::{SystemTime, UNIX_EPOCH};

use actix_web::http::header::HttpDate;
use tarn_domain::Timestamp;

const DAYS: [&[u8; 3]; 7] = [b"Thu", b"Fri", b"Sat", b"Sun", b"Mon", b"Tue", b"Wed"];
const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// A moment as `Sun, 06 Nov 1994 08:49:37 GMT`.
pub(crate) fn format(at: Timestamp) -> [u8; 29] {
    let mut out = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    let seconds = at.millis().div_euclid(1_000);
    let (year, month, day) = at.civil();
    let weekday = seconds.div_euclid(86_400).rem_euclid(7) as usize;
    let of_day = seconds.rem_euclid(86_400);
    out[..3].copy_from_slice(DAYS[weekday]);
    two(&mut out, 5, i64::from(day));
    out[8..11].copy_from_slice(MONTHS[(month as usize + 11) % 12]);
    two(&mut out, 12, year.rem_euclid(10_000) / 100);
    two(&mut out, 14, year.rem_euclid(100));
    two(&mut out, 17, of_day / 3_600);
    two(&mut out, 20, of_day / 60 % 60);
    two(&mut out, 23, of_day % 60);
    out
}

/// Reads a date in any of HTTP's three spellings; none where it is none (the header is then
/// ignored, as RFC 9110 §13.1.3 asks).
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let date: HttpDate = text.parse().ok()?;
    let since = SystemTime::from(date).duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_micros()).ok().map(Timestamp::from_micros)
}

fn two(out: &mut [u8; 29], at: usize, value: i64) {
    out[at] = b'0' + (value / 10 % 10) as u8;
    out[at + 1] = b'0' + (value % 10) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_http_reads_it() {
        for seconds in (0..4_000_000_000_i64).step_by(86_399 * 31) {
            let at = Timestamp::from_micros(seconds * 1_000_000);
            let text = format(at);
            let text = std::str::from_utf8(&text).unwrap();
            assert_eq!(parse(text), Some(at), "{text}");
        }
        let known = Timestamp::from_micros(784_111_777 * 1_000_000);
        assert_eq!(&format(known), b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(parse("yesterday"), None);
    }
}
