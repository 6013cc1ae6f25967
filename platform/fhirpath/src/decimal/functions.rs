//! Roots, powers and logarithms in fixed-point arithmetic of 18 decimal places.

use super::arithmetic::scaled_down;
use super::{Decimal, MAX_DIGITS, power_of_ten};

const PLACES: u32 = 18;
const ONE: i128 = power_of_ten(PLACES);
const LN_2: i128 = 693_147_180_559_945_309;
const LN_10: i128 = 2_302_585_092_994_045_684;
/// How many places of a result can be relied on.
const SURE_PLACES: u32 = 14;
/// Powers beyond this overflow, whatever the base, or take too long to reach one.
const MAX_EXPONENT: i64 = 4_096;

impl Decimal {
    /// The square root; none of a negative number.
    pub fn square_root(self) -> Option<Self> {
        let Self { mut digits, mut scale } = self.normal();
        if digits < 0 {
            return None;
        }
        if scale % 2 == 1 {
            digits = digits.checked_mul(10)?;
            scale += 1;
        }
        while let Some(wider) = digits.checked_mul(100).filter(|_| digits > 0 && scale < 36) {
            digits = wider;
            scale += 2;
        }
        let root = i128::try_from(digits.unsigned_abs().isqrt()).ok()?;
        Some(Self::new(root, scale / 2)?.rounded(SURE_PLACES).normal())
    }

    /// e to the power of it.
    pub fn exponential(self) -> Option<Self> {
        exponential(self.fixed()?)
    }

    /// The natural logarithm; none of zero and less.
    pub fn logarithm(self) -> Option<Self> {
        let fixed = logarithm(self)?;
        Some(Self::new(fixed, PLACES)?.rounded(SURE_PLACES).normal())
    }

    /// The logarithm to a base.
    pub fn logarithm_to(self, base: Self) -> Option<Self> {
        let quotient = Self::new(logarithm(self)?, PLACES)?;
        Some(quotient.over(Self::new(logarithm(base)?, PLACES)?)?.rounded(SURE_PLACES).normal())
    }

    /// It to the power of another number; none where that is no real number.
    pub fn power(self, exponent: Self) -> Option<Self> {
        let exponent = exponent.normal();
        if exponent.scale > 0 {
            if self.is_zero() && !exponent.is_negative() {
                return Some(Self::ZERO);
            }
            let product = Self::new(logarithm(self)?, PLACES)?.times(exponent)?;
            return Some(exponential(product.fixed()?)?.rounded(SURE_PLACES - 2).normal());
        }
        let whole = exponent.to_whole().filter(|whole| whole.abs() <= MAX_EXPONENT)?;
        let power = self.whole_power(whole.unsigned_abs())?;
        if whole < 0 { Self::ONE.over(power) } else { Some(power) }
    }

    fn whole_power(self, mut exponent: u64) -> Option<Self> {
        let (mut power, mut square) = (Self::ONE, self);
        while exponent > 0 {
            if exponent & 1 == 1 {
                power = power.times(square)?;
            }
            exponent >>= 1;
            if exponent > 0 {
                square = square.times(square)?;
            }
        }
        Some(power)
    }

    fn fixed(self) -> Option<i128> {
        Some(self.rounded(PLACES).with_scale(PLACES)?.digits)
    }
}

fn times(a: i128, b: i128) -> i128 {
    a * b / ONE
}

/// e^x = 10^k · e^r with 0 ≤ r < ln 10.
fn exponential(x: i128) -> Option<Decimal> {
    let k = x.div_euclid(LN_10);
    let r = x.rem_euclid(LN_10);
    let (mut sum, mut term) = (ONE, ONE);
    for n in 1..64 {
        term = times(term, r) / n;
        if term == 0 {
            break;
        }
        sum += term;
    }
    let places = i128::from(PLACES) - k;
    if let Ok(places) = u32::try_from(places) {
        return Some(scaled_down(sum, places)?.rounded(MAX_DIGITS).normal());
    }
    let up = u32::try_from(-places).ok().filter(|up| *up <= MAX_DIGITS)?;
    Decimal::new(sum.checked_mul(power_of_ten(up))?, 0)
}

/// ln x = ln m + j · ln 2 + k · ln 10 with m near 1, by the series of the area tangent.
fn logarithm(x: Decimal) -> Option<i128> {
    if x.digits <= 0 {
        return None;
    }
    let length = x.digits.ilog10();
    let mut m = if length > PLACES {
        x.digits / power_of_ten(length - PLACES)
    } else {
        x.digits * power_of_ten(PLACES - length)
    };
    let k = i128::from(length) - i128::from(x.scale);
    let mut j = 0;
    while m > ONE + ONE / 2 {
        m /= 2;
        j += 1;
    }
    let z = (m - ONE) * ONE / (m + ONE);
    let square = times(z, z);
    let (mut sum, mut power) = (0, z);
    for n in (1..120).step_by(2) {
        if power == 0 {
            break;
        }
        sum += power / n;
        power = times(power, square);
    }
    Some(2 * sum + j * LN_2 + k * LN_10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    #[test]
    fn roots_and_powers() {
        assert_eq!(decimal("81").square_root(), Some(decimal("9")));
        assert_eq!(decimal("0.25").square_root(), Some(decimal("0.5")));
        assert_eq!(decimal("2").square_root(), Some(decimal("1.41421356237310")));
        assert_eq!(decimal("0").square_root(), Some(decimal("0")));
        assert_eq!(decimal("-1").square_root(), None);
        assert_eq!(decimal("2.5").power(decimal("2")), Some(decimal("6.25")));
        assert_eq!(decimal("2").power(decimal("-1")), Some(decimal("0.5")));
        assert_eq!(decimal("-1").power(decimal("0.5")), None);
        assert_eq!(decimal("9").power(decimal("0.5")), Some(decimal("3")));
        assert_eq!(decimal("10").power(decimal("4000")), None);
        assert_eq!(decimal("10").power(decimal("99999999")), None);
    }

    #[test]
    fn exponentials_and_logarithms() {
        assert_eq!(decimal("0").exponential(), Some(Decimal::ONE));
        let e = decimal("1").exponential().unwrap();
        assert_eq!(e.rounded(14), decimal("2.71828182845905"));
        assert_eq!(decimal("-1").exponential().unwrap().rounded(10), decimal("0.3678794412"));
        assert_eq!(decimal("1000").exponential(), None);
        assert_eq!(decimal("-1000").exponential(), Some(Decimal::ZERO));
        assert_eq!(decimal("1").logarithm(), Some(Decimal::ZERO));
        assert_eq!(decimal("0").logarithm(), None);
        assert_eq!(decimal("16").logarithm_to(decimal("2")), Some(decimal("4")));
        assert_eq!(decimal("100.0").logarithm_to(decimal("10.0")), Some(decimal("2")));
        assert_eq!(decimal("5").logarithm_to(decimal("1")), None);
    }
}
