//! The stretch of time that a date, Period or Timing covers, in microseconds.

use tarn_fhir::date;
use tarn_fhir::json::{Kind, Value};

/// First and last microsecond of a date, dateTime or instant; none where it is not one.
pub(super) fn moment(value: Value<'_>) -> Option<(i64, i64)> {
    let period = date::parse(&value.as_str()?)?;
    Some((period.lo, period.last()))
}

/// A Period; an absent end is open. None without any, or where an end is no date.
pub(super) fn period(value: Value<'_>) -> Option<(i64, i64)> {
    let (start, end) = (value.get("start"), value.get("end"));
    if start.is_none() && end.is_none() {
        return None;
    }
    let lo = start.map_or(Some(i64::MIN), |start| Some(moment(start)?.0))?;
    let hi = end.map_or(Some(i64::MAX), |end| Some(moment(end)?.1))?;
    (lo <= hi).then_some((lo, hi))
}

/// The outer limits of a Timing: its events and the period that bounds its repetition
/// (<https://hl7.org/fhir/R4/search.html#date>).
pub(super) fn timing(value: Value<'_>) -> Option<(i64, i64)> {
    let events = value.get("event").into_iter().flat_map(|event| {
        let itself = (event.kind() == Kind::String).then_some(event);
        event.items().chain(itself)
    });
    let bounds = value.get("repeat").and_then(|repeat| repeat.get("boundsPeriod"));
    let spans = events.filter_map(moment).chain(bounds.and_then(period));
    spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}
