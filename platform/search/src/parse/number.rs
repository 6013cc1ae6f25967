//! Numbers in values, with the range that their precision implies.

use crate::filter::{NumberTest, Prefix};

/// More digits than any measurement has.
const MAX_DIGITS: usize = 30;

/// Reads a number with its prefix; none when it is not one.
pub(super) fn number(text: &str) -> Option<NumberTest> {
    let (prefix, text) = super::values::prefix(text);
    let (mantissa, exponent) = decimal(text)?;
    let value = scaled(mantissa, exponent)?;
    let (fine, digit) = last_digit(text, mantissa, exponent)?;
    let lo = scaled(fine.checked_mul(10)?.checked_sub(5)?, digit - 1)?;
    let hi = scaled(fine.checked_mul(10)?.checked_add(5)?, digit - 1)?;
    let slack = value.abs() / 10.0;
    let (lo, hi) = match prefix {
        Prefix::Ap => (lo.min(value - slack), hi.max(value + slack)),
        _ => (lo, hi),
    };
    Some(NumberTest { prefix, value, lo, hi })
}

/// The number in units of the digit that its precision ends at. R4's own example has `1e2` stand
/// for 95 to 105, as if it were written `1.0e2`.
fn last_digit(text: &str, mantissa: i128, exponent: i32) -> Option<(i128, i32)> {
    if text.contains(['e', 'E']) && !text.contains('.') {
        return Some((mantissa.checked_mul(10)?, exponent - 1));
    }
    Some((mantissa, exponent))
}

/// The digits as an integer, and the power of ten that the last of them stands for.
fn decimal(text: &str) -> Option<(i128, i32)> {
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = || whole.bytes().chain(fraction.bytes());
    let plain = all().all(|b| b.is_ascii_digit()) && !whole.is_empty();
    if !plain || all().count() > MAX_DIGITS || exponent.abs() > 400 || digits.ends_with('.') {
        return None;
    }
    let mantissa = all().fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let mantissa = if negative { -mantissa } else { mantissa };
    Some((mantissa, exponent - fraction.len() as i32))
}

/// By way of text, because that is rounded right: `4.5` from here equals `4.5` from a resource.
fn scaled(mantissa: i128, exponent: i32) -> Option<f64> {
    format!("{mantissa}e{exponent}").parse().ok().filter(|value: &f64| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> (f64, f64, f64) {
        let test = number(text).unwrap();
        (test.lo, test.value, test.hi)
    }

    #[test]
    fn precision_implies_a_range() {
        assert_eq!(range("100"), (99.5, 100.0, 100.5));
        assert_eq!(range("100.00"), (99.995, 100.0, 100.005));
        assert_eq!(range("1e2"), (95.0, 100.0, 105.0));
        assert_eq!(range("2E-3"), (0.00195, 0.002, 0.00205));
        assert_eq!(range("-5.4"), (-5.45, -5.4, -5.35));
        assert_eq!(range("ap100"), (90.0, 100.0, 110.0));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "eq", "1.", ".5", "1e", "0x1", "NaN", "inf", "1e999", "--1", "1 ", "ge"] {
            assert!(number(bad).is_none(), "{bad}");
        }
        assert!(number(&"9".repeat(31)).is_none());
    }
}
