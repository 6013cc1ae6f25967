//! Collections where one value is wanted (<https://hl7.org/fhirpath/N1/#singleton-evaluation-of-collections>).

use super::{Run, fail};
use crate::ast::Call;
use crate::error::Error;
use crate::eval::Focus;
use crate::item::{Item, Value};
use crate::text::Text;
use crate::types::SystemType;

impl<'d> Run<'_, 'd> {
    /// The only item, or none; more are an error.
    pub(crate) fn single<'c>(
        &self,
        items: &'c [Item<'d>],
        at: usize,
    ) -> Result<Option<&'c Item<'d>>, Error> {
        match items {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => Err(fail(at, "one item at most can stand here, there are more")),
        }
    }

    /// The only item's value. None where there is no item, or an element without a value.
    pub(crate) fn single_value(
        &self,
        items: &[Item<'d>],
        at: usize,
    ) -> Result<Option<Value<'d>>, Error> {
        match self.single(items, at)? {
            None => Ok(None),
            Some(item) => match item.value() {
                Some(value) => Ok(Some(value)),
                None if is_primitive(item) => Ok(None),
                None => Err(fail(at, "an element that has no value of its own stands here")),
            },
        }
    }

    /// The only item as true or false. What is neither is true, being there.
    pub(crate) fn truth(&self, items: &[Item<'d>], at: usize) -> Result<Option<bool>, Error> {
        let Some(item) = self.single(items, at)? else { return Ok(None) };
        Ok(match item.value() {
            Some(Value::Boolean(value)) => Some(value),
            None if is_primitive(item) => None,
            _ => Some(true),
        })
    }

    /// The only item as a condition: there must be none, or true or false.
    pub(crate) fn condition(&self, items: &[Item<'d>], at: usize) -> Result<bool, Error> {
        Ok(self.truth(items, at)? == Some(true))
    }

    /// The only item as a text.
    pub(crate) fn string(&self, items: &[Item<'d>], at: usize) -> Result<Option<Text<'d>>, Error> {
        match self.single_value(items, at)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            // FHIR's dates are read as texts where texts are asked for.
            Some(value @ Value::Temporal(_)) => Ok(value.to_text()),
            Some(value) => Err(mismatch(at, SystemType::String, &value)),
        }
    }

    /// The only item as a whole number.
    pub(crate) fn integer(&self, items: &[Item<'d>], at: usize) -> Result<Option<i64>, Error> {
        match self.single_value(items, at)? {
            None => Ok(None),
            Some(Value::Integer(value)) => Ok(Some(value)),
            Some(value) => Err(mismatch(at, SystemType::Integer, &value)),
        }
    }

    /// An argument's value.
    pub(crate) fn argument(
        &self,
        call: &Call,
        index: usize,
        focus: Focus<'_, 'd>,
    ) -> super::Outcome<'d> {
        match call.arguments.get(index) {
            Some(argument) => self.evaluate(argument, focus),
            None => Ok(Vec::new()),
        }
    }

    /// An argument that is a text.
    pub(crate) fn string_argument(
        &self,
        call: &Call,
        index: usize,
        focus: Focus<'_, 'd>,
        at: usize,
    ) -> Result<Option<Text<'d>>, Error> {
        self.string(&self.argument(call, index, focus)?, at)
    }

    /// An argument that is a whole number.
    pub(crate) fn integer_argument(
        &self,
        call: &Call,
        index: usize,
        focus: Focus<'_, 'd>,
        at: usize,
    ) -> Result<Option<i64>, Error> {
        self.integer(&self.argument(call, index, focus)?, at)
    }
}

fn is_primitive(item: &Item<'_>) -> bool {
    item.node().is_some_and(|node| node.is_primitive() || node.fhir_type().to_system().is_some())
}

pub(crate) fn mismatch(at: usize, wanted: SystemType, found: &Value<'_>) -> Error {
    let (wanted, found) = (wanted.name(), found.system_type().name());
    fail(at, format!("a {wanted} must stand here, not a {found}"))
}
