//! Numbers in values, with the range that their precision implies.

use tarn_ucum::{Decimal, Factor};

use crate::filter::{Exactly, NumberTest, Prefix};

/// More digits than any measurement has.
const MAX_DIGITS: usize = 30;

/// Reads a number with its prefix; none when it is not one.
pub(super) fn number(text: &str) -> Option<NumberTest> {
    exactly(text)?.times(Factor::default())
}

/// The same in exact decimals.
pub(super) fn exactly(text: &str) -> Option<Exactly> {
    let (prefix, text) = super::values::prefix(text);
    if text.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS {
        return None;
    }
    let value: Decimal = text.parse().ok()?;
    let (fine, digit) = last_digit(text, value)?;
    // Half of the last digit to either side, and for `ap` a tenth of the number if that is more.
    let (fine, digit) = (fine.checked_mul(10)?, digit - 1);
    let slack = match prefix {
        Prefix::Ap => (fine.abs() / 10).max(5),
        _ => 5,
    };
    let bound = |mantissa: Option<i128>| Some(Decimal { mantissa: mantissa?, exponent: digit });
    let (lo, hi) = (bound(fine.checked_sub(slack))?, bound(fine.checked_add(slack))?);
    Some(Exactly { prefix, value, lo, hi })
}

/// The number in units of the digit that its precision ends at. R4's own example has `1e2` stand
/// for 95 to 105, as if it were written `1.0e2`.
fn last_digit(text: &str, Decimal { mantissa, exponent }: Decimal) -> Option<(i128, i32)> {
    if text.contains(['e', 'E']) && !text.contains('.') {
        return Some((mantissa.checked_mul(10)?, exponent - 1));
    }
    Some((mantissa, exponent))
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
