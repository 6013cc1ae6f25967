//! A unit: a factor, and what it measures.

use std::fmt;

use crate::factor::Factor;

/// The base units, in UCUM's order (§28).
pub(crate) const BASE: [&str; 7] = ["m", "s", "g", "rad", "K", "C", "cd"];

/// What a unit measures: the exponents of the base units, and those of units that are no multiple
/// of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Dimension {
    base: [i16; 7],
    /// By code, ascending, none with exponent 0.
    own: Vec<(&'static str, i16)>,
}

/// A parsed unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub(crate) factor: Factor,
    pub(crate) dimension: Dimension,
}

impl Dimension {
    pub(crate) fn of_base(at: usize) -> Self {
        let mut base = [0; 7];
        base[at] = 1;
        Self { base, own: Vec::new() }
    }

    pub(crate) fn of_its_own(code: &'static str) -> Self {
        Self { base: [0; 7], own: vec![(code, 1)] }
    }

    /// Whether it is a plain number.
    pub fn is_none(&self) -> bool {
        self.base == [0; 7] && self.own.is_empty()
    }

    fn times(&self, other: &Self) -> Self {
        let mut product = self.clone();
        for (exponent, more) in product.base.iter_mut().zip(&other.base) {
            *exponent = exponent.saturating_add(*more);
        }
        for (code, more) in &other.own {
            match product.own.binary_search_by_key(code, |(code, _)| code) {
                Ok(at) => product.own[at].1 = product.own[at].1.saturating_add(*more),
                Err(at) => product.own.insert(at, (code, *more)),
            }
        }
        product.own.retain(|(_, exponent)| *exponent != 0);
        product
    }

    fn power(&self, exponent: i32) -> Self {
        let exponent = i16::try_from(exponent).unwrap_or(i16::MAX);
        let mut power = self.clone();
        power.base.iter_mut().for_each(|e| *e = e.saturating_mul(exponent));
        power.own.iter_mut().for_each(|(_, e)| *e = e.saturating_mul(exponent));
        power.own.retain(|(_, e)| *e != 0);
        power
    }
}

impl Unit {
    /// The unit of plain numbers, `1`.
    pub fn one() -> Self {
        Self { factor: Factor::ONE, dimension: Dimension::default() }
    }

    /// What it measures.
    pub fn dimension(&self) -> &Dimension {
        &self.dimension
    }

    /// How many of the units that [`Dimension`] displays it is.
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// Whether both measure the same.
    pub fn is_commensurable(&self, other: &Self) -> bool {
        self.dimension == other.dimension
    }

    /// What a number of this unit is to be multiplied by to be one of the other; none where they
    /// measure different things.
    pub fn factor_to(&self, other: &Self) -> Option<Factor> {
        self.is_commensurable(other).then(|| self.factor.times(other.factor.inverse()))
    }

    /// The unit of a product.
    pub fn times(&self, other: &Self) -> Self {
        let factor = self.factor.times(other.factor);
        Self { factor, dimension: self.dimension.times(&other.dimension) }
    }

    /// The unit of a quotient.
    pub fn over(&self, other: &Self) -> Self {
        self.times(&other.power(-1))
    }

    /// The unit of a power.
    pub fn power(&self, exponent: i32) -> Self {
        Self { factor: self.factor.power(exponent), dimension: self.dimension.power(exponent) }
    }
}

impl fmt::Display for Dimension {
    /// As a UCUM code of base units: `g.m-3`; `1` for a plain number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = BASE.into_iter().zip(self.base);
        let all = base.chain(self.own.iter().copied()).filter(|(_, exponent)| *exponent != 0);
        let mut before = "";
        for (code, exponent) in all {
            write!(f, "{before}{code}")?;
            if exponent != 1 {
                write!(f, "{exponent}")?;
            }
            before = ".";
        }
        if before.is_empty() { f.write_str("1") } else { Ok(()) }
    }
}

impl fmt::Display for Unit {
    /// The code of what it measures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.dimension.fmt(f)
    }
}
