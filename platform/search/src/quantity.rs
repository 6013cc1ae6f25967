//! Comparing quantities, across units where UCUM knows them (R4 §3.1.1.4.14).
//!
//! The index keeps a quantity's number as it was written. A question in another unit is brought
//! into that unit instead, in exact decimals: 5.4 g asks for 5400 mg with the precision that
//! 5.4 g implies, and `gt5.4` for more than 5400 mg, not for more than a number close to it.

use tarn_ucum::{Decimal, Factor, Unit};

use crate::filter::{NumberTest, Prefix};

/// A number with the range that its precision implies, in exact decimals.
#[derive(Debug, Clone, Copy)]
pub struct Exactly {
    /// How it is compared.
    pub prefix: Prefix,
    /// The number.
    pub value: Decimal,
    /// Where the range begins.
    pub lo: Decimal,
    /// Where it ends.
    pub hi: Decimal,
}

/// A quantity to compare quantities with.
#[derive(Debug, Clone)]
pub struct QuantityTest {
    /// The number.
    pub number: NumberTest,
    /// The unit's system, where one is asked for.
    pub system: Option<String>,
    /// The unit: with a system its code, without one its code or what people read.
    pub unit: Option<String>,
    /// The number and the unit, where quantities in other units can be compared with it.
    convertible: Option<(Exactly, Unit)>,
}

impl Exactly {
    /// The same as doubles, multiplied; none where one is beyond all doubles.
    pub(crate) fn times(&self, factor: Factor) -> Option<NumberTest> {
        let double = |number: Decimal| factor.apply(number).to_f64();
        let (value, lo, hi) = (double(self.value)?, double(self.lo)?, double(self.hi)?);
        Some(NumberTest { prefix: self.prefix, value, lo, hi })
    }
}

impl QuantityTest {
    /// A test of a number, and of a unit if one is named.
    pub fn new(
        exactly: Exactly,
        number: NumberTest,
        system: Option<String>,
        unit: Option<String>,
    ) -> Self {
        let of_ucum = unit.as_deref().filter(|_| system.as_deref() == Some(tarn_ucum::SYSTEM));
        let parsed = of_ucum.and_then(|code| tarn_ucum::parse(code).ok());
        Self { number, system, unit, convertible: parsed.map(|unit| (exactly, unit)) }
    }

    /// The test as it is for numbers of another UCUM unit; none where that measures something
    /// else, or where the test does not name a unit of UCUM.
    pub(crate) fn in_unit(&self, code: &str) -> Option<NumberTest> {
        let (exactly, unit) = self.convertible.as_ref()?;
        let factor = unit.factor_to(&tarn_ucum::parse(code).ok()?)?;
        exactly.times(factor)
    }

    /// Whether a quantity passes.
    pub(crate) fn passes(&self, quantity: &Measured<'_>) -> bool {
        let Measured { system, code, unit, lo, hi } = *quantity;
        let is = |asked: &Option<String>, found: Option<&str>| {
            asked.as_deref().is_some_and(|asked| found == Some(asked))
        };
        let is_of_unit = match (&self.system, &self.unit) {
            (None, None) => true,
            (None, asked) => is(asked, code) || is(asked, unit),
            (asked, None) => is(asked, system),
            (s, u) => is(s, system) && is(u, code),
        };
        if is_of_unit {
            return self.number.passes(lo, hi);
        }
        let ucum = code.filter(|_| system == Some(tarn_ucum::SYSTEM));
        let test = ucum.and_then(|code| self.in_unit(code));
        test.is_some_and(|test| test.passes(lo, hi))
    }
}

/// A quantity of a resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured<'a> {
    pub(crate) system: Option<&'a str>,
    pub(crate) code: Option<&'a str>,
    pub(crate) unit: Option<&'a str>,
    pub(crate) lo: f64,
    pub(crate) hi: f64,
}
