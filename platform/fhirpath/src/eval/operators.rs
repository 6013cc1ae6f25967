//! Operators between collections (<https://hl7.org/fhirpath/N1/#operations>).

use std::cmp::Ordering;

use super::{Focus, Outcome, Run, fail};
use crate::ast::{Expr, Link, Operator, TypeLink};
use crate::environment::Casts;
use crate::equal;
use crate::error::Error;
use crate::item::{Collection, Item, Value};
use crate::types::Wanted;

impl<'d> Run<'_, 'd> {
    pub(super) fn chain(&self, first: &Expr, links: &[Link], focus: Focus<'_, 'd>) -> Outcome<'d> {
        let mut left = self.evaluate(first, focus)?;
        for link in links {
            left = self.operate(link, &left, focus)?;
        }
        Ok(left)
    }

    fn operate(&self, link: &Link, left: &[Item<'d>], focus: Focus<'_, 'd>) -> Outcome<'d> {
        use Operator as O;
        match link.operator {
            O::And | O::Or | O::Xor | O::Implies => {
                let result = self.logic(link, left, focus)?;
                return Ok(truth_value(result));
            }
            _ => {}
        }
        let right = self.evaluate(&link.operand, focus)?;
        self.charge(left.len() + right.len())?;
        let at = link.at;
        match link.operator {
            O::Union => equal::union(self, left, &right),
            O::Equal => Ok(truth_value(equal::equal(self, left, &right)?)),
            O::NotEqual => {
                let is_equal = equal::equal(self, left, &right)?;
                Ok(truth_value(is_equal.map(|is_equal| !is_equal)))
            }
            O::Equivalent => Ok(boolean(equal::equivalent(self, left, &right)?)),
            O::NotEquivalent => Ok(boolean(!equal::equivalent(self, left, &right)?)),
            O::In => self.membership(left, &right, at),
            O::Contains => self.membership(&right, left, at),
            O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
                Ok(truth_value(self.comparison(link.operator, left, &right, at)?))
            }
            _ => self.arithmetic(link.operator, left, &right, at),
        }
    }

    /// Three-valued logic. The right side is not looked at where the left one decides.
    fn logic(
        &self,
        link: &Link,
        left: &[Item<'d>],
        focus: Focus<'_, 'd>,
    ) -> Result<Option<bool>, Error> {
        let left = self.truth(left, link.at)?;
        match (link.operator, left) {
            (Operator::And, Some(false)) => return Ok(Some(false)),
            (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => return Ok(Some(true)),
            _ => {}
        }
        let right = self.truth(&self.evaluate(&link.operand, focus)?, link.at)?;
        Ok(match (link.operator, left, right) {
            (Operator::And, _, Some(false)) => Some(false),
            (Operator::And, Some(true), right) => right,
            (Operator::Or | Operator::Implies, _, Some(true)) => Some(true),
            (Operator::Or, Some(false), right) | (Operator::Implies, Some(true), right) => right,
            (Operator::Xor, Some(left), Some(right)) => Some(left != right),
            _ => None,
        })
    }

    /// Whether the one item is in the collection.
    fn membership(&self, item: &[Item<'d>], all: &[Item<'d>], at: usize) -> Outcome<'d> {
        let Some(item) = self.single(item, at)? else { return Ok(Vec::new()) };
        for candidate in all {
            if equal::items(self, item, candidate)? == Some(true) {
                return Ok(boolean(true));
            }
        }
        Ok(boolean(false))
    }

    fn comparison(
        &self,
        operator: Operator,
        left: &[Item<'d>],
        right: &[Item<'d>],
        at: usize,
    ) -> Result<Option<bool>, Error> {
        let left = self.single_value(left, at)?;
        let right = self.single_value(right, at)?;
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        let order = equal::order(&left, &right).ok_or_else(|| {
            let (left, right) = (left.system_type().name(), right.system_type().name());
            fail(at, format!("a {left} cannot be compared with a {right}"))
        })?;
        Ok(order.map(|order| match operator {
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }))
    }

    pub(super) fn typed(
        &self,
        operand: &Expr,
        links: &[TypeLink],
        focus: Focus<'_, 'd>,
    ) -> Outcome<'d> {
        let mut found = self.evaluate(operand, focus)?;
        for link in links {
            found = if link.is {
                self.is_of(&found, link.wanted, link.at)?
            } else {
                self.cast(&found, link.wanted, link.at)?
            };
        }
        Ok(found)
    }

    /// Whether the one item is of a type.
    pub(crate) fn is_of(&self, input: &[Item<'d>], wanted: Wanted, at: usize) -> Outcome<'d> {
        let item = self.single(input, at)?;
        Ok(item.map_or_else(Vec::new, |item| boolean(wanted.takes(item.type_name()))))
    }

    /// The item, if it is of a type.
    pub(crate) fn cast(&self, input: &[Item<'d>], wanted: Wanted, at: usize) -> Outcome<'d> {
        if self.environment.casts == Casts::Single {
            self.single(input, at)?;
        }
        Ok(of_type(input, wanted))
    }
}

/// The items that are of a type.
pub(crate) fn of_type<'d>(input: &[Item<'d>], wanted: Wanted) -> Collection<'d> {
    input.iter().filter(|item| wanted.takes(item.type_name())).cloned().collect()
}

/// A boolean as a collection.
pub(crate) fn boolean<'d>(value: bool) -> Collection<'d> {
    vec![Item::Value(Value::Boolean(value))]
}

/// A boolean that may be unknown as a collection.
pub(crate) fn truth_value<'d>(value: Option<bool>) -> Collection<'d> {
    value.map_or_else(Vec::new, boolean)
}
