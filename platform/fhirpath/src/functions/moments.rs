//! This moment, and the parts of dates and times.

use super::{On, optional};
use crate::decimal::Decimal;
use crate::eval::Outcome;
use crate::function::Function as F;
use crate::item::Value;
use crate::temporal::{Precision, Temporal};

impl<'d> On<'_, '_, 'd> {
    pub(super) fn moments(&self) -> Outcome<'d> {
        let now = Temporal::of_moment(self.run.environment.now);
        match self.call.function {
            F::Now => return optional(Some(Value::Temporal(now))),
            F::Today => return optional(now.to_date().map(Value::Temporal)),
            F::TimeOfDay => return optional(now.to_time().map(Value::Temporal)),
            _ => {}
        }
        let Some(value) = self.value()? else { return Ok(Vec::new()) };
        let Value::Temporal(moment) = value else {
            return Err(self.fail("a date or a time must stand here"));
        };
        optional(part(self.call.function, moment))
    }
}

fn part<'d>(function: F, moment: Temporal) -> Option<Value<'d>> {
    let precision = match function {
        F::YearOf => Precision::Year,
        F::MonthOf => Precision::Month,
        F::DayOf => Precision::Day,
        F::HourOf => Precision::Hour,
        F::MinuteOf => Precision::Minute,
        F::SecondOf => Precision::Second,
        F::MillisecondOf => Precision::Millisecond,
        F::DateOf => return moment.to_date().map(Value::Temporal),
        F::TimeOf => return moment.to_time().map(Value::Temporal),
        _ => {
            let hours = Decimal::whole(i64::from(moment.zone()?)).over(Decimal::whole(60))?;
            return Some(Value::Decimal(hours));
        }
    };
    moment.part(precision).map(Value::Integer)
}
