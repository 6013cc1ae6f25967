//! Moments that callers name.

use tarn_domain::{Kind, Problem, Timestamp};

/// A FHIR date, dateTime or instant; of a span the moment when it begins.
///
/// # Errors
/// Invalid where it is none.
pub(crate) fn moment(text: &str) -> Result<Timestamp, Problem> {
    let period = tarn_fhir::date::parse(text).ok_or_else(|| {
        let words = "A time looks like 2026-11-22 or 2026-11-22T23:38:08Z.";
        Problem::new(Kind::Invalid, "bad-time", words)
    })?;
    Ok(Timestamp::from_micros(period.lo))
}
