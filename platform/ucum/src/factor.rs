//! Factors between units: fractions of integers, times a power of ten.

use crate::decimal::Decimal;

/// Digits behind which a fraction that does not end is rounded.
const DIGITS: u128 = 10u128.pow(30);
/// Denominators stay below, so that a remainder can always be multiplied by ten.
const ROOM: u128 = 10u128.pow(36);

/// A positive number `num / den` × 10^`exponent`, exact as long as both fit 36 digits (they do for
/// all units in use) and rounded far behind any measurement's precision beyond that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factor {
    num: u128,
    den: u128,
    exponent: i32,
}

impl Factor {
    pub(crate) const ONE: Self = Self { num: 1, den: 1, exponent: 0 };
    pub(crate) const TEN: Self = Self { num: 1, den: 1, exponent: 1 };

    pub(crate) fn whole(number: u128) -> Self {
        Self { num: number, den: 1, exponent: 0 }.reduced()
    }

    /// A positive decimal number of however many digits.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once('e') {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let (mut num, mut exponent) = (0u128, exponent - fraction.len() as i32);
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return None;
            }
            if num < ROOM / 10 {
                num = num * 10 + u128::from(digit - b'0');
            } else {
                exponent += 1;
            }
        }
        (num > 0).then(|| Self { num, den: 1, exponent }.reduced())
    }

    pub(crate) fn times(self, other: Self) -> Self {
        let (across, down) = (gcd(self.num, other.den), gcd(other.num, self.den));
        let exponent = self.exponent.saturating_add(other.exponent);
        let (num, up) = product(self.num / across, other.num / down);
        let (den, below) = product(self.den / down, other.den / across);
        let exponent = exponent.saturating_add(up).saturating_sub(below);
        Self { num, den, exponent }.reduced()
    }

    pub(crate) fn inverse(self) -> Self {
        Self { num: self.den, den: self.num, exponent: self.exponent.saturating_neg() }
    }

    pub(crate) fn power(self, exponent: i32) -> Self {
        let base = if exponent < 0 { self.inverse() } else { self };
        if (base.num, base.den) == (1, 1) {
            let exponent = base.exponent.saturating_mul(exponent.saturating_abs());
            return Self { exponent, ..base };
        }
        (0..exponent.unsigned_abs()).fold(Self::ONE, |power, _| power.times(base))
    }

    /// Whether it changes nothing.
    pub fn is_one(&self) -> bool {
        *self == Self::ONE
    }

    /// The number, multiplied. Equal products come out equal, however they came about.
    pub fn apply(self, value: Decimal) -> Decimal {
        let size = value.mantissa.unsigned_abs();
        if size == 0 {
            return Decimal { mantissa: 0, exponent: 0 };
        }
        let own = Self { num: size.min(ROOM), den: 1, exponent: value.exponent };
        let Self { num, den, mut exponent } = self.times(own);
        let (mut digits, mut rest) = (num / den, num % den);
        while rest != 0 && digits < DIGITS {
            rest *= 10;
            digits = digits * 10 + rest / den;
            rest %= den;
            exponent = exponent.saturating_sub(1);
        }
        if rest >= den - rest {
            digits += 1;
        }
        let mantissa = i128::try_from(digits).unwrap_or(i128::MAX);
        let mantissa = if value.mantissa < 0 { -mantissa } else { mantissa };
        Decimal { mantissa, exponent }.shortest()
    }

    fn reduced(mut self) -> Self {
        while self.num.is_multiple_of(10) && self.num != 0 {
            self.num /= 10;
            self.exponent = self.exponent.saturating_add(1);
        }
        while self.den.is_multiple_of(10) {
            self.den /= 10;
            self.exponent = self.exponent.saturating_sub(1);
        }
        self
    }
}

/// A product below [`ROOM`], and how many digits were dropped from its end.
fn product(mut a: u128, mut b: u128) -> (u128, i32) {
    let mut dropped = 0;
    loop {
        if let Some(product) = a.checked_mul(b).filter(|product| *product < ROOM) {
            return (product, dropped);
        }
        let larger = if a > b { &mut a } else { &mut b };
        *larger /= 10;
        dropped += 1;
    }
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

impl Default for Factor {
    /// The factor that changes nothing.
    fn default() -> Self {
        Self::ONE
    }
}
