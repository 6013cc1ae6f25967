//! `sort()`: by the items themselves, or by keys, each up or down.

use std::cmp::Ordering;

use super::On;
use crate::equal;
use crate::error::Error;
use crate::eval::Outcome;
use crate::item::{Item, Value};

impl<'d> On<'_, '_, 'd> {
    pub(super) fn sort(&self) -> Outcome<'d> {
        let mut rows = Vec::with_capacity(self.input.len());
        for (place, item) in self.input.iter().enumerate() {
            rows.push((self.keys(place, item)?, item));
        }
        self.run.charge(rows.len().saturating_mul(rows.len().max(1).ilog2() as usize))?;
        self.check_kinds(&rows)?;
        rows.sort_by(|(a, _), (b, _)| self.order(a, b));
        Ok(rows.into_iter().map(|(_, item)| item.clone()).collect())
    }

    fn keys(&self, place: usize, item: &Item<'d>) -> Result<Vec<Option<Value<'d>>>, Error> {
        if self.call.arguments.is_empty() {
            return Ok(vec![self.run.single_value(std::slice::from_ref(item), self.at)?]);
        }
        let key = |index| self.run.single_value(&self.on_item(index, place, item)?, self.at);
        (0..self.call.arguments.len()).map(key).collect()
    }

    /// That each key has values of one kind, so that all of them have an order.
    fn check_kinds(&self, rows: &[(Vec<Option<Value<'d>>>, &Item<'d>)]) -> Result<(), Error> {
        let Some((first, _)) = rows.first() else { return Ok(()) };
        for column in 0..first.len() {
            let mut values = rows.iter().filter_map(|(keys, _)| keys.get(column)?.as_ref());
            let Some(sample) = values.next() else { continue };
            if !values.all(|value| equal::order(sample, value).is_some()) {
                return Err(self.fail("values of different types have no order"));
            }
        }
        Ok(())
    }

    /// The order of two rows; what is empty comes first.
    fn order(&self, a: &[Option<Value<'d>>], b: &[Option<Value<'d>>]) -> Ordering {
        for (column, (a, b)) in a.iter().zip(b).enumerate() {
            let order = match (a, b) {
                (Some(a), Some(b)) => equal::order(a, b).flatten().unwrap_or(Ordering::Equal),
                (a, b) => a.is_some().cmp(&b.is_some()),
            };
            let is_down = self.call.descending.get(column).copied().unwrap_or(false);
            if order != Ordering::Equal {
                return if is_down { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    }
}
