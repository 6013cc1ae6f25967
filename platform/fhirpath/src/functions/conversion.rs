//! From one type to another (<https://hl7.org/fhirpath/N1/#conversion>).

use super::{On, optional};
use crate::decimal::Decimal;
use crate::eval::Outcome;
use crate::eval::operators::boolean;
use crate::function::Function as F;
use crate::item::Value;
use crate::quantity::{Quantity, Unit};
use crate::temporal::{CalendarUnit, Temporal};

impl<'d> On<'_, '_, 'd> {
    /// `toX()` gives what the value is as an X, `convertsToX()` whether it is one.
    pub(super) fn conversion(&self) -> Outcome<'d> {
        let Some(item) = self.run.single(self.input, self.at)? else { return Ok(Vec::new()) };
        let value = item.value();
        let converted = value.and_then(|value| match self.call.function {
            F::ToBoolean | F::ConvertsToBoolean => to_boolean(&value).map(Value::Boolean),
            F::ToInteger | F::ConvertsToInteger => to_integer(&value).map(Value::Integer),
            F::ToDecimal | F::ConvertsToDecimal => to_decimal(&value).map(Value::Decimal),
            F::ToString | F::ConvertsToString => value.to_text().map(Value::String),
            F::ToDate | F::ConvertsToDate => to_temporal(&value, Temporal::date, Temporal::to_date),
            F::ToDateTime | F::ConvertsToDateTime => {
                to_temporal(&value, Temporal::date_time, Temporal::to_date_time)
            }
            F::ToTime | F::ConvertsToTime => to_temporal(&value, Temporal::time, |time| {
                (time.kind() == crate::temporal::TemporalKind::Time).then_some(time)
            }),
            _ => to_quantity(&value).map(Value::Quantity),
        });
        let converted = match (converted, self.call.arguments.is_empty()) {
            (Some(Value::Quantity(quantity)), false) => self.in_unit(quantity)?,
            (converted, _) => converted,
        };
        if self.call.function.name().starts_with("converts") {
            return Ok(boolean(converted.is_some()));
        }
        optional(converted)
    }

    fn in_unit(&self, quantity: Quantity) -> Result<Option<Value<'d>>, crate::error::Error> {
        let unit = self.run.string_argument(self.call, 0, self.focus, self.at)?;
        Ok(unit.and_then(|unit| {
            let unit = match CalendarUnit::parse(&unit) {
                Some(unit) => Unit::Calendar(unit),
                None => Unit::Ucum((&*unit).into()),
            };
            quantity.converted(&unit).map(Value::Quantity)
        }))
    }
}

fn to_boolean(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Boolean(value) => Some(*value),
        Value::Integer(1) => Some(true),
        Value::Integer(0) => Some(false),
        Value::Decimal(value) if *value == Decimal::ONE => Some(true),
        Value::Decimal(value) if value.is_zero() => Some(false),
        Value::String(text) => match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" | "1.0" => Some(true),
            "false" | "f" | "no" | "n" | "0" | "0.0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// FHIRPath's Integers have 32 bits.
fn to_integer(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(value) => Some(*value),
        Value::Boolean(value) => Some(i64::from(*value)),
        Value::String(text) => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            let is_whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_whole.then_some(())?;
            text.parse::<i32>().ok().map(i64::from)
        }
        _ => None,
    }
}

fn to_decimal(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Decimal(value) => Some(*value),
        Value::Integer(value) => Some(Decimal::whole(*value)),
        Value::Boolean(value) => Some(Decimal::whole(i64::from(*value))),
        Value::String(text) if !text.contains(['e', 'E']) => Decimal::parse(text),
        _ => None,
    }
}

fn to_temporal<'d>(
    value: &Value<'_>,
    read: impl Fn(&str) -> Option<Temporal>,
    convert: impl Fn(Temporal) -> Option<Temporal>,
) -> Option<Value<'d>> {
    let converted = match value {
        Value::Temporal(temporal) => convert(*temporal),
        Value::String(text) => {
            // A moment's text can be read as a date, too.
            read(text).or_else(|| Temporal::date_time(text).and_then(convert))
        }
        _ => None,
    };
    converted.map(Value::Temporal)
}

fn to_quantity(value: &Value<'_>) -> Option<Quantity> {
    match value {
        Value::Quantity(quantity) => Some(quantity.clone()),
        Value::String(text) => Quantity::parse(text),
        other => to_decimal(other).map(Quantity::plain),
    }
}
