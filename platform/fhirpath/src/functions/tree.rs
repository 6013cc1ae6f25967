//! Elements below elements, and their types.

use super::{On, optional};
use crate::eval::Outcome;
use crate::function::Function;
use crate::item::{Collection, Item, Value};

impl<'d> On<'_, '_, 'd> {
    pub(super) fn tree(&self) -> Outcome<'d> {
        match (self.call.function, self.call.wanted) {
            (Function::Children, _) => self.children(self.input),
            (Function::Descendants, _) => self.descendants(),
            (Function::Is, Some(wanted)) => self.run.is_of(self.input, wanted, self.at),
            (Function::As, Some(wanted)) => self.run.cast(self.input, wanted, self.at),
            _ => {
                let item = self.run.single(self.input, self.at)?;
                optional(item.map(|item| Value::Type(item.type_name())))
            }
        }
    }

    fn children(&self, of: &[Item<'d>]) -> Outcome<'d> {
        let mut found = Vec::new();
        for item in of {
            match item {
                Item::Node(node) => node.children(&mut |child| found.push(Item::Node(child))),
                Item::Value(Value::Type(type_)) => {
                    found.extend([Item::string(type_.namespace()), Item::string(type_.name())]);
                }
                Item::Value(_) => {}
            }
            self.run.charge_items(found.len())?;
        }
        Ok(found)
    }

    /// Children, their children, and so on: documents have no circles.
    fn descendants(&self) -> Outcome<'d> {
        let mut all: Collection<'d> = Vec::new();
        let mut level = self.children(self.input)?;
        while !level.is_empty() {
            let below = self.children(&level)?;
            all.append(&mut level);
            self.run.charge_items(all.len())?;
            level = below;
        }
        Ok(all)
    }
}
