//! Parts of collections, and several put together (<https://hl7.org/fhirpath/N1/#subsetting>).

use super::On;
use crate::equal;
use crate::error::Error;
use crate::eval::Outcome;
use crate::function::Function;
use crate::item::Item;

impl<'d> On<'_, '_, 'd> {
    pub(super) fn subsetting(&self) -> Outcome<'d> {
        let input = self.input;
        let slice = match self.call.function {
            Function::Single => {
                self.run.single(input, self.at)?;
                input
            }
            Function::First => input.get(..1).unwrap_or_default(),
            Function::Last => input.get(input.len().saturating_sub(1)..).unwrap_or_default(),
            Function::Tail => input.get(1..).unwrap_or_default(),
            Function::Skip => input.get(self.count()?.unwrap_or(0)..).unwrap_or_default(),
            Function::Take => {
                let count = self.count()?.unwrap_or(0);
                input.get(..count).unwrap_or(input)
            }
            Function::Intersect => return self.intersection(),
            Function::Exclude => return self.difference(),
            Function::Union => return equal::union(self.run, input, &self.argument(0)?),
            _ => return self.combination(),
        };
        Ok(slice.to_vec())
    }

    fn count(&self) -> Result<Option<usize>, Error> {
        let count = self.run.integer_argument(self.call, 0, self.focus, self.at)?;
        Ok(count.map(|count| usize::try_from(count.max(0)).unwrap_or(usize::MAX)))
    }

    fn intersection(&self) -> Outcome<'d> {
        let other = self.argument(0)?;
        let mut kept: Vec<Item<'d>> = Vec::new();
        for item in self.input {
            if equal::contains(self.run, &other, item)? && !equal::contains(self.run, &kept, item)?
            {
                kept.push(item.clone());
            }
        }
        Ok(kept)
    }

    fn difference(&self) -> Outcome<'d> {
        let other = self.argument(0)?;
        let mut kept = Vec::new();
        for item in self.input {
            if !equal::contains(self.run, &other, item)? {
                kept.push(item.clone());
            }
        }
        Ok(kept)
    }

    /// `combine()`: one behind the other, duplicates and all.
    fn combination(&self) -> Outcome<'d> {
        let mut all = self.input.to_vec();
        all.extend(self.argument(0)?);
        self.run.charge_items(all.len())?;
        Ok(all)
    }
}
