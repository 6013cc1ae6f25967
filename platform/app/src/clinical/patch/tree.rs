//! JSON that can be changed: what is not touched stays the text that it was, to the last digit.

use std::borrow::Cow;

use tarn_fhir::json::{Kind, Value, escape_into};

/// The members of an object, in order.
pub(super) type Members<'d> = Vec<(Cow<'d, str>, Node<'d>)>;

/// A value. Opened only where a patch goes into it.
#[derive(Debug, Clone)]
pub(super) enum Node<'d> {
    /// As it stands in its text.
    Kept(Value<'d>),
    /// An object.
    Object(Members<'d>),
    /// An array.
    Array(Vec<Node<'d>>),
    /// `null`, where a list has no value for an item that has extensions, or the other way round.
    Null,
}

impl<'d> Node<'d> {
    /// Opens it by one level, where there is one.
    pub(super) fn open(&mut self) {
        let Self::Kept(value) = self else { return };
        match value.kind() {
            Kind::Object => {
                let members = value.members().map(|(key, value)| (key, Self::Kept(value)));
                *self = Self::Object(members.collect());
            }
            Kind::Array => *self = Self::Array(value.items().map(Self::Kept).collect()),
            _ => {}
        }
    }

    /// Its members, opened; none where it is no object.
    pub(super) fn members(&mut self) -> Option<&mut Members<'d>> {
        self.open();
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Its items, opened; none where it is no array.
    pub(super) fn items(&mut self) -> Option<&mut Vec<Self>> {
        self.open();
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Whether it is `null`.
    pub(super) fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Kept(value) => value.kind() == Kind::Null,
            _ => false,
        }
    }

    /// Whether it is an object or an array with nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Kept(value) => value.is_empty(),
            Self::Object(members) => members.is_empty(),
            Self::Array(items) => items.is_empty(),
            Self::Null => false,
        }
    }

    /// How deep it nests.
    pub(super) fn depth(&self) -> usize {
        let below = match self {
            Self::Kept(value) => return nesting(*value),
            Self::Object(members) => members.iter().map(|(_, value)| value.depth()).max(),
            Self::Array(items) => items.iter().map(Self::depth).max(),
            Self::Null => return 0,
        };
        1 + below.unwrap_or(0)
    }

    /// How long it is as JSON, more or less.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Kept(value) => value.span().len(),
            Self::Object(members) => {
                members.iter().map(|(key, value)| key.len() + 4 + value.length()).sum::<usize>() + 2
            }
            Self::Array(items) => items.iter().map(|item| item.length() + 1).sum::<usize>() + 2,
            Self::Null => 4,
        }
    }

    /// Appends it as JSON.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Kept(value) => out.extend_from_slice(value.raw().as_bytes()),
            Self::Null => out.extend_from_slice(b"null"),
            Self::Object(members) => {
                out.push(b'{');
                for (at, (key, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    escape_into(key, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
            Self::Array(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
        }
    }
}

/// How deep a value nests: scalars not at all.
fn nesting(value: Value<'_>) -> usize {
    let below = match value.kind() {
        Kind::Object => value.members().map(|(_, value)| nesting(value)).max(),
        Kind::Array => value.items().map(nesting).max(),
        _ => return 0,
    };
    1 + below.unwrap_or(0)
}

/// Whether two values are the same as JSON (RFC 6902 §4.6): numbers by their value, objects
/// whatever the order of their members.
pub(super) fn same(a: Value<'_>, b: Value<'_>) -> bool {
    if a.kind() != b.kind() {
        return false;
    }
    match a.kind() {
        Kind::Null => true,
        Kind::Bool => a.as_bool() == b.as_bool(),
        Kind::Number => same_number(a.raw(), b.raw()),
        Kind::String => a.as_str() == b.as_str(),
        Kind::Array => {
            a.items().count() == b.items().count()
                && a.items().zip(b.items()).all(|(a, b)| same(a, b))
        }
        Kind::Object => {
            a.members().count() == b.members().count()
                && a.members().all(|(key, a)| b.get(&key).is_some_and(|b| same(a, b)))
        }
    }
}

/// Compares numbers without rounding: `1.0` is `1`, and `0.1` is not `0.10000000000000000001`.
fn same_number(a: &str, b: &str) -> bool {
    a == b || matches!((digits(a), digits(b)), (Some(a), Some(b)) if a == b)
}

/// Sign, digits without zeros at either end, and the power of ten of the last one.
fn digits(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (number, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let power: i64 = power.strip_prefix('+').unwrap_or(power).parse().ok()?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all = format!("{whole}{fraction}");
    let trimmed = all.trim_end_matches('0');
    let cut = i64::try_from(all.len() - trimmed.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    let digits = trimmed.trim_start_matches('0');
    if digits.is_empty() {
        return Some((false, String::new(), 0));
    }
    Some((negative, digits.to_owned(), power.checked_sub(fraction)?.checked_add(cut)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value_without_rounding() {
        for (a, b) in [("1", "1.0"), ("100", "1e2"), ("-0", "0.00"), ("1.50", "15E-1")] {
            assert!(same_number(a, b), "{a} {b}");
        }
        for (a, b) in [("1", "-1"), ("0.1", "0.10000000000000000001"), ("10", "1")] {
            assert!(!same_number(a, b), "{a} {b}");
        }
    }
}
