//! UCUM's table of prefixes and unit atoms, resolved once to base units.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::factor::Factor;
use crate::parse::parse;
use crate::unit::{BASE, Dimension, Unit};

static TABLE: &str = include_str!("../assets/units.txt");

/// Units and prefixes by code.
#[derive(Debug, Default)]
pub(crate) struct Atoms {
    prefixes: HashMap<&'static str, Factor>,
    units: HashMap<&'static str, Atom>,
}

#[derive(Debug)]
struct Atom {
    unit: Unit,
    is_metric: bool,
}

/// The table.
pub(crate) fn atoms() -> &'static Atoms {
    static ATOMS: OnceLock<Atoms> = OnceLock::new();
    ATOMS.get_or_init(Atoms::read)
}

impl Atoms {
    /// The unit of a code without operators and exponents: an atom, or a metric one with a prefix.
    pub(crate) fn find(&self, code: &str) -> Option<Unit> {
        if let Some(atom) = self.units.get(code) {
            return Some(atom.unit.clone());
        }
        // `da` before `d`: no prefix has more than two letters.
        [2, 1].into_iter().find_map(|length| {
            let (prefix, rest) = code.split_at_checked(length)?;
            let factor = *self.prefixes.get(prefix)?;
            let atom = self.units.get(rest).filter(|atom| atom.is_metric)?;
            let dimension = atom.unit.dimension.clone();
            Some(Unit { factor: factor.times(atom.unit.factor), dimension })
        })
    }

    /// All codes, for tests.
    #[cfg(test)]
    pub(crate) fn codes(&self) -> impl Iterator<Item = &'static str> {
        self.units.keys().copied()
    }

    fn read() -> Self {
        let mut atoms = Self::default();
        let mut waiting = Vec::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            match line.split(' ').collect::<Vec<_>>()[..] {
                ["prefix", code, value] => {
                    atoms.prefixes.extend(Factor::read(value).map(|factor| (code, factor)));
                }
                ["base", code] => {
                    let at = BASE.iter().position(|base| *base == code);
                    atoms.put(code, true, at.map(Dimension::of_base).unwrap_or_default());
                }
                ["special", metric, code] => {
                    atoms.put(code, metric == "metric", Dimension::of_its_own(code));
                }
                ["arbitrary", metric, code, _, "1"] => {
                    atoms.put(code, metric == "metric", Dimension::of_its_own(code));
                }
                [_, metric, code, value, of] => waiting.push((metric == "metric", code, value, of)),
                _ => {}
            }
        }
        // Definitions may come before what they are made of.
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting
                .retain(|&(is_metric, code, value, of)| !atoms.define(is_metric, code, value, of));
            if waiting.len() == before {
                break;
            }
        }
        atoms
    }

    fn put(&mut self, code: &'static str, is_metric: bool, dimension: Dimension) {
        self.units.insert(code, Atom { unit: Unit { factor: Factor::ONE, dimension }, is_metric });
    }

    /// Whether what it is made of is known already.
    fn define(&mut self, is_metric: bool, code: &'static str, value: &str, of: &str) -> bool {
        if let ("10*" | "10^", Ok(unit)) = (code, parse(self, "1")) {
            self.units.insert(code, Atom { unit: Unit { factor: Factor::TEN, ..unit }, is_metric });
            return true;
        }
        let (Some(value), Ok(of)) = (Factor::read(value), parse(self, of)) else { return false };
        let unit = Unit { factor: value.times(of.factor), dimension: of.dimension };
        self.units.insert(code, Atom { unit, is_metric });
        true
    }
}
