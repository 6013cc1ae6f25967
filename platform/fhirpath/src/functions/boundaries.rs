//! The least and the greatest value that something imprecise can mean.

use super::{On, optional};
use crate::decimal::Decimal;
use crate::error::Error;
use crate::eval::Outcome;
use crate::eval::operators::boolean;
use crate::function::Function;
use crate::item::Value;
use crate::quantity::Quantity;

/// Decimal places of a boundary where none are asked for.
const PLACES: u32 = 8;
/// The most that can be asked for.
const MOST_PLACES: i64 = 32;

impl<'d> On<'_, '_, 'd> {
    pub(super) fn boundaries(&self) -> Outcome<'d> {
        match self.call.function {
            Function::Precision => self.precision(),
            Function::Comparable => self.comparable(),
            _ => self.boundary(),
        }
    }

    fn boundary(&self) -> Outcome<'d> {
        let is_low = self.call.function == Function::LowBoundary;
        let asked = self.run.integer_argument(self.call, 0, self.focus, self.at)?;
        let Some(value) = self.value()? else { return Ok(Vec::new()) };
        let asked = match asked {
            Some(asked) if !(0..=MOST_PLACES).contains(&asked) => return Ok(Vec::new()),
            asked => asked.and_then(|asked| u32::try_from(asked).ok()),
        };
        let of = |value: Decimal| bounded(value, is_low, asked.unwrap_or(PLACES));
        optional(match value {
            Value::Integer(value) => of(Decimal::whole(value)).map(Value::Decimal),
            Value::Decimal(value) => of(value).map(Value::Decimal),
            Value::Quantity(Quantity { value, unit }) => {
                of(value).map(|value| Value::Quantity(Quantity { value, unit }))
            }
            Value::Temporal(moment) if is_low => moment.low_boundary(asked).map(Value::Temporal),
            Value::Temporal(moment) => moment.high_boundary(asked).map(Value::Temporal),
            _ => return Err(self.fail("this has no boundaries: only numbers and dates have")),
        })
    }

    fn precision(&self) -> Outcome<'d> {
        let digits = match self.value()? {
            None => return Ok(Vec::new()),
            Some(Value::Integer(_)) => 0,
            Some(Value::Decimal(value)) => value.scale(),
            Some(Value::Quantity(quantity)) => quantity.value.scale(),
            Some(Value::Temporal(moment)) => moment.digits(),
            Some(_) => return Err(self.fail("this has no precision: only numbers and dates have")),
        };
        optional(Some(Value::Integer(i64::from(digits))))
    }

    fn comparable(&self) -> Outcome<'d> {
        let other = self.argument(0)?;
        let (mine, other) = (self.quantity(self.input)?, self.quantity(&other)?);
        let (Some(mine), Some(other)) = (mine, other) else { return Ok(Vec::new()) };
        Ok(boolean(mine.is_comparable(&other)))
    }

    fn quantity(&self, items: &[crate::item::Item<'d>]) -> Result<Option<Quantity>, Error> {
        match self.run.single_value(items, self.at)? {
            None => Ok(None),
            Some(Value::Quantity(quantity)) => Ok(Some(quantity)),
            Some(Value::Integer(value)) => Ok(Some(Quantity::plain(Decimal::whole(value)))),
            Some(Value::Decimal(value)) => Ok(Some(Quantity::plain(value))),
            Some(_) => Err(self.fail("a quantity must stand here")),
        }
    }
}

/// Half a unit of the last place that was written, below or above. Fewer places than that are
/// reached towards zero on the near side, and by rounding on the far side.
fn bounded(value: Decimal, is_low: bool, places: u32) -> Option<Decimal> {
    let half = Decimal::new(5, value.scale() + 1)?;
    let is_near = is_low != value.is_negative();
    let magnitude = value.magnitude();
    let bound = if is_near { magnitude.minus(half)? } else { magnitude.plus(half)? };
    let bound = if is_near { bound } else { bound.rounded(places) }.with_scale(places)?;
    Some(if value.is_negative() { bound.negated() } else { bound })
}
