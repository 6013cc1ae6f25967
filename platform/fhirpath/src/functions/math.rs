//! Numbers (<https://hl7.org/fhirpath/N1/#math>). What no number can hold is empty.

use super::{On, optional};
use crate::decimal::Decimal;
use crate::error::Error;
use crate::eval::Outcome;
use crate::function::Function as F;
use crate::item::Value;
use crate::quantity::Quantity;

impl<'d> On<'_, '_, 'd> {
    pub(super) fn math(&self) -> Outcome<'d> {
        let Some(value) = self.value()? else {
            self.argument(0)?;
            return Ok(Vec::new());
        };
        let result = match (self.call.function, value) {
            (F::Abs, Value::Integer(value)) => value.checked_abs().map(Value::Integer),
            (F::Abs, Value::Quantity(value)) => {
                Some(Value::Quantity(Quantity { value: value.value.magnitude(), unit: value.unit }))
            }
            (F::Round, Value::Quantity(value)) => {
                let places = self.places()?;
                let rounded = value.value.rounded(places);
                Some(Value::Quantity(Quantity { value: rounded, unit: value.unit }))
            }
            (F::Power, Value::Integer(base)) => self.power_of_whole(base)?,
            (_, value) => self.of_decimal(self.number(&value)?)?,
        };
        optional(result)
    }

    fn of_decimal(&self, value: Decimal) -> Result<Option<Value<'d>>, Error> {
        let whole = |value: Decimal| value.to_whole().map(Value::Integer);
        Ok(match self.call.function {
            F::Abs => Some(Value::Decimal(value.magnitude())),
            F::Ceiling => whole(value.ceiling()),
            F::Floor => whole(value.floor()),
            F::Truncate => whole(value.truncated()),
            F::Round => Some(Value::Decimal(value.rounded(self.places()?))),
            F::Sqrt => value.square_root().map(Value::Decimal),
            F::Exp => value.exponential().map(Value::Decimal),
            F::Ln => value.logarithm().map(Value::Decimal),
            F::Log => {
                let base = self.number_argument()?;
                base.and_then(|base| value.logarithm_to(base)).map(Value::Decimal)
            }
            _ => {
                let exponent = self.number_argument()?;
                exponent.and_then(|exponent| value.power(exponent)).map(Value::Decimal)
            }
        })
    }

    /// An Integer to the power of an Integer is one, as long as it can be.
    fn power_of_whole(&self, base: i64) -> Result<Option<Value<'d>>, Error> {
        let Some(exponent) = self.number_argument()? else { return Ok(None) };
        let power = Decimal::whole(base).power(exponent);
        Ok(power.and_then(|power| {
            let is_whole = exponent.scale() == 0 && !exponent.is_negative();
            if is_whole {
                power.to_whole().map(Value::Integer)
            } else {
                Some(Value::Decimal(power))
            }
        }))
    }

    fn places(&self) -> Result<u32, Error> {
        let places = self.run.integer_argument(self.call, 0, self.focus, self.at)?;
        u32::try_from(places.unwrap_or(0))
            .map_err(|_| self.fail("the number of decimal places cannot be negative"))
    }

    fn number_argument(&self) -> Result<Option<Decimal>, Error> {
        let argument = self.argument(0)?;
        let value = self.run.single_value(&argument, self.at)?;
        value.map(|value| self.number(&value)).transpose()
    }

    fn number(&self, value: &Value<'d>) -> Result<Decimal, Error> {
        match value {
            Value::Integer(value) => Ok(Decimal::whole(*value)),
            Value::Decimal(value) => Ok(*value),
            _ => Err(self.fail("a number must stand here")),
        }
    }
}
