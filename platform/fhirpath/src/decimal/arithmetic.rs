//! Sums, products and roundings. None means that the result has too many digits.

use super::{Decimal, MAX_DIGITS, power_of_ten};

/// Decimal places of a quotient that does not come out even.
const QUOTIENT_PLACES: u32 = 20;

impl Decimal {
    /// The sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        let sum = |a: Self, b: Self| {
            let scale = a.scale.max(b.scale);
            let (a, b) = (a.with_scale(scale)?, b.with_scale(scale)?);
            Self::new(a.digits.checked_add(b.digits)?, scale)
        };
        sum(self, other).or_else(|| sum(self.normal(), other.normal()))
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negated())
    }

    /// The number with the other sign.
    pub fn negated(self) -> Self {
        Self { digits: -self.digits, ..self }
    }

    /// The product, rounded where it has more than 38 digits.
    pub fn times(self, other: Self) -> Option<Self> {
        if let Some(exact) = self.product(other) {
            return Some(exact);
        }
        let (mut a, mut b) = (self.normal(), other.normal());
        loop {
            if let Some(product) = a.product(b) {
                return Some(product);
            }
            let longer = if a.scale >= b.scale { &mut a } else { &mut b };
            *longer = longer.rounded(longer.scale.checked_sub(1)?);
        }
    }

    fn product(self, other: Self) -> Option<Self> {
        Self::new(self.digits.checked_mul(other.digits)?, self.scale + other.scale)
    }

    /// The quotient, rounded to 20 decimal places; none for a division by zero, too.
    pub fn over(self, other: Self) -> Option<Self> {
        let (a, b) = (self.normal(), other.normal());
        if b.digits == 0 {
            return None;
        }
        let mut shift = MAX_DIGITS - 1;
        let dividend = loop {
            match a.digits.checked_mul(power_of_ten(shift)) {
                Some(dividend) => break dividend,
                None => shift -= 1,
            }
        };
        let mut quotient = dividend / b.digits;
        let rest = dividend % b.digits;
        if rest.unsigned_abs() >= b.digits.unsigned_abs() - rest.unsigned_abs() {
            quotient += if (rest < 0) == (b.digits < 0) { 1 } else { -1 };
        }
        // quotient / 10^(shift + a.scale - b.scale)
        let places = i64::from(shift + a.scale) - i64::from(b.scale);
        let result = match u32::try_from(places) {
            Ok(places) => scaled_down(quotient, places),
            Err(_) => {
                let up = u32::try_from(-places).ok().filter(|up| *up <= MAX_DIGITS)?;
                Self::new(quotient.checked_mul(power_of_ten(up))?, 0)
            }
        };
        Some(result?.rounded(QUOTIENT_PLACES).normal())
    }

    /// How often the other number goes into this one, rounded towards zero.
    pub fn whole_quotient(self, other: Self) -> Option<Self> {
        let (a, b) = aligned(self, other)?;
        (b != 0).then(|| Self { digits: a / b, scale: 0 })
    }

    /// What is left of a whole division; it has the sign of the dividend.
    pub fn remainder(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let (a, b) = aligned(self, other)?;
        (b != 0).then(|| Self { digits: a % b, scale })
    }

    /// Rounded to that many decimal places, halves away from zero; as it is where it has fewer.
    pub fn rounded(self, places: u32) -> Self {
        if places >= self.scale {
            return self;
        }
        let unit = power_of_ten(self.scale - places);
        let (kept, rest) = (self.digits / unit, self.digits % unit);
        let up = rest.unsigned_abs() >= (unit / 2).unsigned_abs();
        let digits = kept + if up { self.digits.signum() } else { 0 };
        Self { digits, scale: places }
    }

    /// The next whole number that is not less.
    pub fn ceiling(self) -> Self {
        let (whole, rest) = self.split();
        Self { digits: whole + i128::from(rest > 0), scale: 0 }
    }

    /// The next whole number that is not more.
    pub fn floor(self) -> Self {
        let (whole, rest) = self.split();
        Self { digits: whole - i128::from(rest < 0), scale: 0 }
    }

    /// Its whole part.
    pub fn truncated(self) -> Self {
        Self { digits: self.split().0, scale: 0 }
    }

    /// Its distance from zero.
    pub fn magnitude(self) -> Self {
        Self { digits: self.digits.abs(), ..self }
    }
}

/// `digits / 10^places`, rounded where that is more places than a decimal has.
pub(super) fn scaled_down(digits: i128, places: u32) -> Option<Decimal> {
    let excess = places.saturating_sub(MAX_DIGITS);
    if excess > MAX_DIGITS {
        return Some(Decimal::ZERO);
    }
    Decimal::new(digits / power_of_ten(excess), places - excess)
}

fn aligned(a: Decimal, b: Decimal) -> Option<(i128, i128)> {
    let (a, b) = (a.normal(), b.normal());
    let scale = a.scale.max(b.scale);
    Some((a.with_scale(scale)?.digits, b.with_scale(scale)?.digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    #[test]
    fn the_four_operations_are_exact() {
        assert_eq!(decimal("1.8").minus(decimal("1.2")), Some(decimal("0.6")));
        assert_eq!(decimal("1.2").times(decimal("1.8")).unwrap().to_string(), "2.16");
        assert_eq!(decimal("1").over(decimal("2")).unwrap().to_string(), "0.5");
        assert_eq!(decimal("1.2").over(decimal("1.8")).unwrap().rounded(2), decimal("0.67"));
        assert_eq!(decimal("-2").over(decimal("3")).unwrap().rounded(2), decimal("-0.67"));
        assert_eq!(decimal("4000").over(decimal("0.001")), Some(decimal("4000000")));
        assert_eq!(decimal("1").over(decimal("0.0")), None);
        assert_eq!(decimal("5.5").remainder(decimal("0.7")), Some(decimal("0.6")));
        assert_eq!(decimal("2.2").whole_quotient(decimal("1.8")), Some(decimal("1")));
    }

    #[test]
    fn roundings_go_where_they_should() {
        assert_eq!(decimal("-2.5").rounded(0), decimal("-3"));
        assert_eq!(decimal("3.14159").rounded(3).to_string(), "3.142");
        assert_eq!(decimal("-1.1").ceiling(), decimal("-1"));
        assert_eq!(decimal("-2.1").floor(), decimal("-3"));
        assert_eq!(decimal("-1.56").truncated(), decimal("-1"));
    }

    #[test]
    fn what_has_too_many_digits_is_none_or_rounded() {
        let large = decimal("99999999999999999999999999999999999999");
        assert_eq!(large.plus(Decimal::ONE), None);
        assert_eq!(large.times(large), None);
        let third = decimal("0.33333333333333333333333333");
        let product = third.times(third).unwrap();
        assert_eq!(product.rounded(5), decimal("0.11111"));
        let tiny = decimal("0.00000000000000000000000000000000000001");
        assert_eq!(tiny.times(tiny), Some(Decimal::ZERO));
    }
}
