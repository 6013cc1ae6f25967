//! Whether there is anything, and how much (<https://hl7.org/fhirpath/N1/#existence>).

use super::On;
use crate::equal;
use crate::error::Error;
use crate::eval::Outcome;
use crate::eval::operators::{boolean, truth_value};
use crate::function::Function;
use crate::item::{Item, Value};

impl<'d> On<'_, '_, 'd> {
    pub(super) fn existence(&self) -> Outcome<'d> {
        let result = match self.call.function {
            Function::Empty => self.input.is_empty(),
            Function::Exists if self.call.arguments.is_empty() => !self.input.is_empty(),
            Function::Exists => self.first_where(true)?,
            Function::All => !self.first_where(false)?,
            Function::AllTrue => self.truths()?.iter().all(|truth| *truth),
            Function::AnyTrue => self.truths()?.iter().any(|truth| *truth),
            Function::AllFalse => self.truths()?.iter().all(|truth| !*truth),
            Function::AnyFalse => self.truths()?.iter().any(|truth| !*truth),
            Function::SubsetOf => self.is_within(self.input, &self.argument(0)?)?,
            Function::SupersetOf => self.is_within(&self.argument(0)?, self.input)?,
            Function::IsDistinct => {
                equal::distinct(self.run, self.input.to_vec())?.len() == self.input.len()
            }
            Function::Not => {
                let truth = self.run.truth(self.input, self.at)?;
                return Ok(truth_value(truth.map(|truth| !truth)));
            }
            _ => {
                let count = i64::try_from(self.input.len()).unwrap_or(i64::MAX);
                return Ok(vec![Item::Value(Value::Integer(count))]);
            }
        };
        Ok(boolean(result))
    }

    /// Whether the criterion holds for an item, or does not hold for one.
    fn first_where(&self, wanted: bool) -> Result<bool, Error> {
        for (place, item) in self.input.iter().enumerate() {
            let found = self.on_item(0, place, item)?;
            if self.run.condition(&found, self.at)? == wanted {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn truths(&self) -> Result<Vec<bool>, Error> {
        let truth = |item: &Item<'d>| match item.value() {
            Some(Value::Boolean(truth)) => Ok(truth),
            _ => Err(self.fail("only true and false can stand here")),
        };
        self.input.iter().map(truth).collect()
    }

    fn is_within(&self, part: &[Item<'d>], whole: &[Item<'d>]) -> Result<bool, Error> {
        for item in part {
            if !equal::contains(self.run, whole, item)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
