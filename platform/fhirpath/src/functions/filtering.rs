//! What makes a new collection of each item (<https://hl7.org/fhirpath/N1/#filtering-and-projection>).

use super::On;
use crate::equal;
use crate::eval::operators::of_type;
use crate::eval::{Focus, Outcome};
use crate::function::Function;
use crate::item::{Collection, Item};

impl<'d> On<'_, '_, 'd> {
    pub(super) fn filtering(&self) -> Outcome<'d> {
        match self.call.function {
            Function::Where => self.filtered(),
            Function::Select => self.selected(self.input),
            Function::Repeat => self.repeated(true),
            Function::RepeatAll => self.repeated(false),
            Function::OfType => Ok(match self.call.wanted {
                Some(wanted) => of_type(self.input, wanted),
                None => Vec::new(),
            }),
            Function::Coalesce => self.coalesced(),
            Function::Iif => self.chosen(),
            Function::Aggregate => self.aggregated(),
            Function::Trace => self.traced(),
            _ => self.defined(),
        }
    }

    fn filtered(&self) -> Outcome<'d> {
        let mut kept = Vec::new();
        for (place, item) in self.input.iter().enumerate() {
            let found = self.on_item(0, place, item)?;
            if self.run.condition(&found, self.at)? {
                kept.push(item.clone());
            }
        }
        Ok(kept)
    }

    fn selected(&self, input: &[Item<'d>]) -> Outcome<'d> {
        let mut all = Vec::new();
        for (place, item) in input.iter().enumerate() {
            all.extend(self.on_item(0, place, item)?);
            self.run.charge_items(all.len())?;
        }
        Ok(all)
    }

    /// The projection of the items, of what comes of it, and so on. With `distinct` what was
    /// there already is not gone through again, so that circles end.
    fn repeated(&self, distinct: bool) -> Outcome<'d> {
        let mut all: Collection<'d> = Vec::new();
        let mut fresh = self.selected(self.input)?;
        while !fresh.is_empty() {
            let mut added = Vec::new();
            for item in fresh {
                if !distinct || !equal::contains(self.run, &all, &item)? {
                    all.push(item.clone());
                    added.push(item);
                }
            }
            self.run.charge_items(all.len())?;
            fresh = self.selected(&added)?;
        }
        Ok(all)
    }

    fn coalesced(&self) -> Outcome<'d> {
        for index in 0..self.call.arguments.len() {
            let found = self.argument(index)?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// `iif()`: only the branch that is chosen is evaluated.
    fn chosen(&self) -> Outcome<'d> {
        self.run.single(self.input, self.at)?;
        let focus = self.focus.on(self.input);
        let criterion = self.run.argument(self.call, 0, focus)?;
        let criterion = match self.run.single(&criterion, self.at)? {
            Some(item) => match item.value() {
                Some(crate::item::Value::Boolean(truth)) => truth,
                _ => return Err(self.fail("the criterion must be true or false")),
            },
            None => false,
        };
        self.run.argument(self.call, if criterion { 1 } else { 2 }, focus)
    }

    fn aggregated(&self) -> Outcome<'d> {
        let mut total = self.argument(1)?;
        for (place, item) in self.input.iter().enumerate() {
            let this = std::slice::from_ref(item);
            let focus = Focus { this, index: Some(place), total: Some(&total) };
            total = self.run.argument(self.call, 0, focus)?;
            self.run.charge_items(total.len())?;
        }
        Ok(total)
    }

    fn traced(&self) -> Outcome<'d> {
        if let Some(trace) = self.run.environment.trace {
            let name = self.run.string_argument(self.call, 0, self.focus, self.at)?;
            let name = name.as_deref().unwrap_or("");
            if self.call.arguments.len() > 1 {
                let mut shown = Vec::new();
                for (place, item) in self.input.iter().enumerate() {
                    shown.extend(self.on_item(1, place, item)?);
                }
                trace(name, &shown);
            } else {
                trace(name, self.input);
            }
        }
        Ok(self.input.to_vec())
    }

    fn defined(&self) -> Outcome<'d> {
        let focus = self.focus.on(self.input);
        let name = self.run.string_argument(self.call, 0, self.focus, self.at)?;
        let name = name.ok_or_else(|| self.fail("a variable needs a name"))?;
        let value = match self.call.arguments.len() {
            1 => self.input.to_vec(),
            _ => self.run.argument(self.call, 1, focus)?,
        };
        self.run.define(name, value, self.at)?;
        Ok(self.input.to_vec())
    }
}
