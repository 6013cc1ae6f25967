//! Exact decimals: 38 digits, the number of decimal places kept as written.

mod arithmetic;
mod functions;

use std::cmp::Ordering;
use std::fmt;

/// The most digits that a decimal has, before and behind the point together.
pub const MAX_DIGITS: u32 = 38;

/// A decimal number: `digits / 10^scale`. `1.0` and `1.00` are equal and print differently.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

const fn power_of_ten(exponent: u32) -> i128 {
    10i128.pow(exponent)
}

/// The first number that has too many digits.
const LIMIT: i128 = power_of_ten(MAX_DIGITS);

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self { digits: 0, scale: 0 };
    /// One.
    pub const ONE: Self = Self { digits: 1, scale: 0 };

    /// `digits / 10^scale`, where it has at most 38 digits and decimal places.
    pub fn new(digits: i128, scale: u32) -> Option<Self> {
        (digits.unsigned_abs() < LIMIT.unsigned_abs() && scale <= MAX_DIGITS)
            .then_some(Self { digits, scale })
    }

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self { digits: i128::from(number), scale: 0 }
    }

    /// Reads a JSON number or a FHIRPath literal; none where it has too many digits or is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => {
                (mantissa, exponent.strip_prefix('+').unwrap_or(exponent).parse::<i32>().ok()?)
            }
            None => (text, 0),
        };
        let (negative, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() || mantissa.ends_with('.') {
            return None;
        }
        let mut digits = 0i128;
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
            digits = digits.checked_mul(10)?.checked_add(digit)?;
        }
        let digits = if negative { -digits } else { digits };
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        if scale >= 0 {
            return Self::new(digits, scale.unsigned_abs());
        }
        if digits == 0 {
            return Some(Self::ZERO);
        }
        let shift = scale.unsigned_abs();
        (shift <= MAX_DIGITS).then_some(())?;
        Self::new(digits.checked_mul(power_of_ten(shift))?, 0)
    }

    /// `mantissa · 10^exponent`, rounded to what a decimal holds.
    pub(crate) fn of_scientific(mantissa: i128, exponent: i32) -> Option<Self> {
        if exponent <= 0 {
            return arithmetic::scaled_down(mantissa, exponent.unsigned_abs());
        }
        let shift = exponent.unsigned_abs();
        (shift <= MAX_DIGITS).then_some(())?;
        Self::new(mantissa.checked_mul(power_of_ten(shift))?, 0)
    }

    /// How many decimal places it has.
    pub fn scale(self) -> u32 {
        self.scale
    }

    /// Its digits without the point.
    pub fn digits(self) -> i128 {
        self.digits
    }

    /// Whether it is less than zero.
    pub fn is_negative(self) -> bool {
        self.digits < 0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// Without zeros at its end.
    pub fn normal(self) -> Self {
        let Self { mut digits, mut scale } = self;
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self { digits, scale }
    }

    /// Its whole part.
    pub fn to_whole(self) -> Option<i64> {
        i64::try_from(self.digits / power_of_ten(self.scale)).ok()
    }

    /// The same number with that many decimal places, cut off where it had more.
    pub fn with_scale(self, scale: u32) -> Option<Self> {
        if scale <= self.scale {
            let digits = self.digits / power_of_ten(self.scale - scale);
            return Some(Self { digits, scale });
        }
        let shift = scale - self.scale;
        (shift <= MAX_DIGITS).then_some(())?;
        Self::new(self.digits.checked_mul(power_of_ten(shift))?, scale)
    }

    fn split(self) -> (i128, i128) {
        let unit = power_of_ten(self.scale);
        (self.digits / unit, self.digits % unit)
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((a, a_rest), (b, b_rest)) = (self.split(), other.split());
        // A fraction has fewer digits than its scale, so that it can always be widened.
        let widest = self.scale.max(other.scale);
        let a_rest = a_rest * power_of_ten(widest - self.scale);
        let b_rest = b_rest * power_of_ten(widest - other.scale);
        a.cmp(&b).then(a_rest.cmp(&b_rest))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs();
        if self.scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let unit = power_of_ten(self.scale).unsigned_abs();
        let width = self.scale as usize;
        write!(f, "{sign}{}.{:0width$}", digits / unit, digits % unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("`{text}` was refused"))
    }

    #[test]
    fn decimals_are_read_and_printed_exactly() {
        for text in ["0", "1.50", "-0.0034", "1234567890987654321.0", "-12"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        for (text, printed) in [("1e3", "1000"), ("1.5E-3", "0.0015"), ("1.50e1", "15.0")] {
            assert_eq!(decimal(text).to_string(), printed);
        }
        for text in ["", "-", "1.", ".5", "1e99", "1e-99", "1x", "1e999999999999", "--1"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
        assert_eq!(decimal("0e99"), Decimal::ZERO);
    }

    #[test]
    fn order_does_not_depend_on_decimal_places() {
        assert_eq!(decimal("1.0"), decimal("1.000"));
        assert!(decimal("-1.5") < decimal("-1.4999999999999999999999999999999999"));
        let large = decimal("99999999999999999999999999999999999999");
        assert!(large > decimal("0.00000000000000000000000000000000000001"));
        assert!(decimal("-0.1") < Decimal::ZERO);
    }
}
