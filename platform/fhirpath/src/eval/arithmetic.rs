//! Sums, products and signs. Results that no number can hold are empty, as FHIRPath says.

use super::{Focus, Outcome, Run, fail};
use crate::ast::{Expr, Operator};
use crate::decimal::Decimal;
use crate::error::Error;
use crate::item::{Item, Value};
use crate::quantity::Quantity;
use crate::temporal::Temporal;
use crate::text::Text;

impl<'d> Run<'_, 'd> {
    pub(super) fn negated(&self, operand: &Expr, focus: Focus<'_, 'd>) -> Outcome<'d> {
        let items = self.evaluate(operand, focus)?;
        let negated = match self.single_value(&items, operand.at)? {
            None => None,
            Some(Value::Integer(value)) => value.checked_neg().map(Value::Integer),
            Some(Value::Decimal(value)) => Some(Value::Decimal(value.negated())),
            Some(Value::Quantity(value)) => Some(Value::Quantity(value.negated())),
            Some(_) => return Err(fail(operand.at, "only numbers and quantities have a sign")),
        };
        Ok(negated.map(Item::Value).into_iter().collect())
    }

    pub(super) fn affirmed(&self, operand: &Expr, focus: Focus<'_, 'd>) -> Outcome<'d> {
        let items = self.evaluate(operand, focus)?;
        match self.single_value(&items, operand.at)? {
            None | Some(Value::Integer(_) | Value::Decimal(_) | Value::Quantity(_)) => Ok(items),
            Some(_) => Err(fail(operand.at, "only numbers and quantities have a sign")),
        }
    }

    pub(super) fn arithmetic(
        &self,
        operator: Operator,
        left: &[Item<'d>],
        right: &[Item<'d>],
        at: usize,
    ) -> Outcome<'d> {
        let left = self.single_value(left, at)?;
        let right = self.single_value(right, at)?;
        if operator == Operator::Join {
            let text = |value: Option<Value<'d>>| value.and_then(|value| value.to_text());
            let (left, right) = (text(left), text(right));
            return self.joined(left.as_deref().unwrap_or(""), right.as_deref().unwrap_or(""));
        }
        let (Some(left), Some(right)) = (left, right) else { return Ok(Vec::new()) };
        if let (Operator::Plus, Value::String(left), Value::String(right)) =
            (operator, &left, &right)
        {
            return self.joined(left, right);
        }
        let result = combine(operator, &left, &right, at)?;
        Ok(result.map(Item::Value).into_iter().collect())
    }

    fn joined(&self, left: &str, right: &str) -> Outcome<'d> {
        self.charge_text(left.len() + right.len())?;
        Ok(vec![Item::Value(Value::String(Text::from(format!("{left}{right}"))))])
    }
}

fn combine<'d>(
    operator: Operator,
    left: &Value<'d>,
    right: &Value<'d>,
    at: usize,
) -> Result<Option<Value<'d>>, Error> {
    Ok(match (left, right) {
        (Value::Integer(a), Value::Integer(b)) => integers(operator, *a, *b),
        (Value::Temporal(a), Value::Quantity(b)) => shifted(operator, *a, b, at)?,
        (Value::Quantity(a), b) if matches!(b, Value::Quantity(_)) || decimal(b).is_some() => {
            quantities(operator, a, &as_quantity(b), at)?
        }
        (a, Value::Quantity(b)) if decimal(a).is_some() => {
            quantities(operator, &as_quantity(a), b, at)?
        }
        (a, b) => match (decimal(a), decimal(b)) {
            (Some(a), Some(b)) => decimals(operator, a, b),
            _ => return Err(inapplicable(operator, left, right, at)),
        },
    })
}

fn decimal(value: &Value<'_>) -> Option<Decimal> {
    match value {
        Value::Integer(value) => Some(Decimal::whole(*value)),
        Value::Decimal(value) => Some(*value),
        _ => None,
    }
}

fn as_quantity(value: &Value<'_>) -> Quantity {
    match value {
        Value::Quantity(quantity) => quantity.clone(),
        other => Quantity::plain(decimal(other).unwrap_or(Decimal::ZERO)),
    }
}

fn integers<'d>(operator: Operator, a: i64, b: i64) -> Option<Value<'d>> {
    let whole = match operator {
        Operator::Plus => a.checked_add(b),
        Operator::Minus => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::WholeDivide => a.checked_div(b),
        Operator::Modulo => a.checked_rem(b),
        _ => return decimals(operator, Decimal::whole(a), Decimal::whole(b)),
    };
    whole.map(Value::Integer)
}

fn decimals<'d>(operator: Operator, a: Decimal, b: Decimal) -> Option<Value<'d>> {
    let result = match operator {
        Operator::Plus => a.plus(b),
        Operator::Minus => a.minus(b),
        Operator::Multiply => a.times(b),
        Operator::Divide => a.over(b),
        Operator::Modulo => a.remainder(b),
        Operator::WholeDivide => {
            return a.whole_quotient(b)?.to_whole().map(Value::Integer);
        }
        _ => None,
    };
    result.map(Value::Decimal)
}

fn quantities<'d>(
    operator: Operator,
    a: &Quantity,
    b: &Quantity,
    at: usize,
) -> Result<Option<Value<'d>>, Error> {
    let result = match operator {
        Operator::Plus => a.plus(b),
        Operator::Minus => a.plus(&b.negated()),
        Operator::Multiply => a.times(b),
        Operator::Divide => a.over(b),
        _ => return Err(fail(at, "quantities have no whole quotient")),
    };
    Ok(result.map(Value::Quantity))
}

fn shifted<'d>(
    operator: Operator,
    from: Temporal,
    by: &Quantity,
    at: usize,
) -> Result<Option<Value<'d>>, Error> {
    let amount = match operator {
        Operator::Plus => by.value,
        Operator::Minus => by.value.negated(),
        _ => return Err(fail(at, "dates and times can only be moved by `+` and `-`")),
    };
    let unit = by.unit.to_calendar();
    let unit = unit.ok_or_else(|| fail(at, "dates and times are moved by units of time"))?;
    Ok(from.later(amount, unit).map(Value::Temporal))
}

fn inapplicable(operator: Operator, left: &Value<'_>, right: &Value<'_>, at: usize) -> Error {
    let (left, right) = (left.system_type().name(), right.system_type().name());
    let what = format!("{operator:?}").to_ascii_lowercase();
    fail(at, format!("a {left} and a {right} cannot be combined by `{what}`"))
}
