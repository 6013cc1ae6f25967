//! The formats of primitives (<https://hl7.org/fhir/R4/datatypes.html#primitive>), without a
//! regular expression: this is the hot path of every import.

use crate::date::{self, Precision};
use crate::definitions::DataType;
use crate::json::{Kind, Value};
use crate::reference::is_id;

/// FHIR's limit for strings: 1 MB.
const MAX_STRING: usize = 1 << 20;

/// What is wrong with a primitive; none when nothing is.
pub(super) fn fault(data_type: DataType, value: Value<'_>) -> Option<&'static str> {
    if data_type == DataType::Boolean {
        return (value.kind() != Kind::Bool).then_some("must be `true` or `false`, unquoted");
    }
    if data_type.is_numeric() {
        return match value.number() {
            Some(digits) => number(data_type, digits),
            None => Some("must be a JSON number"),
        };
    }
    let Some(text) = value.as_str() else { return Some("must be a JSON string") };
    if text.is_empty() {
        return Some("must not be empty: leave it out");
    }
    if !is_well_formed(data_type, &text) {
        return Some(expected(data_type));
    }
    // JSON allows control characters in strings only as escapes.
    let may_have_controls = matches!(text, std::borrow::Cow::Owned(_));
    (may_have_controls && text.chars().any(is_control))
        .then_some("must not hold control characters besides tab, CR and LF")
}

/// Whether the text is of that type, for all types that are JSON strings.
pub(super) fn is_well_formed(data_type: DataType, text: &str) -> bool {
    match data_type {
        DataType::Base64Binary => is_base64(text),
        DataType::Code => is_code(text),
        DataType::Date => date::parse(text).is_some_and(|date| date.precision <= Precision::Day),
        DataType::DateTime => is_date_time(text),
        DataType::Id => is_id(text),
        DataType::Instant => date::parse(text)
            .is_some_and(|date| date.has_zone && date.precision >= Precision::Second),
        DataType::Oid => is_oid(text),
        DataType::Time => date::is_time(text),
        DataType::Uri | DataType::Url | DataType::Canonical => {
            !text.bytes().any(|byte| byte <= b' ')
        }
        DataType::Uuid => is_uuid(text),
        DataType::Xhtml => is_div(text),
        _ => text.len() <= MAX_STRING,
    }
}

fn expected(data_type: DataType) -> &'static str {
    match data_type {
        DataType::Base64Binary => "must be base64",
        DataType::Code => "must be a code: no space at either end, single spaces inside",
        DataType::Date => "must be a date: YYYY, YYYY-MM or YYYY-MM-DD",
        DataType::DateTime => {
            "must be a date, or a date and time with seconds and zone: YYYY-MM-DDThh:mm:ss+zz:zz"
        }
        DataType::Id => "must be an id: 1 to 64 letters, digits, `-` and `.`",
        DataType::Instant => {
            "must be an instant with seconds and zone: YYYY-MM-DDThh:mm:ss.sss+zz:zz"
        }
        DataType::Oid => "must be an OID: urn:oid:1.2.3",
        DataType::Time => "must be a time: hh:mm:ss",
        DataType::Uri | DataType::Url | DataType::Canonical => "must be a URI without spaces",
        DataType::Uuid => "must be a UUID: urn:uuid:c757873d-ec9a-4326-a141-556f43239520",
        DataType::Xhtml => "must be one XHTML element <div>…</div>",
        _ => "must not be longer than 1 MB",
    }
}

fn number(data_type: DataType, digits: &str) -> Option<&'static str> {
    let value = || digits.parse::<i32>().ok().filter(|_| digits != "-0");
    let (is_good, expected) = match data_type {
        DataType::Integer => (value().is_some(), "must be a whole number of 32 bits"),
        DataType::UnsignedInt => {
            (value().is_some_and(|n| n >= 0), "must be a whole number from 0 to 2147483647")
        }
        DataType::PositiveInt => {
            (value().is_some_and(|n| n > 0), "must be a whole number from 1 to 2147483647")
        }
        _ => (true, ""),
    };
    (!is_good).then_some(expected)
}

fn is_control(c: char) -> bool {
    c < ' ' && !matches!(c, '\t' | '\n' | '\r')
}

fn is_code(text: &str) -> bool {
    let mut after_space = true;
    for byte in text.bytes() {
        let space = byte == b' ' || byte.is_ascii_control();
        if space && after_space {
            return false;
        }
        after_space = space;
    }
    !after_space
}

fn is_date_time(text: &str) -> bool {
    date::parse(text).is_some_and(|date| match date.precision {
        Precision::Year | Precision::Month | Precision::Day => true,
        Precision::Minute => false,
        Precision::Second | Precision::Fraction => date.has_zone,
    })
}

fn is_oid(text: &str) -> bool {
    let Some((first, rest)) =
        text.strip_prefix("urn:oid:").and_then(|digits| digits.split_once('.'))
    else {
        return false;
    };
    let is_arc = |arc: &str| {
        let is_number = !arc.is_empty() && arc.bytes().all(|byte| byte.is_ascii_digit());
        is_number && (arc == "0" || !arc.starts_with('0'))
    };
    matches!(first, "0" | "1" | "2") && rest.split('.').all(is_arc)
}

fn is_uuid(text: &str) -> bool {
    let Some(uuid) = text.strip_prefix("urn:uuid:").filter(|uuid| uuid.len() == 36) else {
        return false;
    };
    uuid.bytes().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// White space may stand anywhere; padding only at the end.
fn is_base64(text: &str) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => count += 1,
            b'=' => padding += 1,
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => return false,
        }
    }
    padding <= 2 && (count + padding).is_multiple_of(4)
}

/// Plausible only: what a narrative may hold is the narrative's own check.
fn is_div(text: &str) -> bool {
    let text = text.trim();
    let is_open = text
        .strip_prefix("<div")
        .is_some_and(|rest| rest.starts_with(['>', ' ', '/', '\n', '\r', '\t']));
    text.is_empty() || is_open && (text.ends_with("</div>") || text.ends_with("/>"))
}
