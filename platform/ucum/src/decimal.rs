//! Decimal numbers as they are written: an integer and a power of ten.

use std::fmt;
use std::str::FromStr;

use crate::error::UcumError;

/// More digits than any measurement has.
const MAX_DIGITS: usize = 34;
/// Wider than any double.
const MAX_EXPONENT: i32 = 400;

/// `mantissa` × 10^`exponent`. Two of them are equal if they are written the same; compare by
/// [`Decimal::to_f64`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decimal {
    /// The digits, as an integer.
    pub mantissa: i128,
    /// The power of ten that the last of them stands for.
    pub exponent: i32,
}

impl Decimal {
    /// The nearest double, rounded right; none where it is beyond all of them.
    pub fn to_f64(self) -> Option<f64> {
        // By way of text: that is rounded right, and what equals in decimals equals in doubles.
        let text = format!("{}e{}", self.mantissa, self.exponent);
        text.parse().ok().filter(|value: &f64| value.is_finite())
    }

    /// Without zeros at the end of its digits.
    pub(crate) fn shortest(mut self) -> Self {
        while self.mantissa % 10 == 0 && self.mantissa != 0 {
            self.mantissa /= 10;
            self.exponent += 1;
        }
        self
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self { mantissa: i128::from(value), exponent: 0 }
    }
}

impl FromStr for Decimal {
    type Err = UcumError;

    /// Reads what FHIR's `decimal` allows: `-5.40`, `1e3`, `+2.5E-3`.
    fn from_str(text: &str) -> Result<Self, UcumError> {
        let (digits, exponent) = match text.find(['e', 'E']) {
            Some(at) => {
                (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| UcumError::Number)?)
            }
            None => (text, 0),
        };
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, digits.strip_prefix('+').unwrap_or(digits)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = || whole.bytes().chain(fraction.bytes());
        let plain = all().all(|b| b.is_ascii_digit()) && !whole.is_empty();
        let count = all().count();
        let fits = count <= MAX_DIGITS && exponent.unsigned_abs() <= MAX_EXPONENT.unsigned_abs();
        if !plain || !fits || digits.ends_with('.') {
            return Err(UcumError::Number);
        }
        let mantissa = all().fold(0i128, |sum, digit| sum * 10 + i128::from(digit - b'0'));
        let mantissa = if negative { -mantissa } else { mantissa };
        Ok(Self { mantissa, exponent: exponent - fraction.len() as i32 })
    }
}

impl fmt::Display for Decimal {
    /// Plainly (`0.0054`) where that is of a readable length, else with an exponent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.mantissa.unsigned_abs().to_string();
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let zeros = |count: usize| "0".repeat(count);
        match usize::try_from(self.exponent) {
            Ok(up) if up <= MAX_DIGITS => write!(f, "{sign}{digits}{}", zeros(up)),
            Ok(_) => write!(f, "{sign}{digits}e{}", self.exponent),
            Err(_) => {
                let down = self.exponent.unsigned_abs() as usize;
                if down < digits.len() {
                    let (whole, fraction) = digits.split_at(digits.len() - down);
                    write!(f, "{sign}{whole}.{fraction}")
                } else if down <= 2 * MAX_DIGITS {
                    write!(f, "{sign}0.{}{digits}", zeros(down - digits.len()))
                } else {
                    write!(f, "{sign}{digits}e{}", self.exponent)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_and_written() {
        for (text, written) in [
            ("5.40", "5.40"),
            ("-0.003", "-0.003"),
            ("1e3", "1000"),
            ("+2.5E-3", "0.0025"),
            ("1e-50", &format!("0.{}1", "0".repeat(49))),
            ("7e300", "7e300"),
            ("0", "0"),
        ] {
            assert_eq!(text.parse::<Decimal>().map(|d| d.to_string()).as_deref(), Ok(written));
        }
        for bad in ["", "-", "1.", ".5", "1e", "NaN", "0x1", "1 ", "1e999", "１"] {
            assert_eq!(bad.parse::<Decimal>(), Err(UcumError::Number), "{bad}");
        }
        assert!("9".repeat(35).parse::<Decimal>().is_err());
    }
}
